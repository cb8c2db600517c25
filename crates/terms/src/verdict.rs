//! "Where is the money?": what each party testifies, and the one true sentence that follows (rules 6).

use crate::payer::{Payer, payer};
use crate::sentence::{Ended, Matter, sentence};
use crate::{
    Amount, CardTail, CaseTold, DisputeTold, Ground, Kind, Moment, ResponseCode, Rrn, Second, Short, SwitchKey, Text,
    TillKey, Won,
};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Who testifies.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the parties of the network")]
pub enum Party {
    Terminal,
    Acquirer,
    Switch,
    Issuer,
}

/// What one party's own record says of one exchange.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The party answered and has no record.
    NoRecord,
    /// The party could not be asked.
    Unreachable,
    /// Sent or forwarded, no answer yet.
    Open,
    /// Refused; no money moved here.
    Declined,
    /// Approved here: slip record at the terminal, capture at the acquirer, position at the switch, debit at the issuer.
    Approved,
    /// Decided to undo; the next party has not yet confirmed.
    WillUndo,
    /// Undone here, and the next party has confirmed (or there is none).
    Undone,
    /// A reversal came without its original, which will be refused if it comes.
    Tombstone,
}

/// One party's evidence.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Testimony {
    /// Who.
    pub party: Party,
    /// Which one: terminal number or institution number.
    pub id: Short<15>,
    /// What its record says.
    pub state: State,
    /// Since when.
    pub at: Option<Moment>,
    /// The refusal or doubt code, if there was one.
    pub code: Option<ResponseCode>,
    /// Terminal: a slip record exists. Acquirer: the sale is confirmed by an authenticated message.
    pub slip: bool,
    /// The cashier's word on the signature of its slip: it fits, or the slip is not signed. Terminal: as it was said there;
    /// acquirer: as it was handed in.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub signed: Option<bool>,
    /// The cardholder was debited here (issuer), once or not at all.
    pub debited: bool,
    /// The debit went back here (issuer).
    pub returned: bool,
    /// This house bears it in the cardholder's place: no account was debited for it, or what was debited has gone back for good.
    #[serde(skip_serializing_if = "core::ops::Not::not", default)]
    pub borne: bool,
    /// Terminal-side identity, if known here.
    pub till: Option<TillKey>,
    /// Switch-side identity, if known here.
    pub switch: Option<SwitchKey>,
    /// Reference number, if known here.
    pub rrn: Option<Rrn>,
    /// Masked card, if known here.
    pub card: Option<CardTail>,
    /// Amount, if known here.
    pub amount: Option<Amount>,
    /// By when this party decides at the latest, if it is still open.
    pub due: Option<Moment>,
    /// When it asks the merchant, if nobody has said by then that a slip exists; then it decides by `due`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub asks: Option<Moment>,
    /// What kind of exchange, if known here.
    pub kind: Option<Kind>,
    /// What its slip says, with its sign: what it takes from the cardholder, negative what it gives back. Unit: minor units.
    pub signed_minor: Option<i64>,
    /// The earlier exchange that this one is about, if known here.
    pub about: Option<TillKey>,
    /// The later exchange that took this one: its void, its completion, its adjustment.
    pub taken_by: Option<Taken>,
    /// What of it was refunded since. Unit: minor units.
    pub refunded_minor: i64,
    /// Later exchanges about this one, if known here, oldest first: whatever became of them.
    pub followers: Vec<TillKey>,
    /// It is the second payment of an earlier one that was open.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub second_of: Option<Second>,
    /// The customer paid again while it was open: those payments, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub paid_again: Vec<TillKey>,
    /// Its cases here, open and closed.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub cases: Vec<CaseTold>,
    /// Its dispute here, if there is one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub dispute: Option<DisputeTold>,
}

/// The later exchange that took an earlier one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Taken {
    /// Which.
    pub by: TillKey,
    /// What it is.
    pub kind: Kind,
    /// For good; else it may still be undone, and then the earlier one stands again.
    pub sure: bool,
}

