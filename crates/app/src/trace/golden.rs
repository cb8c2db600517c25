//! Cases as a support desk reads them, in both languages: `tests/golden/trace.zh.txt` and `trace.en.txt`. A changed text is
//! read by a person before the golden is changed: `UPDATE_GOLDEN=1` writes them anew.

use super::*;
use crate::desk::found_json;
use crate::say::Say;
use slipway_terms::{
    BatchNo, CaseKey, CaseMoves, CaseTold, DisputeTold, Fate, Finding, Ground, InstitutionId, Lang, Moment,
    ResponseCode, Stan, State, SwitchKey, Taken, Won,
};

/// 2026-11-24 10:00:00.
const AT: i64 = 1_795_485_600_000;
const SHOP: &str = "999290054110001";
const TILL: &str = "10000001";

fn till(stan: u32) -> TillKey {
    let (terminal, merchant) = (TerminalId::new(TILL).unwrap(), MerchantId::new(SHOP).unwrap());
    TillKey { terminal, merchant, batch: BatchNo(7), stan: Stan::new(stan).unwrap() }
}

fn switch(stan: u32) -> SwitchKey {
    let id = InstitutionId::new("99902900").unwrap();
    SwitchKey { acquirer: id, forwarder: id, sent: Moment(AT).sent_at(), stan: Stan::new(stan).unwrap() }
}

/// A desk that knows these.
#[derive(Default)]
struct Prepared(Vec<Testimony>);

impl Prepared {
    fn of(&self, party: Party, question: &Question) -> Option<Vec<Testimony>> {
        let tail_fits = |t: &Testimony, tail: &Option<CardTail>| tail.is_some() && t.card == *tail;
        let fits = |t: &&Testimony| match question {
            Question::Counter { tail, .. } => tail_fits(t, tail),
            Question::All { .. } => true,
            Question::Till(key) => t.till == Some(*key),
            Question::Rrn(rrn) => t.rrn == Some(*rrn),
            Question::Switch(key) => t.switch == Some(*key),
            _ => false,
        };
        let own = || self.0.iter().filter(|t| t.party == party);
        let gone = own().any(|t| t.state == State::Unreachable);
        (!gone).then(|| own().filter(fits).cloned().collect())
    }
}

impl Desk for Prepared {
    fn acquirer(&self, question: Question) -> Option<Vec<Testimony>> {
        self.of(Party::Acquirer, &question)
    }
    fn switch(&self, question: Question) -> Option<Vec<Testimony>> {
        self.of(Party::Switch, &question)
    }
    fn issuer(&self, index: usize, question: Question) -> Option<Vec<Testimony>> {
        if index == 0 { self.of(Party::Issuer, &question) } else { Some(Vec::new()) }
    }
    fn terminal(&self, _: TerminalId, question: Question) -> Option<Vec<Testimony>> {
        self.of(Party::Terminal, &question)
    }
}

/// An exchange of this number as the four parties see it.
fn exchange(stan: u32, kind: Kind, fen: u64, states: [State; 4]) -> Vec<Testimony> {
    let parties = [
        (Party::Terminal, TILL),
        (Party::Acquirer, "99902900"),
        (Party::Switch, "99900000"),
        (Party::Issuer, "99900100"),
    ];
    let one = |((party, id), state): ((Party, &str), State)| {
        let sign = i64::from(kind.shape().sign);
        let signed = i64::try_from(fen).unwrap() * sign;
        let know = !matches!(state, State::NoRecord | State::Unreachable);
        let known = Testimony {
            at: Some(Moment(AT + i64::from(stan) * 60_000)),
            till: matches!(party, Party::Terminal | Party::Acquirer).then(|| till(stan)),
            switch: (party != Party::Terminal).then(|| switch(stan)),
            rrn: (party != Party::Terminal || state != State::WillUndo)
                .then(|| Rrn::new(&format!("6328{stan:08}")).unwrap()),
            card: Some(Pan::new("9990010000000014").unwrap().tail()),
            amount: Some(Amount::fen(fen)),
            kind: Some(kind),
            signed_minor: Some(signed),
            slip: matches!(party, Party::Terminal | Party::Acquirer) && state == State::Approved,
            debited: party == Party::Issuer && state == State::Approved && signed > 0,
            ..Testimony::bare(party, Short::cut(id), state)
        };
        if know {
            known
        } else {
            Testimony { till: known.till, switch: known.switch, ..Testimony::bare(party, Short::cut(id), state) }
        }
    };
    parties.into_iter().zip(states).map(one).collect()
}

fn with(mut seen: Vec<Testimony>, party: Party, change: impl Fn(&mut Testimony)) -> Vec<Testimony> {
    seen.iter_mut().filter(|t| t.party == party).for_each(change);
    seen
}

fn open_case(stan: u32, ground: Ground) -> CaseTold {
    let due = Some(Moment(AT + 3 * 86_400_000));
    let key = CaseKey::Till(till(stan), ground);
    let (at, moves) = (Moment(AT + 3_600_000), CaseMoves::NONE);
    CaseTold { key, at, code: None, due, closed: None, found: None, later: None, moves, moved: None }
}

