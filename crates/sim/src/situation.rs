//! Which situations there are and which a run has met: a test bench that never lost an answer on one hop proves nothing of it.
//! The list is generated from the closed enums; what cannot happen is taken out in `exclusions`, each with its reason.

use crate::chips::DOES;
use crate::disk::Flip;
use crate::exclusions;
use crate::fault::{Harm, Point, Sheet, Weather};
use slipway_terms::{Cashier, Fate, Finding, Ground, KeyScheme, Kind, Mend, Payer, ResponseCode};
use std::collections::BTreeSet;
use std::fmt;

/// Something that a run can meet.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Situation {
    /// A message of this type was harmed on this hop.
    Message(&'static str, u16, &'static str),
    /// A node of this kind stopped while it took this, at this point.
    Stopped(&'static str, &'static str, &'static str),
    /// A till was given this answer to this kind.
    Code(Kind, ResponseCode),
    /// A message of this type came to a node of this kind while its record of the exchange stood so: duplicates, late ones,
    /// overtaking ones.
    Met(&'static str, u16, &'static str),
    /// This became of a copy: word, kind, reprint.
    Paper(&'static str, &'static str, bool),
    /// This happened to a notice.
    Notice(&'static str),
    /// A counter was told this.
    Verdict(Fate, Cashier),
    /// A counter was told who has paid for what took place.
    Payer(Payer),
    /// The sky.
    Weather(&'static str),
    /// The vault of a node of this kind failed at a question.
    Vault(&'static str),
    /// What opening made of a flipped bit.
    Flip(Flip),
    /// How a case was closed.
    Finding(Ground, Finding),
    /// Two operators ask for the same repair.
    Repair(Mend),
    /// A correction (请款) met this on its way, or ended so.
    Correction(&'static str, &'static str),
    /// Why an acquirer closed a batch by itself.
    Shut(&'static str),
    /// A till of this key scheme did this.
    Keyed(&'static str, &'static str),
    /// A chip did this.
    Chip(&'static str),
    /// A PIN block of this width went between members on this hop.
    Zone(&'static str, &'static str),
    /// A message of a dispute was harmed on this hop, a house was stopped by one, or what became of one.
    Dispute(&'static str, &'static str),
    /// What was handed in about a slip.
    Archive(&'static str),
    /// What became of a suspended debit at an issuer.
    Suspense(&'static str),
    /// What became of a difference between lists, over days.
    Difference(&'static str),
    /// A repair was asked for that must not be done.
    Careless(&'static str),
    /// A merchant who was asked said nothing; and whether he has a slip, which comes after his time.
    Silent(bool),
    /// What became of a payment while the first one of the same card and amount was open.
    Second(&'static str),
    /// What became of a merchant's money between the days.
    Withheld(&'static str),
}

impl fmt::Display for Situation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message(hop, mti, word) => write!(f, "{hop} {mti:04} {word}"),
            Self::Stopped(kind, took, point) => write!(f, "{kind} stopped {point}, taking {took}"),
            Self::Code(kind, code) => write!(f, "answer {code} to {kind:?}"),
            Self::Met(kind, mti, state) => write!(f, "{kind} meets {mti:04} while {state}"),
            Self::Paper(word, kind, false) => write!(f, "{kind} {word}"),
            Self::Paper(word, kind, true) => write!(f, "{kind} {word}, printed again"),
            Self::Notice(word) => write!(f, "notice {word}"),
            Self::Verdict(fate, cashier) => write!(f, "verdict {fate:?} {cashier:?}"),
            Self::Payer(payer) => write!(f, "verdict, paid by: {payer:?}"),
            Self::Weather(word) => write!(f, "sky: {word}"),
            Self::Vault(kind) => write!(f, "the vault of a {kind} fails"),
            Self::Flip(flip) => write!(f, "a flipped bit: {flip:?}"),
            Self::Finding(ground, finding) => write!(f, "case {ground:?}: {finding:?}"),
            Self::Dispute("", word) => write!(f, "dispute: {word}"),
            Self::Dispute(place, word) => write!(f, "dispute: {place} {word}"),
            Self::Archive(word) => write!(f, "a slip archived {word}"),
            Self::Difference(word) => write!(f, "difference: {word}"),
            Self::Careless(word) => write!(f, "careless repair {word}"),
            Self::Silent(late) => {
                write!(f, "silent merchant {}", if *late { "with a late slip" } else { "without a slip" })
            }
            Self::Suspense(word) => write!(f, "suspense: {word}"),
            Self::Withheld(word) => write!(f, "merchant's money: {word}"),
            Self::Second(word) => write!(f, "second payment: {word}"),
            Self::Repair(mend) => write!(f, "repair asked for twice: {}", mend.word()),
            Self::Correction(place, word) => write!(f, "correction: {place} {word}"),
            Self::Shut(word) => write!(f, "batch closed at the acquirer: {word}"),
            Self::Keyed(scheme, word) => write!(f, "{scheme} till: {word}"),
            Self::Chip(word) => write!(f, "a chip {word}"),
            Self::Zone(hop, word) => write!(f, "{hop} {word} PIN block"),
        }
    }
}

/// What travels on each hop.
const TRAFFIC: [(&str, &[u16]); 6] = [
    ("L1", &[800, 100, 200, 220, 320, 400, 500, 620, 820]),
    ("L2", &[100, 200, 220, 420, 810, 830]),
    ("L3", &[100, 200, 220, 420, 800, 820]),
    ("L4", &[110, 210, 230, 430, 810, 830]),
    ("L5", &[110, 210, 230, 430, 800, 820]),
    ("L6", &[810, 110, 210, 230, 330, 410, 510, 630, 830]),
];

/// Which messages come to which kind of node, and how its record of their exchange can stand.
const MEETINGS: [(&str, &[u16], &[&str]); 4] = [
    (
        "terminal",
        &[110, 210, 230, 410, 630],
        &["nothing", "Sent", "Stored", "Approved", "Declined", "Doubtful", "Reversed", "FailedReversal", "InCase"],
    ),
    (
        "acquirer",
        &[100, 200, 220, 400, 620, 110, 210, 230, 430],
        &["nothing", "Forwarded", "Approved", "Declined", "Unsure", "Undone", "Tombstone"],
    ),
    (
        "switch",
        &[100, 200, 220, 420, 110, 210, 230, 430],
        &["nothing", "Forwarded", "Approved", "Declined", "Undone", "Tombstone"],
    ),
    ("issuer", &[100, 200, 220, 420], &["nothing", "Approved", "Declined", "Undone", "Tombstone"]),
];

/// What a node of each kind takes besides the messages of its meetings.
const TAKES: [(&str, &[&str]); 4] = [
    ("terminal", &["timer", "start", "link", "hand", "0330", "0510", "0810", "0830"]),
    ("acquirer", &["timer", "start", "link", "0320", "0500", "0800", "0820", "clearing", "payout", "merchant order"]),
    ("switch", &["timer", "start", "link", "reset", "0810", "0830"]),
    ("issuer", &["timer", "start", "delivery", "0800", "0820", "clearing", "suspense"]),
];

/// What becomes of disputes.
pub const DISPUTED: [&str; 13] = [
    "retrieval taken",
    "answered: slip found",
    "answered: adjusted",
    "answered: charge back",
    "answered: cannot prove",
    "chargeback taken",
    "re-presentment taken",
    "second chargeback taken",
    "award to the cardholder",
    "award to the merchant",
    "a step refused",
    "closed: the cardholder's",
    "closed: the merchant's",
];

/// What a till of each key scheme does with its keys.
pub const KEYED: [&str; 4] = ["PIN goes out", "closed track goes out", "approval comes back", "reversal goes out"];

/// What becomes of a second payment.
pub const SECOND: [&str; 9] = [
    "stopped, the first in doubt",
    "stopped, the first without paper",
    "the first asked for",
    "let go: NoSlip",
    "let go: CannotWait",
    "let go: OtherPurchase",
    "seen by the acquirer itself",
    "the first without slip goes back by it",
    "the surplus refunded",
];

const FATES: [Fate; 7] =
    [Fate::TookPlace, Fate::DidNotTakePlace, Fate::Open, Fate::WillReturn, Fate::Returned, Fate::Held, Fate::NotFound];
const CASHIERS: [Cashier; 4] = [Cashier::Print, Cashier::TakeAgain, Cashier::OtherMeans, Cashier::Wait];

/// A message type as a word.
pub fn type_word(mti: u16) -> &'static str {
    const WORDS: [(u16, &str); 20] = [
        (320, "0320"),
        (330, "0330"),
        (500, "0500"),
        (510, "0510"),
        (220, "0220"),
        (230, "0230"),
        (200, "0200"),
        (210, "0210"),
        (400, "0400"),
        (410, "0410"),
        (420, "0420"),
        (430, "0430"),
        (620, "0620"),
        (630, "0630"),
        (800, "0800"),
        (810, "0810"),
        (820, "0820"),
        (830, "0830"),
        (100, "0100"),
        (110, "0110"),
    ];
    WORDS.iter().find(|(no, _)| *no == mti).map_or("another type", |(_, word)| word)
}

/// All situations that the enums allow.
fn all() -> BTreeSet<Situation> {
    let mut all = BTreeSet::new();
    for (hop, types) in TRAFFIC {
        all.extend(types.iter().flat_map(|mti| Harm::WORDS.map(|harm| Situation::Message(hop, *mti, harm))));
    }
    for (kind, takes) in TAKES {
        let heard = MEETINGS.iter().filter(|(of, _, _)| *of == kind).flat_map(|(_, types, _)| *types);
        let takes = takes.iter().copied().chain(heard.map(|mti| type_word(*mti)));
        all.extend(takes.flat_map(|took| Point::ALL.map(|(_, _, word)| Situation::Stopped(kind, took, word))));
        all.insert(Situation::Vault(kind));
    }
    for (kind, types, states) in MEETINGS {
        all.extend(types.iter().flat_map(|mti| states.iter().map(|state| Situation::Met(kind, *mti, state))));
    }
    for shape in slipway_terms::SHAPES {
        all.extend(ResponseCode::all().map(|row| Situation::Code(shape.kind, row.code)));
    }
    for (_, word) in Sheet::ALL {
        for again in [false, true] {
            all.extend(["voucher", "fault paper"].map(|kind| Situation::Paper(word, kind, again)));
        }
    }
    all.extend(["debit", "decline", "refund", "refused", "told again"].map(Situation::Notice));
    all.extend(FATES.iter().flat_map(|fate| CASHIERS.map(|cashier| Situation::Verdict(*fate, cashier))));
    all.extend([Payer::Cardholder, Payer::Acquirer, Payer::Issuer].map(Situation::Payer));
    all.extend(Weather::WORDS.map(Situation::Weather));
    all.extend([Flip::Found, Flip::Torn].map(Situation::Flip));
    all.extend(slipway_hosts::cases::TABLE.map(|(ground, finding, _)| Situation::Finding(ground, finding)));
    all.insert(Situation::Repair(Mend::Reverse));
    for hop in ["L2", "L3", "L4", "L5"] {
        all.extend(Harm::WORDS.map(|harm| Situation::Correction(hop, harm)));
        all.extend(Harm::WORDS.map(|harm| Situation::Dispute(hop, harm)));
    }
    all.extend(["acquirer", "switch", "issuer"].map(|kind| Situation::Dispute(kind, "stopped")));
    all.extend(DISPUTED.map(|word| Situation::Dispute("", word)));
    all.extend(["acquirer", "switch", "issuer"].map(|kind| Situation::Correction(kind, "stopped")));
    all.extend(["paid", "borne"].map(|end| Situation::Correction("debit asked again,", end)));
    all.extend(crate::withholding::WITHHELD.map(Situation::Withheld));
    all.extend(["given back", "refused"].map(|end| Situation::Correction("credit adjustment,", end)));
    all.extend(["overdue", "its device replaced", "handed over", "handed over twice"].map(Situation::Shut));
    let archived = [
        "with its confirmation",
        "by itself",
        "signed",
        "not signed",
        "with a page",
        "and removed when its time was over",
    ];
    all.extend(archived.map(Situation::Archive));
    all.extend(DOES.map(Situation::Chip));
    let schemes = KeyScheme::ALL.map(KeyScheme::word);
    all.extend(schemes.iter().flat_map(|scheme| KEYED.map(|word| Situation::Keyed(scheme, word))));
    all.extend(["L2", "L3"].iter().flat_map(|hop| ["narrow", "wide"].map(|word| Situation::Zone(hop, word))));
    all.extend(["open", "put right by a later day", "repaired by its own house"].map(Situation::Difference));
    all.extend(["of a confirmed credit", "of another amount", "of what is credited"].map(Situation::Careless));
    all.extend([true, false].map(Situation::Silent));
    all.extend(["released", "released and taken back", "its file missing"].map(Situation::Suspense));
    all.extend(SECOND.map(Situation::Second));
    all
}

/// What a run must meet, what only a large one must, and how many were taken out by hand.
#[derive(Clone, Debug)]
pub struct Declared {
    /// Every run of a few hundred seeds.
    pub common: BTreeSet<Situation>,
    /// Every run of a night.
    pub rare: BTreeSet<Situation>,
    /// Taken out, with a reason each.
    pub excluded: usize,
}

/// The declared situations; of worlds of several days (`long`) those that only they have are the common ones.
pub fn declared(long: bool) -> Declared {
    let mut declared = Declared { common: BTreeSet::new(), rare: BTreeSet::new(), excluded: 0 };
    for situation in all() {
        let text = situation.to_string();
        let of_days = exclusions::is_of_days(&text);
        if exclusions::why(&text).is_some() || exclusions::is_freak(&text) || (of_days && !long) {
            declared.excluded += 1;
        } else if exclusions::is_rare(&text) || of_days != long {
            declared.rare.insert(situation);
        } else {
            declared.common.insert(situation);
        }
    }
    declared
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_exclusion_takes_something_out() {
        let all: Vec<String> = all().iter().map(Situation::to_string).collect();
        for pattern in exclusions::patterns() {
            assert!(all.iter().any(|text| exclusions::fits(pattern, text)), "{pattern} fits nothing");
        }
    }

    #[test]
    fn what_a_world_writes_is_declared() {
        let all = all();
        for one in [
            Situation::Message("L4", 210, "lost"),
            Situation::Stopped("issuer", "0420", Point::AfterCommit.word()),
            Situation::Code(Kind::Sale, ResponseCode::APPROVED),
            Situation::Met("switch", 420, "nothing"),
            Situation::Paper(Sheet::Half.word(), "voucher", false),
            Situation::Verdict(Fate::WillReturn, Cashier::TakeAgain),
        ] {
            assert!(all.contains(&one), "{one}");
        }
    }
}
