//! `archive.toml` in the acquirer's folder: how long slips are kept, and where their pages are. Without the file the defaults hold.

use crate::say::End;
use serde::Deserialize;
use slipway_hosts::keeping::Keeping;
use std::path::Path;

/// Where the pages are, if nobody says otherwise: the port of `slipway up` on this machine.
pub const PAGE_URL: &str = "http://127.0.0.1:7880/s/";
/// The longest address of the pages: a QR code of a longer one is too wide for a terminal's screen.
const URL_BYTES_MAX: usize = 80;

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    slip_years: u8,
    page_days: u16,
    page_url: String,
}

impl Default for File {
    fn default() -> Self {
        let Keeping { slip_years, page_days } = Keeping::default();
        Self { slip_years, page_days, page_url: PAGE_URL.into() }
    }
}

/// What an acquirer is set to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settings {
    /// The times.
    pub keeping: Keeping,
    /// What stands before the code of a page.
    pub page_url: String,
}

impl Settings {
    /// Those of a network's folder.
    ///
    /// # Errors
    /// 2: a time below its floor, or a file that cannot be read.
    pub fn of(network: &Path) -> Result<Self, End> {
        let path = network.join("acquirer").join("archive.toml");
        match std::fs::read_to_string(&path) {
            Ok(text) => Self::read(&text).map_err(|end| {
                let (zh, en) = (end.text.zh, end.text.en);
                End::usage(
                    format!("{}：{zh}；未启动，什么也没有删除", path.display()),
                    format!("{}: {en}; nothing was started, nothing was removed", path.display()),
                )
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Self::read(""),
            Err(error) => Err(error.into()),
        }
    }

    fn read(text: &str) -> Result<Self, End> {
        let file: File =
            toml::from_str(text).map_err(|error| End::usage(error.message().to_owned(), error.message().to_owned()))?;
        let keeping = Keeping { slip_years: file.slip_years, page_days: file.page_days };
        keeping.check().map_err(|fault| {
            let both = fault.to_string();
            let (zh, en) = both.split_once(" / ").unwrap_or((&both, &both));
            End::usage(zh.to_owned(), en.to_owned())
        })?;
        let url = file.page_url;
        let shape = ["http://", "https://"].iter().any(|way| url.starts_with(way)) && url.ends_with('/');
        let plain = url.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'<' | b'>' | b'&'));
        if !shape || !plain || url.len() > URL_BYTES_MAX {
            return Err(End::usage(
                "page_url 应以 http:// 或 https:// 开头、以 / 结尾，且不超过80个字符",
                "page_url begins with http:// or https://, ends with / and has 80 characters at most",
            ));
        }
        Ok(Self { keeping, page_url: url })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floors_and_addresses() {
        let read = |text: &str| Settings::read(text).map_err(|end| (end.code, end.text.en));
        assert_eq!(read("").unwrap().page_url, PAGE_URL);
        assert_eq!(read("slip_years = 5\npage_days = 7").unwrap().keeping, Keeping { slip_years: 5, page_days: 7 });
        for (text, want) in [
            ("slip_years = 0", "one year at least"),
            ("page_days = 0", "1 to 366 days"),
            ("page_url = \"ftp://x/\"", "begins with http"),
            ("page_url = \"https://x/s\"", "ends with /"),
            ("page_url = \"https://x/<b>/\"", "begins with"),
            ("slips = 1", "unknown field"),
        ] {
            let (code, said) = read(text).unwrap_err();
            assert!(code == 2 && said.contains(want), "{text}: {said}");
        }
    }
}