impl Testimony {
    /// A testimony of a state, with nothing else known.
    pub const fn bare(party: Party, id: Short<15>, state: State) -> Self {
        Self {
            party,
            id,
            state,
            at: None,
            code: None,
            slip: false,
            signed: None,
            debited: false,
            returned: false,
            borne: false,
            till: None,
            switch: None,
            rrn: None,
            card: None,
            amount: None,
            due: None,
            asks: None,
            kind: None,
            signed_minor: None,
            about: None,
            taken_by: None,
            cases: Vec::new(),
            dispute: None,
            refunded_minor: 0,
            followers: Vec::new(),
            second_of: None,
            paid_again: Vec::new(),
        }
    }
}

/// What happened to the payment.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the sentence of each is in Verdict::sentence")]
pub enum Fate {
    TookPlace,
    DidNotTakePlace,
    Open,
    WillReturn,
    Returned,
    Held,
    NotFound,
}

/// What the cashier may do now.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words are the acts")]
pub enum Cashier {
    Print,
    TakeAgain,
    OtherMeans,
    Wait,
}

/// The one true sentence.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Verdict {
    /// What happened.
    pub fate: Fate,
    /// What the cashier may do.
    pub cashier: Cashier,
    /// Who has paid for it, if it took place and takes money. `None` also where nobody has testified it.
    #[serde(default)]
    pub payer: Option<Payer>,
    /// By when an open fate is decided or the money is back.
    pub due: Option<Moment>,
    /// Both, in words.
    pub sentence: Text,
}

