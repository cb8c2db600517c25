//! Writes a clearing file, line by line. Must never write what the reader would refuse.

use super::crc::Crc;
use super::{Detail, FileSums, LINE, WhyRefused, columns};
use crate::key::Key;
use alloc::format;
use alloc::string::String;
use slipway_terms::{BusinessDate, InstitutionId, SwitchKey};

/// A file being written: header, details in ascending order of their keys, trailer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Writer {
    member: InstitutionId,
    sums: FileSums,
    crc: Crc,
    last: Option<(Key, SwitchKey)>,
}

impl Writer {
    /// Begins a file; the second is its first line.
    pub fn begin(member: InstitutionId, day: BusinessDate) -> (Self, [u8; LINE]) {
        let mut writer = Self { member, sums: FileSums::default(), crc: Crc::NEW, last: None };
        let line = writer.line(&columns::header(member, day));
        (writer, line)
    }

    /// The line of the next entry.
    ///
    /// # Errors
    /// What a reader would say about it; nothing is written then.
    pub fn detail(&mut self, detail: &Detail) -> Result<[u8; LINE], WhyRefused> {
        let line = self.sums.count as usize + 2;
        super::read::accept(self.member, self.last, detail, line)?;
        self.last = Some(detail.place());
        self.sums.add(detail);
        Ok(self.line(&columns::detail(self.sums.count, detail)))
    }

    /// The last line.
    pub fn end(mut self) -> [u8; LINE] {
        let FileSums { count, amount_fen, fees_fen: [issuer, net_issuer, net_acquirer] } = self.sums;
        let sums = format!("T{count:09}{amount_fen:+023}{issuer:+023}{net_issuer:+023}{net_acquirer:+023}");
        self.crc.add(sums.as_bytes());
        let whole = format!("{sums}{:016x}", self.crc.value());
        self.line(&whole)
    }

    fn line(&mut self, text: &str) -> [u8; LINE] {
        let line = padded(text);
        self.crc.add(&line);
        line
    }
}

fn padded(text: &str) -> [u8; LINE] {
    assert!(text.len() < LINE, "a clearing line has {LINE} bytes");
    let mut line = [b' '; LINE];
    line[..text.len()].copy_from_slice(text.as_bytes());
    line[LINE - 1] = b'\n';
    line
}

impl Writer {
    /// A whole file at once, for small ones.
    ///
    /// # Errors
    /// As [`Writer::detail`].
    pub fn whole(
        member: InstitutionId,
        day: BusinessDate,
        details: impl IntoIterator<Item = Detail>,
    ) -> Result<String, WhyRefused> {
        let (mut writer, first) = Self::begin(member, day);
        let mut file = String::from_utf8_lossy(&first).into_owned();
        for detail in details {
            file.push_str(&String::from_utf8_lossy(&writer.detail(&detail)?));
        }
        file.push_str(&String::from_utf8_lossy(&writer.end()));
        Ok(file)
    }
}