/// The cases: what the caller says, and what the parties know.
fn cases() -> Vec<(&'static str, Vec<Testimony>)> {
    use State::{Approved, Declined, NoRecord, Open, Tombstone, Undone, Unreachable, WillUndo};
    let sale = |states| exchange(1, Kind::Sale, 8_800, states);
    let unconfirmed = |states| with(sale(states), Party::Acquirer, |t| t.slip = false);
    let gone = |seen: Vec<Testimony>| with(seen, Party::Issuer, |t| (t.debited, t.returned) = (true, true));
    let voided = |seen| {
        with(seen, Party::Acquirer, |t| t.taken_by = Some(Taken { by: till(2), kind: Kind::SaleVoid, sure: true }))
    };
    let about = |seen: Vec<Testimony>| {
        with(with(seen, Party::Acquirer, |t| t.about = Some(till(1))), Party::Terminal, |t| t.about = Some(till(1)))
    };
    let disputed = |by: Kind, won: Option<Won>| {
        let back = by.shape().sign < 0;
        let seen = with(sale([Approved; 4]), Party::Acquirer, |t| {
            t.taken_by = Some(Taken { by: till(1), kind: by, sure: true })
        });
        let seen = with(seen, Party::Issuer, |t| t.returned = back);
        let due = won.is_none().then_some(Moment(AT + 30 * 86_400_000));
        with(seen, Party::Switch, |t| {
            t.dispute = Some(DisputeTold { standing: None, waiting: None, due, won });
        })
    };
    vec![
        ("the slip is faded", sale([Approved; 4])),
        (
            "paid a moment ago, nothing came out yet",
            with(sale([Open, Open, Open, Approved]), Party::Acquirer, |t| t.due = Some(Moment(AT + 105_000))),
        ),
        ("money gone, no slip: the answer was lost", unconfirmed([WillUndo, Approved, Approved, Approved])),
        ("the terminal says reversed", gone(with(sale([Undone; 4]), Party::Acquirer, |t| t.slip = false))),
        (
            "the reversal is on its way to the bank",
            with(sale([Undone, WillUndo, WillUndo, Approved]), Party::Acquirer, |t| t.slip = false),
        ),
        (
            "declined for want of money",
            with(sale([Declined; 4]), Party::Acquirer, |t| t.code = ResponseCode::new("51").ok()),
        ),
        (
            "declined, and the card is to be kept",
            with(sale([Declined; 4]), Party::Acquirer, |t| t.code = ResponseCode::new("41").ok()),
        ),
        (
            "the reversal came before the sale",
            with(sale([Undone, Tombstone, NoRecord, NoRecord]), Party::Acquirer, |t| t.switch = None),
        ),
        (
            "voided the same afternoon",
            [voided(gone(sale([Approved; 4]))), about(exchange(2, Kind::SaleVoid, 8_800, [Approved; 4]))].concat(),
        ),
        (
            "half of it was refunded",
            [
                with(sale([Approved; 4]), Party::Acquirer, |t| t.refunded_minor = 4_400),
                about(exchange(2, Kind::Refund, 4_400, [Approved; 4])),
            ]
            .concat(),
        ),
        ("a hotel holds it", exchange(1, Kind::PreAuth, 8_800, [Approved; 4])),
        (
            "the terminal burnt down",
            with(unconfirmed([Unreachable, Approved, Approved, Approved]), Party::Acquirer, |t| {
                t.cases = vec![open_case(1, Ground::Unconfirmed)];
            }),
        ),
        (
            "the till cannot be reached and nothing was confirmed",
            with(unconfirmed([Unreachable, Approved, Approved, Approved]), Party::Acquirer, |t| {
                (t.asks, t.due) = (Some(Moment(AT + 48 * 3_600_000)), Some(Moment(AT + 134 * 3_600_000)));
            }),
        ),
        ("the shop says that nobody signed", with(sale([Approved; 4]), Party::Terminal, |t| t.signed = Some(false))),
        (
            "the same while its till is off",
            with(sale([Unreachable, Approved, Approved, Approved]), Party::Acquirer, |t| t.signed = Some(false)),
        ),
        ("the acquirer is down, and the bank sent a message", sale([Approved, Unreachable, Approved, Approved])),
        ("the acquirer and the till are down", sale([Unreachable, Unreachable, Approved, Approved])),
        ("the acquirer is down and nobody else knows it", sale([NoRecord, Unreachable, NoRecord, NoRecord])),
        (
            "the acquirer is down, the till has reversed",
            with(sale([Undone, Unreachable, Undone, Undone]), Party::Issuer, |t| {
                (t.debited, t.returned) = (true, true)
            }),
        ),
        ("charged back, and the dispute is open", disputed(Kind::Chargeback, None)),
        ("charged back for good", disputed(Kind::AwardBack, Some(Won::Cardholder))),
        ("charged back and presented again", disputed(Kind::Representment, None)),
        (
            "given back for want of a slip, which the shop has found since",
            with(sale([Unreachable, Approved, Approved, Approved]), Party::Acquirer, |t| {
                let found = |finding| {
                    Some(slipway_terms::Found {
                        finding,
                        by: Short::cut("li"),
                        because: Short::cut("seen"),
                        at: Moment(AT),
                    })
                };
                let (found, later) = (found(Finding::NoSlip), found(Finding::SlipShown));
                t.cases =
                    vec![CaseTold { closed: Some(Moment(AT)), found, later, ..open_case(1, Ground::Unconfirmed) }];
            }),
        ),
        (
            "sold offline, and no bank knows the card",
            with(
                exchange(1, Kind::OfflineSale, 8_800, [Approved, Approved, NoRecord, NoRecord]),
                Party::Acquirer,
                |t| {
                    t.borne = true;
                    t.cases = vec![open_case(1, Ground::Borne)];
                },
            ),
        ),
        (
            "sold offline under a shop that was never this till's",
            with(
                exchange(1, Kind::OfflineSale, 8_800, [Approved, Approved, NoRecord, NoRecord]),
                Party::Acquirer,
                |t| {
                    (t.borne, t.slip) = (true, false);
                    t.cases = vec![open_case(1, Ground::Borne)];
                },
            ),
        ),
        (
            "declined, a slip was shown, and the bank refused to pay for it",
            with(sale([Approved, Approved, Declined, Declined]), Party::Acquirer, |t| t.borne = true),
        ),
        (
            "asked for again after it had gone back, and refused",
            gone(with(sale([Approved; 4]), Party::Acquirer, |t| t.borne = true)),
        ),
        (
            "sold offline, and the bank bears it",
            with(exchange(1, Kind::OfflineSale, 8_800, [Approved; 4]), Party::Issuer, |t| {
                (t.borne, t.debited) = (true, false);
            }),
        ),
        (
            "sold offline, and the bank cannot be asked",
            exchange(1, Kind::OfflineSale, 8_800, [Approved, Approved, Approved, Unreachable]),
        ),
        ("the bank is down, the acquirer has undone it", sale([Undone, Undone, Undone, Unreachable])),
        ("nobody knows it", Vec::new()),
    ]
}

