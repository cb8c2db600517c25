//! Files and folders that only their owner reads: they hold merchants' payments.

use std::fs::{File, OpenOptions, Permissions};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Opens a file for appending, made if it is new, readable by its owner only; one of an older version becomes so.
pub fn open(path: &Path) -> std::io::Result<File> {
    let file = OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
    let mode = file.metadata()?.permissions().mode();
    if mode & 0o077 != 0 {
        file.set_permissions(Permissions::from_mode(0o600))?;
    }
    Ok(file)
}

/// The same of a folder and of all files in it.
pub fn folder(path: &Path) -> std::io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    std::fs::set_permissions(path, Permissions::from_mode(0o700))?;
    for entry in std::fs::read_dir(path)? {
        std::fs::set_permissions(entry?.path(), Permissions::from_mode(0o600))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_could_read_they_read_no_more() {
        let dir = tempfile::tempdir().unwrap();
        let (folder_at, file) = (dir.path().join("webhooks"), dir.path().join("events.jsonl"));
        std::fs::create_dir(&folder_at).unwrap();
        for path in [&file, &folder_at.join("w1.jsonl")] {
            std::fs::write(path, "x\n").unwrap();
            std::fs::set_permissions(path, Permissions::from_mode(0o644)).unwrap();
        }
        drop(open(&file).unwrap());
        folder(&folder_at).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!([mode(&file), mode(&folder_at), mode(&folder_at.join("w1.jsonl"))], [0o600, 0o700, 0o600]);
        assert_eq!(std::fs::read(&file).unwrap(), b"x\n", "and nothing is lost");
        drop(open(&dir.path().join("new")).unwrap());
        assert_eq!(mode(&dir.path().join("new")), 0o600);
    }
}