/// Judges the testimonies of one exchange. `take_again` is said only when no party could still make this exchange an
/// approved sale: from the acquirer's refusal or undo on, the merchant can never be credited by it (rules 6).
pub fn judge(seen: &[Testimony]) -> Verdict {
    let of = |party| seen.iter().find(|t| t.party == party);
    let state = |party| of(party).map_or(State::Unreachable, |t| t.state);
    let (till, acquirer) = (state(Party::Terminal), state(Party::Acquirer));
    let issuer = of(Party::Issuer);
    let debited = issuer.is_some_and(|i| i.debited);
    let returned = issuer.is_some_and(|i| i.returned);
    // The acquirer's word on its kind, else the first that anybody has.
    let kind = of(Party::Acquirer).and_then(|t| t.kind).or_else(|| seen.iter().find_map(|t| t.kind));
    // The acquirer's word on who took it; the till's own only where the acquirer said nothing but a state (查证). That a void has
    // its slip the till knows first, and whoever asks about the void is told so: asked about the sale, the answer is the same.
    let at_till = of(Party::Terminal).and_then(|t| t.taken_by);
    let taken = match of(Party::Acquirer) {
        Some(acquirer) if acquirer.kind.is_some() => acquirer.taken_by.map(|taken| Taken {
            sure: taken.sure || at_till.is_some_and(|own| own.sure && own.by == taken.by),
            ..taken
        }),
        _ => at_till,
    };
    // The switch is the referee of a dispute: what it has not closed may still change. What it has closed for the cardholder has
    // gone back when the issuer has posted it; what it has closed for the merchant may not have reached the acquirer yet.
    let referee = of(Party::Switch).and_then(|t| t.dispute.clone());
    let back = returned && referee.as_ref().is_some_and(|told| told.won == Some(Won::Cardholder));
    let dispute = referee.or_else(|| {
        let told = seen.iter().find_map(|t| t.dispute.clone());
        told.map(|told| DisputeTold { won: None, ..told })
    });
    let gives_back = kind.is_some_and(|kind| kind.shape().sign < 0);
    // What an exchange that can never be a sale did to the cardholder. A void that is undone is open until the account has
    // been told.
    let money = match (debited, returned) {
        _ if gives_back && state(Party::Issuer) == State::Approved => Fate::Open,
        (true, true) => Fate::Returned,
        (true, false) => Fate::WillReturn,
        _ if untouched(acquirer, state(Party::Switch), state(Party::Issuer)) => Fate::DidNotTakePlace,
        _ => Fate::Open,
    };
    let code = of(Party::Acquirer).and_then(|t| t.code).or_else(|| of(Party::Terminal).and_then(|t| t.code));
    let again = if code.is_some_and(ResponseCode::other_means) { Cashier::OtherMeans } else { Cashier::TakeAgain };
    let confirmed = of(Party::Acquirer).is_some_and(|t| t.slip);
    // Approved, with a slip: what became of it since decides, whether the till can be asked or has confirmed it before.
    let stood = || match taken {
        // The cardholder has it for the time of the dispute; only the switch's word and the issuer's posting end that.
        Some(Taken { kind: by, .. }) if by.is_disputed() && by.shape().sign < 0 && !back => (Fate::Open, Cashier::Wait),
        Some(Taken { kind: by, sure: true, .. }) if by.shape().sign < 0 => (Fate::Returned, Cashier::Print),
        Some(Taken { kind: Kind::PreAuthVoid, sure: true, .. }) => (Fate::DidNotTakePlace, Cashier::Print),
        // Its void may still fail, and then it stands.
        Some(Taken { kind: by, sure: false, .. }) if by.shape().sign <= 0 => (Fate::Open, Cashier::Wait),
        Some(Taken { kind: by, .. }) if by.completes() => (Fate::TookPlace, Cashier::Print),
        _ if kind == Some(Kind::PreAuth) => (Fate::Held, Cashier::Print),
        _ => (Fate::TookPlace, Cashier::Print),
    };
    let (fate, cashier) = match (acquirer, till) {
        // A slip at the till for what the acquirer undid or refused is a case: a re-debit may still make it a sale (rules 9).
        (State::WillUndo | State::Undone | State::Tombstone | State::Declined, State::Approved) => {
            (Fate::Open, Cashier::Wait)
        }
        // The acquirer's own undo or refusal is final for the merchant's credit, whatever the till still believes.
        (State::WillUndo | State::Undone | State::Tombstone | State::Declined, _) => (money, again),
        // An approval that names no amount is one of an inquiry: nothing was taken and there is no slip.
        (State::Approved, State::Approved) if of(Party::Acquirer).is_some_and(|t| t.amount.is_none()) => {
            (Fate::DidNotTakePlace, Cashier::TakeAgain)
        }
        (State::Approved, State::Approved) => stood(),
        // A person has it: until then nobody may say that it stands, or that it does not.
        (State::Approved, _) if of(Party::Acquirer).is_some_and(worked) => (Fate::Open, Cashier::Wait),
        // A till that will reverse never prints; until its reversal has reached the acquirer nobody may swipe again.
        (State::Approved, State::WillUndo | State::Undone) => {
            (if debited { Fate::WillReturn } else { Fate::Open }, Cashier::Wait)
        }
        // Without the till's word, only a confirmation makes it a sale with a slip.
        (State::Approved, _) if confirmed => stood(),
        (State::NoRecord, State::NoRecord | State::Unreachable) => (Fate::NotFound, Cashier::Wait),
        (State::NoRecord, State::Declined) => (Fate::DidNotTakePlace, again),
        // The acquirer's answered reversal is its word too, but says nothing of the account.
        (State::NoRecord | State::Unreachable, State::Undone) => (money, again),
        (State::Open | State::NoRecord, State::WillUndo) if debited && !returned => (Fate::WillReturn, Cashier::Wait),
        _ => (Fate::Open, Cashier::Wait),
    };
    // What a person has ends by itself too, if nobody finds anything.
    let cases = seen.iter().flat_map(|t| &t.cases).filter(|case| case.closed.is_none()).filter_map(|case| case.due);
    let waits = matches!(fate, Fate::Open | Fate::WillReturn);
    // What waits only for the word that a slip exists has no date once its fate is known.
    let own = seen.iter().filter(|t| waits || t.asks.is_none()).filter_map(|t| t.due);
    let due = own.chain(cases.filter(|_| fate == Fate::Open)).max();
    let asked = seen.iter().any(|t| t.cases.iter().any(|case| case.closed.is_none()));
    let asks = of(Party::Acquirer).and_then(|t| t.asks).filter(|_| fate == Fate::Open && !asked);
    let with_slip = till == State::Approved || confirmed && !matches!(till, State::WillUndo | State::Undone);
    let stands = acquirer == State::Approved && with_slip;
    let refunded_minor = of(Party::Acquirer).map_or(0, |t| t.refunded_minor).unsigned_abs();
    let taken = taken.filter(|_| stands);
    let ended = match acquirer {
        State::WillUndo | State::Undone | State::Tombstone => Ended::Undone,
        State::Declined => Ended::Refused,
        _ => Ended::Reversed,
    };
    let ended = (ended, state(Party::Issuer) != State::Unreachable);
    let refunded = Amount::fen(if stands { refunded_minor } else { 0 });
    let payer = payer(kind, of(Party::Acquirer), issuer).filter(|_| fate == Fate::TookPlace);
    let borne = payer.filter(|payer| payer.is_house()).map(|payer| (payer, confirmed || payer != Payer::Acquirer));
    let matter = Matter { kind, taken, dispute, refunded, ended, asks, borne };
    Verdict { fate, cashier, payer, due, sentence: sentence(fate, cashier, due, &matter) }
}