/// What is asked, and all that is said.
fn told(lang: Lang) -> String {
    let say = Say { lang, json: false, colour: false };
    let mut text = String::new();
    for (caller, seen) in cases() {
        let found = trace(&Prepared(seen), &Keys::Rrn(Rrn::new("632800000001").unwrap()));
        text += &format!("## {caller}\n{}\n\n", lines(&found_json(&found), &say).join("\n"));
    }
    text
}

#[test]
fn a_support_desk_reads_it_so() {
    for (lang, name) in [(Lang::Zh, "zh"), (Lang::En, "en")] {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/trace.{name}.txt"));
        let now = told(lang);
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(&path, &now).unwrap();
        }
        let want = std::fs::read_to_string(&path).unwrap();
        for (now, want) in now.lines().zip(want.lines()) {
            assert_eq!(now, want, "{name}");
        }
        assert_eq!(now, want, "{name}");
    }
}

/// While the acquirer cannot be asked, each kind of question is answered by who else knows it, and never by "no record".
#[test]
fn without_the_acquirer_every_question_obeys() {
    use State::{Approved, NoRecord, Unreachable};
    let counter = || Keys::Counter {
        merchant: MerchantId::new(SHOP).unwrap(),
        terminal: TerminalId::new(TILL).unwrap(),
        card: Some(Pan::new("9990010000000014").unwrap()),
        tail: None,
    };
    let dated = || Keys::Dated { date: Moment(AT).date(), amount: Amount::fen(8_800), last4: 14 };
    let rrn = || Keys::Rrn(Rrn::new("632800000001").unwrap());
    for (name, keys) in [("rrn", rrn()), ("dated", dated()), ("counter", counter())] {
        let asked = |states| trace(&Prepared(exchange(1, Kind::Sale, 8_800, states)), &keys);
        for states in [
            [Approved, Unreachable, Approved, Approved],
            [Unreachable, Unreachable, Approved, Approved],
            [Unreachable, Unreachable, Unreachable, Approved],
        ] {
            let found = asked(states);
            assert_eq!(found.len(), 1, "{name} {states:?}: {found:?}");
            assert_eq!((found[0].verdict.fate, found[0].is_unheard()), (Fate::Open, false), "{name} {states:?}");
            assert!(found[0].seen.iter().any(|t| t.debited), "{name} {states:?}: the issuer was asked");
        }
        for states in [[NoRecord, Unreachable, NoRecord, NoRecord], [Unreachable; 4]] {
            let found = asked(states);
            let said = found_json(&found);
            assert!(found.len() == 1 && found[0].is_unheard(), "{name} {states:?}: {said}");
            assert_eq!((&said["verdict"], &said["unheard"]), (&json!("open"), &json!(true)), "{name}");
            assert!(
                found[0].verdict.sentence.en.contains("the acquirer")
                    && found[0].verdict.sentence.zh.contains("查不到不等于未扣款")
            );
        }
        // Everybody was asked, and nobody has it.
        assert!(asked([NoRecord; 4]).is_empty(), "{name}");
    }
}
