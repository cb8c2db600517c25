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
    ("answer 14 to *e", "every number of the bench is known to its issuer, or has none (15)"),
    ("answer 14 to *o*o", "every number of the bench is known to its issuer, or has none (15)"),
    ("answer 14 to PreAuth", "every number of the bench is known to its issuer, or has none (15)"),
    ("answer 14 to *Void", "the card is that of the original"),
    ("answer 14 to Completion", "the card is that of the original"),
    ("answer 14 to Adjust", "the card is that of the original"),
    ("answer 22 to Sale", "it is about no earlier exchange"),
    ("answer 22 to Balance", "it is about no earlier exchange"),
    ("answer 22 to PreAuth", "it is about no earlier exchange"),
    ("answer 22 to Moto", "it is about no earlier exchange"),
    ("answer 22 to OfflineSale", "what happened at the till is not refused"),
    ("answer 22 to PreAuthVoid", "a till knows what became of its holds"),
    ("answer 22 to CompletionAdvice", "a till knows what became of its holds"),
    ("answer 25 to *e", "a till names what it knows; it is about no earlier exchange"),
    ("answer 25 to *Auth", "it is about no earlier exchange"),
    ("answer 25 to *Void", "a till names what it knows"),
    ("answer 25 to Completion", "a till names what it knows"),
    ("answer 25 to Adjust", "a till names what it knows"),
    ("answer 25 to Moto", "it is about no earlier exchange"),
    ("answer 30 to *", "a till sends whole requests, and its code covers them"),
    ("answer 40 to *", "a till offers no other kind"),
    ("answer 57 to *", "a till offers key entry only where its shop has the right"),
    ("answer 64 to *", "a till voids the whole of what it knows"),
    ("answer 15 to *Void", "the card of the original was routed before"),
    ("answer 15 to Refund", "the card of the original was routed before"),
    ("answer 15 to Comp*", "the card of the original was routed before"),
    ("answer 15 to Adjust", "the card of the original was routed before"),
    ("answer 15 to OfflineSale", "nobody can be debited: the acquirer bears it and says 00"),
    ("answer 41 to *Void", "money that was promised or comes back does not ask what became of the card"),
    ("answer 41 to Refund", "money that was promised or comes back does not ask what became of the card"),
    ("answer 41 to Comp*", "money that was promised or comes back does not ask what became of the card"),
    ("answer 41 to Adjust", "money that was promised or comes back does not ask what became of the card"),
    ("answer 41 to OfflineSale", "what happened at the till is not refused"),
    ("answer 43 to *Void", "money that was promised or comes back does not ask what became of the card"),
    ("answer 43 to Refund", "money that was promised or comes back does not ask what became of the card"),
    ("answer 43 to Comp*", "money that was promised or comes back does not ask what became of the card"),
    ("answer 43 to Adjust", "money that was promised or comes back does not ask what became of the card"),
    ("answer 43 to OfflineSale", "what happened at the till is not refused"),
    ("answer 54 to *Void", "money that was promised or comes back does not ask what became of the card"),
    ("answer 54 to Refund", "money that was promised or comes back does not ask what became of the card"),
    ("answer 54 to Comp*", "money that was promised or comes back does not ask what became of the card"),
    ("answer 54 to Adjust", "money that was promised or comes back does not ask what became of the card"),
    ("answer 54 to OfflineSale", "what happened at the till is not refused"),
    ("answer 62 to *Void", "money that was promised or comes back does not ask what became of the card"),
    ("answer 62 to Refund", "money that was promised or comes back does not ask what became of the card"),
    ("answer 62 to Comp*", "money that was promised or comes back does not ask what became of the card"),
    ("answer 62 to Adjust", "money that was promised or comes back does not ask what became of the card"),
    ("answer 62 to OfflineSale", "what happened at the till is not refused"),
    ("answer 65 to *Void", "it was counted with its original"),
    ("answer 65 to Refund", "it was counted with its original"),
    ("answer 65 to Comp*", "it was counted with its original"),
    ("answer 65 to Adjust", "it was counted with its original"),
    ("answer 65 to OfflineSale", "what happened at the till is not refused"),
    ("answer 61 to *Void", "a till asks for no more than it knows of"),
    ("answer 61 to Comp*", "a till asks for no more than the hold allows"),
    ("answer 61 to Adjust", "a till asks for no more than a tip"),
    ("answer 61 to OfflineSale", "what happened at the till is not refused"),
    ("answer 51 to *Void", "it takes nothing from the account"),
    ("answer 51 to Refund", "it takes nothing from the account"),
    ("answer 51 to CompletionAdvice", "what happened at the till is posted whether the money is there or not"),
    ("answer 51 to Adjust", "what happened at the till is posted whether the money is there or not"),
    ("answer 51 to OfflineSale", "what happened at the till is posted whether the money is there or not"),
    ("answer 55 to *Void", "nobody keys a PIN for it"),
    ("answer 55 to Refund", "nobody keys a PIN for it"),
    ("answer 55 to Comp*", "nobody keys a PIN for it"),
    ("answer 55 to Adjust", "nobody keys a PIN for it"),
    ("answer 55 to OfflineSale", "nobody keys a PIN for it"),
    ("answer 55 to Moto", "nobody keys a PIN for it"),
    ("answer 75 to *Void", "nobody keys a PIN for it"),
    ("answer 75 to Refund", "nobody keys a PIN for it"),
    ("answer 75 to Comp*", "nobody keys a PIN for it"),
    ("answer 75 to Adjust", "nobody keys a PIN for it"),
    ("answer 75 to OfflineSale", "nobody keys a PIN for it"),
    ("answer 75 to Moto", "nobody keys a PIN for it"),
    ("answer 99 to *Void", "nobody keys a PIN for it"),
    ("answer 99 to Refund", "nobody keys a PIN for it"),
    ("answer 99 to Comp*", "nobody keys a PIN for it"),
    ("answer 99 to Adjust", "nobody keys a PIN for it"),
    ("answer 99 to OfflineSale", "nobody keys a PIN for it"),
    ("answer 99 to Moto", "nobody keys a PIN for it"),
    ("answer A7 to *Void", "nobody keys a PIN for it"),
    ("answer A7 to Refund", "nobody keys a PIN for it"),
    ("answer A7 to Comp*", "nobody keys a PIN for it"),
    ("answer A7 to Adjust", "nobody keys a PIN for it"),
    ("answer A7 to OfflineSale", "nobody keys a PIN for it"),
    ("answer A7 to Moto", "nobody keys a PIN for it"),
    ("answer 77 to Refund", "an advice is judged against the batch it names"),
    ("answer 77 to CompletionAdvice", "an advice is judged against the batch it names"),
    ("answer 77 to OfflineSale", "an advice is judged against the batch it names"),
    ("answer 77 to Adjust", "an advice is judged against the batch it names"),
    ("answer 12 to Refund", "an advice is never reversed, so it meets no tombstone"),
    ("answer 12 to CompletionAdvice", "an advice is never reversed, so it meets no tombstone"),
    ("answer 12 to OfflineSale", "an advice is never reversed, so it meets no tombstone"),
    ("answer 12 to Adjust", "an advice is never reversed, so it meets no tombstone"),
    ("answer 91 to Refund", "a host keeps an advice until its issuer is there"),
    ("answer 92 to Refund", "a host keeps an advice until its line is there"),
    ("answer 98 to Refund", "nobody gives an advice up"),
    ("answer 94 to Refund", "an advice is the same each time"),
    ("answer 91 to CompletionAdvice", "a host keeps an advice until its issuer is there"),
    ("answer 92 to CompletionAdvice", "a host keeps an advice until its line is there"),
    ("answer 98 to CompletionAdvice", "nobody gives an advice up"),
    ("answer 94 to CompletionAdvice", "an advice is the same each time"),
    ("answer 91 to OfflineSale", "a host keeps an advice until its issuer is there"),
    ("answer 92 to OfflineSale", "a host keeps an advice until its line is there"),
    ("answer 98 to OfflineSale", "nobody gives an advice up"),
    ("answer 94 to OfflineSale", "an advice is the same each time"),
    ("answer 91 to Adjust", "a host keeps an advice until its issuer is there"),
    ("answer 92 to Adjust", "a host keeps an advice until its line is there"),
    ("answer 98 to Adjust", "nobody gives an advice up"),
    ("answer 94 to Adjust", "an advice is the same each time"),
    ("acquirer meets 0110 while Tombstone", "what has a tombstone was never forwarded"),
    ("acquirer meets 0110 while nothing", "a request is durable before it leaves, so its answer finds it"),
    ("switch meets 0110 while Tombstone", "what has a tombstone was never forwarded"),
    ("switch meets 0110 while nothing", "a request is durable before it leaves, so its answer finds it"),
    ("* meets 0220 while Un*", "an advice is never undone and nobody is unsure of it"),
    ("* meets 0230 while Un*", "an advice is never undone and nobody is unsure of it"),
    ("switch meets 0220 while Tombstone", "an advice is never reversed"),
    ("issuer meets 0220 while Tombstone", "an advice is never reversed"),
    ("* meets 0230 while Tombstone", "an advice is never reversed"),
    ("terminal meets 0110 while Stored", "only an advice is stored, and only its answer comes"),
    ("terminal meets 0210 while Stored", "only an advice is stored, and only its answer comes"),
    ("terminal meets 0410 while Stored", "an advice is never reversed"),
    ("terminal meets 0630 while Stored", "an advice is not confirmed"),
    ("terminal meets 0230 while Doubtful", "an advice is never doubted"),
    ("terminal meets 0230 while FailedReversal", "an advice is never reversed"),
    ("terminal meets 0230 while Reversed", "an advice is never reversed"),
    ("terminal meets 0230 while Sent", "an advice is stored"),
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
    ("verdict NotFound Print", "only what took place has a slip"),
    ("verdict TookPlace TakeAgain", "what took place is printed"),
    ("verdict TookPlace OtherMeans", "what took place is printed"),
    ("verdict TookPlace Wait", "what took place is printed"),
    ("verdict DidNotTakePlace Wait", "what did not take place is taken again"),
    ("verdict Returned Wait", "what went back is taken again"),
    ("verdict Open OtherMeans", "codes of other means come from an issuer that took nothing"),
    ("verdict WillReturn OtherMeans", "codes of other means come from an issuer that took nothing"),
    ("verdict Returned OtherMeans", "codes of other means come from an issuer that took nothing"),
    ("verdict Held TakeAgain", "what is held has its slip"),
    ("verdict Held OtherMeans", "what is held has its slip"),
    ("verdict Held Wait", "what is held has its slip"),
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
    "answer 94 to *",
    "answer 97 to *",
    "switch meets 0220 while Declined",
    "* meets 0230 while Declined",
    "issuer meets 0220 while Declined",
    "terminal meets 0110 while FailedReversal",
    "* taking 0100",
    "* taking 0110",
    "* taking 0220",
    "* taking 0230",
    "answer 22 to Comp*",
    "answer 51 to Completion",
    "answer 9* to *Void",
    "answer 9* to Comp*",
    "answer 9* to Adjust",
    "answer 9* to Moto",
    "answer A0 to *",
    "answer 54 to Moto",
    "answer 65 to Moto",
    "answer 4* to Moto",
    "answer 6* to PreAuth",
    "acquirer meets 0220 while *",
    "issuer meets 0100 while Undone",
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
