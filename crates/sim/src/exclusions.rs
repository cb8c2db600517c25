//! Situations that are taken out of the list by hand, and those that only a large run must meet. `*` stands for any text.

/// What cannot happen, with the reason. If one of them is met all the same, the reason is wrong: a run says so.
const EXCLUDED: &[(&str, &str)] = &[
    ("L1 0800 forged", "a sign-on carries no code that could be wrong"),
    ("L6 0810 forged", "a sign-on carries no code that could be wrong"),
    ("terminal stopped * commit, taking 0830", "the answer to that question writes nothing"),
    ("terminal stopped by a*, taking 0830", "the answer to that question writes nothing"),
    ("issuer stopped * commit, taking start", "an issuer writes nothing when it starts"),
    ("issuer stopped by a*, taking start", "an issuer writes nothing when it starts"),
    ("issuer stopped * commit, taking timer", "an issuer has no timers; repeats of notices write nothing"),
    ("issuer stopped by a*, taking timer", "an issuer has no timers; repeats of notices write nothing"),
    ("answer 01 to *", "no host of ours gives this code"),
    ("answer 04 to *", "no host of ours gives this code"),
    ("answer 05 to *", "no host of ours gives this code"),
    ("answer 11 to *", "no host of ours gives this code"),
    ("answer 21 to *", "no host of ours gives this code"),
    ("answer 34 to *", "no host of ours gives this code"),
    ("answer 38 to *", "no host of ours gives this code"),
    ("answer 45 to *", "no host of ours gives this code"),
    ("answer 58 to *", "no host of ours gives this code"),
    ("answer 59 to *", "no host of ours gives this code"),
    ("answer 79 to *", "no host of ours gives this code"),
    ("answer 90 to *", "no host of ours gives this code"),
    ("answer 95 to *", "no host of ours gives this code"),
    ("answer A1 to *", "no host of ours gives this code"),
    ("answer A2 to *", "no host of ours gives this code"),
    ("answer A3 to *", "no host of ours gives this code"),
    ("answer A4 to *", "no host of ours gives this code"),
    ("answer A5 to *", "no host of ours gives this code"),
    ("answer A6 to *", "no host of ours gives this code"),
    ("answer 10 to *", "nobody offers to take a part (60.6 = 0)"),
    ("answer 68 to *", "our switch says 98 when an issuer is late"),
    ("answer 03 to *", "a till is bound to its shop in both records"),
    ("answer 13 to *", "a till offers no sale without amount, and its code covers the currency"),
    ("answer 14 to *", "every number of the bench is known to its issuer, or has none (15)"),
    ("answer 22 to *", "an answer to reversals and confirmations, not to requests"),
    ("answer 25 to *", "an answer to reversals and confirmations, not to requests"),
    ("answer 30 to *", "a till sends whole requests, and its code covers them"),
    ("answer 40 to *", "a till offers no other kind"),
    ("answer 57 to *", "a till offers key entry only where its shop has the right"),
    ("answer 64 to *", "an answer to reversals and confirmations, not to requests"),
    ("answer 12 to Balance", "an inquiry is never reversed, so it meets no tombstone"),
    ("answer 51 to Balance", "an inquiry takes nothing and counts nothing"),
    ("answer 61 to Balance", "an inquiry takes nothing and counts nothing"),
    ("answer 65 to Balance", "an inquiry takes nothing and counts nothing"),
    ("acquirer meets 0210 while Tombstone", "what has a tombstone was never forwarded"),
    ("switch meets 0210 while Tombstone", "what has a tombstone was never forwarded"),
    ("acquirer meets 0430 while Approved", "only what is undone has sent an advice"),
    ("acquirer meets 0430 while Declined", "only what is undone has sent an advice"),
    ("acquirer meets 0430 while Forwarded", "only what is undone has sent an advice"),
    ("acquirer meets 0430 while Tombstone", "only what is undone has sent an advice"),
    ("acquirer meets 0430 while Unsure", "only what is undone has sent an advice"),
    ("switch meets 0430 while Approved", "only what is undone has sent an advice"),
    ("switch meets 0430 while Declined", "only what is undone has sent an advice"),
    ("switch meets 0430 while Forwarded", "only what is undone has sent an advice"),
    ("switch meets 0430 while Tombstone", "only what is undone has sent an advice"),
    (
        "acquirer meets 0620 while Declined",
        "a till confirms only what it was told to be approved, and then never reverses it",
    ),
    (
        "acquirer meets 0620 while Forwarded",
        "a till confirms only what it was told to be approved, and then never reverses it",
    ),
    (
        "acquirer meets 0620 while Tombstone",
        "a till confirms only what it was told to be approved, and then never reverses it",
    ),
    (
        "acquirer meets 0620 while Undone",
        "a till confirms what it never reverses; only one dark for over 48 hours meets its worked case, and no world has one",
    ),
    (
        "acquirer meets 0620 while Unsure",
        "a till confirms only what it was told to be approved, and then never reverses it",
    ),
    (
        "acquirer meets 0620 while nothing",
        "a till confirms only what it was told to be approved, and then never reverses it",
    ),
    ("terminal meets 0410 while Declined", "a till reverses only what it doubts"),
    ("terminal meets 0410 while Sent", "a till reverses only what it doubts"),
    ("terminal meets 0410 while Approved", "a till reverses only what it doubts"),
    ("terminal meets 0630 while Declined", "a till confirms only approvals"),
    ("terminal meets 0630 while Doubtful", "a till confirms only approvals"),
    ("terminal meets 0630 while FailedReversal", "a till confirms only approvals"),
    ("terminal meets 0630 while Reversed", "a till confirms only approvals"),
    ("terminal meets 0630 while Sent", "a till confirms only approvals"),
    ("acquirer meets 0*30 while nothing", "an advice is durable before it leaves, so its answer finds it"),
    ("acquirer meets 0210 while nothing", "a request is durable before it leaves, so its answer finds it"),
    ("switch meets 0*30 while nothing", "an advice is durable before it leaves, so its answer finds it"),
    ("switch meets 0210 while nothing", "a request is durable before it leaves, so its answer finds it"),
    ("fault paper *, printed again", "a fault paper is no voucher and is not printed again"),
    ("verdict DidNotTakePlace Print", "only what took place has a slip"),
    ("verdict Open Print", "only what took place has a slip"),
    ("verdict WillReturn Print", "only what took place has a slip"),
    ("verdict Returned Print", "only what took place has a slip"),
    ("verdict NotFound Print", "only what took place has a slip"),
    ("verdict TookPlace TakeAgain", "what took place is printed"),
    ("verdict TookPlace OtherMeans", "what took place is printed"),
    ("verdict TookPlace Wait", "what took place is printed"),
    ("verdict DidNotTakePlace Wait", "what did not take place is taken again"),
    ("verdict Returned Wait", "what went back is taken again"),
    ("verdict Open OtherMeans", "codes of other means come from an issuer that took nothing"),
    ("verdict WillReturn OtherMeans", "codes of other means come from an issuer that took nothing"),
    ("verdict Returned OtherMeans", "codes of other means come from an issuer that took nothing"),
    ("verdict Held *", "there are no pre-authorisations yet"),
    ("verdict NotFound TakeAgain", "of what nobody knows nobody says so"),
    ("verdict NotFound OtherMeans", "of what nobody knows nobody says so"),
];

