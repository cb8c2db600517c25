//! Situations that are taken out of the list by hand, and those that only a large run must meet. `*` stands for any text.

/// What cannot happen, with the reason. If one of them is met all the same, the reason is wrong: a run says so.
const EXCLUDED: &[(&str, &str)] = &[];

/// What can happen and seldom does.
const RARE: &[&str] = &[];

/// Why this situation is taken out.
pub fn why(text: &str) -> Option<&'static str> {
    EXCLUDED.iter().find(|(pattern, _)| fits(pattern, text)).map(|(_, reason)| *reason)
}

/// Whether only a large run must meet it.
pub fn is_rare(text: &str) -> bool {
    RARE.iter().any(|pattern| fits(pattern, text))
}

/// All patterns, for the test that each fits something.
#[cfg(test)]
pub fn patterns() -> impl Iterator<Item = &'static str> {
    EXCLUDED.iter().map(|(pattern, _)| *pattern).chain(RARE.iter().copied())
}

/// Whether a text fits a pattern with `*`.
pub fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let mut last = None;
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        last = Some(part);
        rest = &rest[at + part.len()..];
    }
    last.map_or(rest.is_empty(), |last| rest.is_empty() || last.is_empty() || text.ends_with(last))
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_star_is_any_text() {
        for (pattern, text, want) in [
            ("L1 0800 forged", "L1 0800 forged", true),
            ("L1 0800 forged", "L1 0810 forged", false),
            ("answer 01 *", "answer 01 to Sale", true),
            ("* Approved", "terminal meets 0210 while Approved", true),
            ("*Approved*", "Approved", true),
            ("issuer * by a full disk*", "issuer stopped by a full disk, taking 0200", true),
            ("issuer * taking 0420", "issuer stopped by a full disk, taking 0200", false),
        ] {
            assert_eq!(fits(pattern, text), want, "{pattern} on {text}");
        }
    }
}
