//! DE 62 of downloads: lists of card-number prefixes, and what names the entries of chip tables. Whole or not at all.

use alloc::boxed::Box;
use alloc::vec::Vec;
use slipway_terms::Short;

/// DE 62 of a blacklist: the control byte, then each prefix with its two-digit length.
pub(crate) fn prefixes(body: &[u8]) -> Option<Vec<Short<19>>> {
    let text = core::str::from_utf8(body).ok()?;
    let mut rest = text.get(1..)?;
    let mut found = Vec::new();
    while !rest.is_empty() {
        let len: usize = rest.get(..2)?.parse().ok()?;
        let prefix = rest.get(2..2 + len)?;
        // An empty prefix would refuse every card.
        if len == 0 || !prefix.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        found.push(Short::new(prefix).ok()?);
        rest = rest.get(2 + len..)?;
    }
    Some(found)
}

/// What names each entry of a list: 9F06, and for keys 9F22 with it, as they go into the next request.
pub(crate) fn entries(mut body: &[u8], with_index: bool) -> Vec<Box<[u8]>> {
    let mut found: Vec<Vec<u8>> = Vec::new();
    while let [t1, t2, len, rest @ ..] = body {
        let Some((value, after)) = rest.split_at_checked(usize::from(*len)) else { break };
        match (t1, t2) {
            (0x9F, 0x06) => found.push([&[*t1, *t2, *len], value].concat()),
            (0x9F, 0x22) if with_index => {
                if let Some(last) = found.last_mut() {
                    last.extend_from_slice(&[&[*t1, *t2, *len], value].concat());
                }
            }
            _ => {}
        }
        body = after;
    }
    found.into_iter().map(Into::into).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_whole_or_not_at_all() {
        let read =
            |text: &str| prefixes(text.as_bytes()).map(|all| all.iter().map(|p| p.as_str().len()).collect::<Vec<_>>());
        assert_eq!(read("1"), Some(Vec::new()));
        assert_eq!(read("20699900108 9900100".replace(' ', "1").as_str()), Some(Vec::from([6, 8])));
        for bad in ["", "1069990", "100", "106abcdef", "1xx"] {
            assert_eq!(read(bad), None, "{bad}");
        }
        let list = [0x9F, 0x06, 2, 1, 2, 0x9F, 0x22, 1, 9, 0xDF, 0x05, 1, 0, 0x9F, 0x06, 1, 7];
        assert_eq!(entries(&list, true), [Box::from([0x9F, 6, 2, 1, 2, 0x9F, 0x22, 1, 9]), Box::from([0x9F, 6, 1, 7])]);
        assert_eq!(entries(&list, false)[0].len(), 5);
        assert!(entries(&[0x9F, 0x06, 9, 1], true).is_empty());
    }
}