/// What can happen so seldom that no run is asked for it, with the reason.
const FREAKS: &[(&str, &str)] = &[
    ("acquirer stopped *, taking 0820", "a question after the fate writes only where it is the first use of new keys"),
    ("answer 94 to Balance", "an inquiry meets a used number only after two rare faults"),
];

/// What can happen and seldom does.
const RARE: &[&str] = &[
    "* stopped *, taking start",
    "* stopped *, taking 0800",
    "* stopped *, taking 0810",
    "* stopped *, taking link",
    "* stopped *, taking timer",
    "acquirer stopped *, taking 0400",
    "acquirer stopped *, taking 0430",
    "acquirer stopped *, taking 0620",
    "answer 77 to *",
    "answer 94 to Sale",
    "answer 99 to *",
    "answer A7 to *",
    "terminal meets 0210 while FailedReversal",
    "fault paper *",
];

/// Why this situation is taken out.
pub fn why(text: &str) -> Option<&'static str> {
    EXCLUDED.iter().find(|(pattern, _)| fits(pattern, text)).map(|(_, reason)| *reason)
}

/// Whether no run is asked for it.
pub fn is_freak(text: &str) -> bool {
    FREAKS.iter().any(|(pattern, _)| fits(pattern, text))
}

/// Whether only a large run must meet it.
pub fn is_rare(text: &str) -> bool {
    RARE.iter().any(|pattern| fits(pattern, text))
}

/// All patterns, for the test that each fits something.
#[cfg(test)]
pub fn patterns() -> impl Iterator<Item = &'static str> {
    EXCLUDED.iter().chain(FREAKS).map(|(pattern, _)| *pattern).chain(RARE.iter().copied())
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