/// Whether a case of this party may still take the sale back.
fn worked(testimony: &Testimony) -> bool {
    testimony
        .cases
        .iter()
        .any(|case| case.closed.is_none() && !matches!(case.ground(), Ground::Borne | Ground::PaidTwice))
}

/// Whether an account that was not debited can no longer be: the issuer knows the exchange, or it never gets there. Without
/// that "nothing was taken" would be said while the request may still be on its way to the issuer.
fn untouched(acquirer: State, switch: State, issuer: State) -> bool {
    matches!(acquirer, State::Declined | State::Tombstone | State::NoRecord)
        || matches!(switch, State::Declined | State::Tombstone)
        || matches!(issuer, State::Declined | State::Undone | State::Tombstone | State::Approved)
        || (issuer == State::NoRecord
            && (switch == State::Undone || (acquirer, switch) == (State::Undone, State::NoRecord)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bare(party: Party, state: State) -> Testimony {
        Testimony { amount: Some(Amount::fen(8_800)), ..Testimony::bare(party, Short::EMPTY, state) }
    }

    #[test]
    fn an_inquiry_takes_nothing() {
        let inquiry = |party| Testimony { amount: None, ..bare(party, State::Approved) };
        let verdict = judge(&[inquiry(Party::Terminal), inquiry(Party::Acquirer)]);
        assert_eq!((verdict.fate, verdict.cashier), (Fate::DidNotTakePlace, Cashier::TakeAgain));
    }

    fn check(till: State, acquirer: State, debited: bool, returned: bool, want: (Fate, Cashier)) {
        let mut issuer =
            Testimony::bare(Party::Issuer, Short::EMPTY, if debited { State::Approved } else { State::NoRecord });
        (issuer.debited, issuer.returned) = (debited, returned);
        let verdict = judge(&[bare(Party::Terminal, till), bare(Party::Acquirer, acquirer), issuer]);
        assert_eq!((verdict.fate, verdict.cashier), want, "till {till:?} acquirer {acquirer:?} debited {debited}");
    }

    #[test]
    fn one_line_a_case() {
        use State::*;
        check(Approved, Approved, true, false, (Fate::TookPlace, Cashier::Print));
        check(Open, Open, false, false, (Fate::Open, Cashier::Wait));
        check(WillUndo, Approved, true, false, (Fate::WillReturn, Cashier::Wait));
        check(WillUndo, WillUndo, true, false, (Fate::WillReturn, Cashier::TakeAgain));
        check(Undone, Undone, true, true, (Fate::Returned, Cashier::TakeAgain));
        check(Undone, Tombstone, false, false, (Fate::DidNotTakePlace, Cashier::TakeAgain));
        check(Declined, Declined, false, false, (Fate::DidNotTakePlace, Cashier::TakeAgain));
        check(WillUndo, NoRecord, false, false, (Fate::Open, Cashier::Wait));
        check(NoRecord, NoRecord, false, false, (Fate::NotFound, Cashier::Wait));
        check(Unreachable, Approved, true, false, (Fate::Open, Cashier::Wait));
    }

    #[test]
    fn a_chargeback_is_open_until_the_switch_has_closed_it_and_the_issuer_has_posted_it() {
        let key = TillKey {
            terminal: crate::TerminalId::new("10000001").unwrap(),
            merchant: crate::MerchantId::new("999100058120001").unwrap(),
            batch: crate::BatchNo(1),
            stan: crate::Stan::FIRST,
        };
        let check = |by: Kind, at_switch: Option<Won>, posted: Option<bool>, want| {
            let told = |won| Some(DisputeTold { standing: None, waiting: None, due: None, won });
            let mut acquirer = bare(Party::Acquirer, State::Approved);
            (acquirer.kind, acquirer.dispute) = (Some(Kind::Sale), told(None));
            acquirer.taken_by = Some(Taken { by: key, kind: by, sure: true });
            let mut switch = bare(Party::Switch, State::Approved);
            switch.dispute = told(at_switch);
            let issuer = posted.map(|returned| Testimony { returned, ..bare(Party::Issuer, State::Approved) });
            let seen: Vec<_> =
                [bare(Party::Terminal, State::Approved), acquirer, switch].into_iter().chain(issuer).collect();
            let verdict = judge(&seen);
            assert_eq!((verdict.fate, verdict.cashier), want, "{by:?} {at_switch:?} {posted:?}");
        };
        let (holder, shop) = (Some(Won::Cardholder), Some(Won::Merchant));
        let open = (Fate::Open, Cashier::Wait);
        check(Kind::Chargeback, None, Some(true), open);
        check(Kind::Chargeback, holder, Some(true), (Fate::Returned, Cashier::Print));
        // The issuer has not heard the yes yet, or cannot be asked.
        check(Kind::Chargeback, holder, Some(false), open);
        check(Kind::SecondChargeback, holder, None, open);
        // The acquirer has not heard yet that what it presented again was taken.
        check(Kind::Chargeback, shop, Some(false), open);
        check(Kind::AwardBack, holder, Some(true), (Fate::Returned, Cashier::Print));
        check(Kind::Representment, None, Some(false), (Fate::TookPlace, Cashier::Print));
        check(Kind::AwardPaid, shop, Some(false), (Fate::TookPlace, Cashier::Print));
    }

    fn check_way(way: [State; 4], debited: bool, returned: bool, want: (Fate, Cashier)) {
        let parties = [Party::Terminal, Party::Acquirer, Party::Switch, Party::Issuer];
        let mut seen: alloc::vec::Vec<_> =
            parties.iter().zip(way).map(|(party, state)| Testimony::bare(*party, Short::EMPTY, state)).collect();
        (seen[3].debited, seen[3].returned) = (debited, returned);
        let verdict = judge(&seen);
        assert_eq!((verdict.fate, verdict.cashier), want, "{way:?} debited {debited} returned {returned}");
    }

    #[test]
    fn nothing_was_taken_is_said_only_when_nothing_can_be_any_more() {
        use State::*;
        let again = Cashier::TakeAgain;
        // The acquirer gave up; its request or the switch's may still reach the issuer before the reversal does.
        check_way([WillUndo, WillUndo, NoRecord, NoRecord], false, false, (Fate::Open, again));
        check_way([Undone, WillUndo, Open, NoRecord], false, false, (Fate::Open, again));
        check_way([Undone, Undone, WillUndo, NoRecord], false, false, (Fate::Open, again));
        check_way([Undone, Undone, Undone, Unreachable], false, false, (Fate::Open, again));
        check_way([Undone, Undone, Undone, Tombstone], false, false, (Fate::DidNotTakePlace, again));
        check_way([Undone, Undone, Tombstone, NoRecord], false, false, (Fate::DidNotTakePlace, again));
        check_way([Declined, Declined, Declined, NoRecord], false, false, (Fate::DidNotTakePlace, again));
        check_way([Declined, Undone, NoRecord, NoRecord], false, false, (Fate::DidNotTakePlace, again));
        // The till was answered, then the acquirer fell silent: the account decides.
        check_way([Undone, Unreachable, WillUndo, Approved], true, false, (Fate::WillReturn, again));
        check_way([Undone, Unreachable, Undone, Undone], true, true, (Fate::Returned, again));
        check_way([Undone, Unreachable, Unreachable, Unreachable], false, false, (Fate::Open, again));
    }

    #[test]
    fn a_till_that_cannot_be_asked_leaves_a_date_on_which_it_is_decided() {
        let hours = |hours: i64| Some(Moment(1_795_485_600_000 + hours * 3_600_000));
        let acquirer = Testimony { asks: hours(48), due: hours(134), ..bare(Party::Acquirer, State::Approved) };
        let at = |till| judge(&[bare(Party::Terminal, till), acquirer.clone()]);
        let dark = at(State::Unreachable);
        assert_eq!((dark.fate, dark.due), (Fate::Open, hours(134)));
        let Text { zh, en } = dark.sentence;
        assert!(en.contains("reports by 2026-11-26 10:00:00") && en.contains("decided by 2026-11-30 00:00:00"), "{en}");
        assert!(zh.contains("终端最迟2026-11-26 10:00:00") && zh.contains("2026-11-30 00:00:00前有定论"), "{zh}");
        // Its slip is out: it is decided, whatever still has to be confirmed.
        assert_eq!(at(State::Approved).due, None);
        assert!(at(State::WillUndo).sentence.en.contains("do not take the card again"));
    }

    #[test]
    fn only_what_somebody_has_testified_is_said() {
        use State::*;
        let check = |way: [State; 4], says: [&str; 2], never: [&str; 2]| {
            let parties = [Party::Terminal, Party::Acquirer, Party::Switch, Party::Issuer];
            let seen: alloc::vec::Vec<_> =
                parties.iter().zip(way).map(|(party, state)| Testimony::bare(*party, Short::EMPTY, state)).collect();
            let Text { zh, en } = judge(&seen).sentence;
            assert!(says.iter().all(|says| en.contains(says)) && !never.iter().any(|never| en.contains(never)), "{en}");
            assert!(zh.contains("自动退回"), "{zh}");
        };
        let (acquirer, silent) = ("The acquirer has undone it", "the issuer cannot be asked now");
        let waits = "the issuer has not confirmed yet";
        check([Undone, WillUndo, WillUndo, NoRecord], [acquirer, waits], [silent; 2]);
        check([Undone, Undone, Undone, Unreachable], [acquirer, silent], [waits; 2]);
        // The acquirer is down: nobody has said that it has undone anything.
        check([Undone, Unreachable, Unreachable, Unreachable], ["reversal was answered", silent], [acquirer, waits]);
    }

    #[test]
    fn a_slip_of_an_undone_sale_is_never_taken_again() {
        use State::*;
        for acquirer in [WillUndo, Undone, Tombstone, Declined, NoRecord] {
            for (debited, returned) in [(false, false), (true, false), (true, true)] {
                check_way([Approved, acquirer, Undone, Undone], debited, returned, (Fate::Open, Cashier::Wait));
            }
        }
    }

    #[test]
    fn a_voided_sale_has_gone_back_once_the_void_is_for_good() {
        for (by, sure, want) in [
            (Kind::SaleVoid, true, (Fate::Returned, Cashier::Print)),
            (Kind::SaleVoid, false, (Fate::Open, Cashier::Wait)),
            (Kind::Adjust, true, (Fate::TookPlace, Cashier::Print)),
            (Kind::Completion, true, (Fate::TookPlace, Cashier::Print)),
            (Kind::PreAuthVoid, true, (Fate::DidNotTakePlace, Cashier::Print)),
        ] {
            let key = TillKey {
                terminal: crate::TerminalId::new("10000001").unwrap(),
                merchant: crate::MerchantId::new("999100058120001").unwrap(),
                batch: crate::BatchNo(1),
                stan: crate::Stan::FIRST,
            };
            let taken_by = Some(Taken { by: key, kind: by, sure });
            let acquirer = Testimony { taken_by, kind: Some(Kind::Sale), ..bare(Party::Acquirer, State::Approved) };
            let verdict = judge(&[bare(Party::Terminal, State::Approved), acquirer.clone()]);
            assert_eq!((verdict.fate, verdict.cashier), want, "{by:?} {sure}");
            // The same story while its till is off: the acquirer has the slip's word, and knows what became of it since.
            let confirmed = Testimony { slip: true, ..acquirer };
            let away = judge(&[bare(Party::Terminal, State::Unreachable), confirmed]);
            assert_eq!((away.fate, away.cashier), want, "{by:?} {sure}, till off");
            assert_eq!(away.sentence, verdict.sentence, "{by:?} {sure}");
        }
    }

    /// A void has its slip and the acquirer has not been told yet (its till was killed): both traces must say the same.
    #[test]
    fn a_void_with_a_slip_and_its_sale_are_told_alike_before_it_is_confirmed() {
        let key = |stan| TillKey {
            terminal: crate::TerminalId::new("10000001").unwrap(),
            merchant: crate::MerchantId::new("999100058120001").unwrap(),
            batch: crate::BatchNo(1),
            stan: crate::Stan::new(stan).unwrap(),
        };
        let taken = |by, sure| Some(Taken { by, kind: Kind::SaleVoid, sure });
        let said = |party, taken_by| Testimony { taken_by, kind: Some(Kind::Sale), ..bare(party, State::Approved) };
        let void = |party| Testimony { kind: Some(Kind::SaleVoid), slip: true, ..bare(party, State::Approved) };
        assert_eq!(judge(&[void(Party::Terminal), void(Party::Acquirer)]).fate, Fate::TookPlace);
        for (at_till, want) in [
            (taken(key(2), true), (Fate::Returned, Cashier::Print)),
            // Its fate is not known at the till either, or the till speaks of another one.
            (taken(key(2), false), (Fate::Open, Cashier::Wait)),
            (taken(key(3), true), (Fate::Open, Cashier::Wait)),
            (None, (Fate::Open, Cashier::Wait)),
        ] {
            let verdict = judge(&[said(Party::Terminal, at_till), said(Party::Acquirer, taken(key(2), false))]);
            assert_eq!((verdict.fate, verdict.cashier), want, "{at_till:?}");
        }
    }

    #[test]
    fn an_undone_void_is_open_until_the_account_knows() {
        let void = |state| Testimony { kind: Some(Kind::SaleVoid), ..bare(Party::Acquirer, state) };
        for (issuer, want) in [(State::Approved, Fate::Open), (State::Undone, Fate::DidNotTakePlace)] {
            let verdict =
                judge(&[bare(Party::Terminal, State::Undone), void(State::Undone), bare(Party::Issuer, issuer)]);
            assert_eq!((verdict.fate, verdict.cashier), (want, Cashier::TakeAgain));
        }
        let verdict =
            judge(&[bare(Party::Terminal, State::Undone), void(State::Undone), bare(Party::Issuer, State::Undone)]);
        assert!(verdict.sentence.en.contains("the original stands") && !verdict.sentence.en.contains("card may be"));
        let held = |party| Testimony { kind: Some(Kind::PreAuth), ..bare(party, State::Approved) };
        assert_eq!(judge(&[held(Party::Terminal), held(Party::Acquirer)]).fate, Fate::Held);
        let confirmed = Testimony { slip: true, ..held(Party::Acquirer) };
        assert_eq!(judge(&[bare(Party::Terminal, State::Unreachable), confirmed]).fate, Fate::Held);
    }

    #[test]
    fn take_again_needs_the_acquirers_word() {
        use State::*;
        for till in [NoRecord, Unreachable, Open, Approved, WillUndo] {
            for acquirer in [Unreachable, Open, Approved] {
                for debited in [false, true] {
                    let mut issuer = Testimony::bare(Party::Issuer, Short::EMPTY, Approved);
                    issuer.debited = debited;
                    let seen = [bare(Party::Terminal, till), bare(Party::Acquirer, acquirer), issuer];
                    assert!(!matches!(judge(&seen).cashier, Cashier::TakeAgain), "{till:?} {acquirer:?}");
                }
            }
        }
    }
}
