//! What the README shows is there: its pictures are in the repository, small, and pictures.
#![allow(clippy::unwrap_used, reason = "tests may")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The largest picture. Unit: bytes.
const PICTURE_MAX: u64 = 120 * 1024;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The PNG files that a page names, from where it stands.
fn pictures(page: &str) -> BTreeSet<PathBuf> {
    let page = root().join(page);
    let text = std::fs::read_to_string(&page).unwrap();
    let named =
        text.split(['(', ')', '"']).filter(|part| part.ends_with(".png") && !part.contains(char::is_whitespace));
    named.map(|name| page.parent().unwrap().join(name)).collect()
}

#[test]
fn every_picture_that_is_shown_is_there() {
    for page in ["README.md", "README.zh-CN.md", "docs/tour.md"] {
        let shown = pictures(page);
        assert!(shown.len() >= 3, "{page} shows {}", shown.len());
        for picture in shown {
            let bytes =
                std::fs::read(&picture).unwrap_or_else(|error| panic!("{page}: {}: {error}", picture.display()));
            assert!(bytes.starts_with(b"\x89PNG\r\n"), "{}", picture.display());
            let size = picture.metadata().unwrap().len();
            assert!(size < PICTURE_MAX, "{}: {size} bytes", picture.display());
        }
    }
}

#[test]
fn every_picture_that_is_kept_is_told_of() {
    let told: BTreeSet<_> = pictures("docs/tour.md").iter().map(|path| path.canonicalize().unwrap()).collect();
    let kept = std::fs::read_dir(root().join("docs/tour")).unwrap().map(|entry| entry.unwrap().path());
    let kept: BTreeSet<_> = kept.map(|path| path.canonicalize().unwrap()).collect();
    assert_eq!(kept, told);
}
