//! A day's folder: all its files at once or none, and never two versions. Must never change a folder that is there: whoever has
//! taken a file from it must find the same bytes tomorrow.

use crate::say::End;
use slipway_terms::BusinessDate;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::Path;

/// Files by name.
pub type Files = BTreeMap<String, Vec<u8>>;

/// What was done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Written {
    /// The folder is new.
    New,
    /// It was there, byte for byte.
    Same,
}

impl Written {
    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Same => "same",
        }
    }
}

/// Writes the folder of a day below `root`, or finds it there with the same bytes. Two operators at once wait for each other; what a
/// kill left half-written is made anew.
pub fn put(root: &Path, day: BusinessDate, files: &Files) -> Result<Written, End> {
    std::fs::create_dir_all(root)?;
    let lock = std::fs::OpenOptions::new().create(true).append(true).open(root.join(".lock"))?;
    lock.lock()?;
    let place = root.join(day.to_string());
    if place.exists() {
        return same(&place, files).map(|()| Written::Same);
    }
    let fresh = root.join(format!(".{day}.new"));
    if fresh.exists() {
        std::fs::remove_dir_all(&fresh)?;
    }
    std::fs::create_dir(&fresh)?;
    for (name, bytes) in files {
        let mut file = File::create(fresh.join(name))?;
        file.write_all(bytes)?;
        file.sync_all()?;
    }
    File::open(&fresh)?.sync_all()?;
    std::fs::rename(&fresh, &place)?;
    File::open(root)?.sync_all()?;
    Ok(Written::New)
}

/// Says which file differs, and where; changes nothing.
fn same(place: &Path, files: &Files) -> Result<(), End> {
    let differs = |name: &str, zh: String, en: String| {
        let path = place.join(name);
        let path = path.display();
        End::broken(
            format!(
                "{path} 与重新计算的结果不同（{zh}）：保留原文件，什么也没有改变；请查明是文件被改动，还是费率或账目有变"
            ),
            format!(
                "{path} is not what is reckoned now ({en}): the former file stays, nothing was changed; find out whether the file was changed, or the fee book or the records"
            ),
        )
    };
    for (name, bytes) in files {
        let there = match std::fs::read(place.join(name)) {
            Ok(there) => there,
            Err(error) => {
                return Err(differs(name, format!("无法读取：{error}"), format!("it cannot be read: {error}")));
            }
        };
        if let Some(at) = first_difference(&there, bytes) {
            let line = 1 + bytes[..at.min(bytes.len())].iter().filter(|byte| **byte == b'\n').count();
            return Err(differs(name, format!("第 {line} 行起不同"), format!("it differs from line {line} on")));
        }
    }
    let extra =
        std::fs::read_dir(place)?.filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()));
    match extra.into_iter().find(|name| !files.contains_key(name)) {
        Some(name) => Err(differs(&name, "多出的文件".into(), "it does not belong there".into())),
        None => Ok(()),
    }
}

fn first_difference(one: &[u8], other: &[u8]) -> Option<usize> {
    let at = one.iter().zip(other).position(|(one, other)| one != other);
    at.or_else(|| (one.len() != other.len()).then(|| one.len().min(other.len())))
}

/// Days that have a folder below `root`, in order.
pub fn days(root: &Path) -> Vec<BusinessDate> {
    let entries = std::fs::read_dir(root).into_iter().flatten().filter_map(Result::ok);
    let mut days: Vec<BusinessDate> =
        entries.filter_map(|entry| slipway_recon::read_day(&entry.file_name().to_string_lossy())).collect();
    days.sort_unstable();
    days
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: BusinessDate = BusinessDate { year: 2026, month: 11, day: 23 };

    fn files(text: &str) -> Files {
        Files::from([("a.csv".to_owned(), text.as_bytes().to_vec()), ("b.csv".to_owned(), b"1\n".to_vec())])
    }

    #[test]
    fn a_folder_is_written_once_and_never_changed() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("clearing");
        // What a kill has left.
        std::fs::create_dir_all(root.join(".2026-11-23.new")).unwrap();
        std::fs::write(root.join(".2026-11-23.new/half"), "x").unwrap();
        assert_eq!(put(&root, DAY, &files("1\n2\n")).unwrap(), Written::New);
        assert_eq!(put(&root, DAY, &files("1\n2\n")).unwrap(), Written::Same);
        for (text, line) in [("1\n3\n", "line 2"), ("1\n", "line 2"), ("1\n2\n3\n", "line 3")] {
            let end = put(&root, DAY, &files(text)).unwrap_err();
            assert_eq!(end.code, 1);
            assert!(end.text.en.contains("a.csv") && end.text.en.contains(line), "{}", end.text.en);
            assert_eq!(std::fs::read(root.join("2026-11-23/a.csv")).unwrap(), b"1\n2\n", "the former stands");
        }
        std::fs::write(root.join("2026-11-23/c.csv"), "x").unwrap();
        assert!(put(&root, DAY, &files("1\n2\n")).unwrap_err().text.en.contains("c.csv"));
        assert_eq!(days(&root), [DAY]);
    }

    #[test]
    fn many_operators_at_once_make_one_folder() {
        let dir = tempfile::tempdir().unwrap();
        let done = std::thread::scope(|scope| {
            let all: Vec<_> = (0..8).map(|_| scope.spawn(|| put(dir.path(), DAY, &files("1\n")).unwrap())).collect();
            all.into_iter().map(|one| one.join().unwrap()).collect::<Vec<_>>()
        });
        assert_eq!(done.iter().filter(|written| **written == Written::New).count(), 1);
    }
}
