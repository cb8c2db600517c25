//! The result of an issuer's script on a chip (0620, 60.3 = 951): handed on to the issuer and its answer handed back. DE 55 lives
//! in memory only (rules 11), so nothing of it is stored: whoever hears no answer sends it again, and it changes no money.

use super::gate::{self, Seat};
use super::under::to_line;
use super::{Acquirer, AcquirerRow, AcquirerTimer, Counters, Exchange, Original, Relay, Stage, Terminal};
use slipway_node::{Ask, Decision, Facts, Line, Peer, Told, Wants};
use slipway_terms::{Message, Moment, Mti, OriginalData, ResponseCode, Stan, SwitchKey, TillKey};

/// 60.3 of a script result.
const SCRIPT: u16 = 951;

/// Whether this 0620 is one, and no confirmation.
pub(super) fn is_one(m: &Message) -> bool {
    m.till60.and_then(|till| till.management) == Some(SCRIPT)
}

/// The exchange whose answer carried the script: DE 61 with the speaker's own DE 41 and 42.
fn about(m: &Message) -> Option<TillKey> {
    let original = m.original_till?;
    let stan = Stan::new(original.stan).ok()?;
    Some(TillKey { terminal: m.terminal?, merchant: m.merchant?, batch: original.batch, stan })
}

pub(super) fn wants(m: &Message, seen: &Facts<'_, Acquirer>, out: &mut Wants) {
    gate::wants(m, seen, out);
    out.row::<Counters, AcquirerRow>(&());
    if let Some(till) = about(m) {
        out.row::<Exchange, AcquirerRow>(&till);
    }
}

/// 25 for what was not approved here; else it goes to the switch, and the terminal waits for the issuer's word.
pub(super) fn decide(
    a: &Acquirer,
    at: Moment,
    line: Line,
    m: &Message,
    facts: &Facts<'_, Acquirer>,
) -> Decision<Acquirer> {
    let seat = match gate::enter(m, facts) {
        Ok(seat) => seat,
        Err(turned) => return gate::refuse(a, at, line, m, turned),
    };
    let found = about(m).and_then(|till| facts.get::<Exchange>(&till));
    let mut d = match (found, m.stan) {
        (Some(Exchange::Original(o)), Some(stan)) if o.stage == Stage::Approved => {
            onward(a, at, line, stan, m, o, &seat, facts)
        }
        _ => gate::refuse(a, at, line, m, (ResponseCode::NO_ORIGINAL, Some(seat.by.mac()))),
    };
    gate::prove(&seat, at, facts, &mut d);
    d
}

fn onward(
    a: &Acquirer,
    at: Moment,
    line: Line,
    stan: Stan,
    m: &Message,
    o: &Original,
    seat: &Seat<'_>,
    facts: &Facts<'_, Acquirer>,
) -> Decision<Acquirer> {
    let mut d = Decision::nothing();
    let mut counters = gate::counters(facts);
    let key = SwitchKey { acquirer: a.id, forwarder: a.id, sent: at.sent_at(), stan: counters.next_stan() };
    let onward = Message {
        processing: m.processing,
        amount: m.amount,
        sent: Some(key.sent),
        stan: Some(key.stan),
        entry: m.entry,
        card_sequence: m.card_sequence,
        condition: m.condition,
        acquirer: Some(key.acquirer),
        forwarder: Some(key.forwarder),
        rrn: Some(o.rrn),
        terminal: Some(o.till.terminal),
        merchant: Some(o.till.merchant),
        chip: m.chip.clone(),
        original: Some(OriginalData { mti: o.mti, key: o.switch }),
        ..Message::new(Mti(620))
    };
    d.put(&(), counters);
    d.send(Peer::Switch, onward, Some(a.zak.clone()));
    let due = at.plus_ms(a.times.acquirer_ms);
    let relay = Relay { key, till: TillKey { stan, ..o.till }, till60: m.till60, line, under: seat.by.under(), due };
    d.put(&key, relay);
    d.due(due, AcquirerTimer::Relay(key));
    d.count("acquirer_script_forwarded");
    d
}

/// The 0630 finds its way by the number we gave.
pub(super) fn wants_answer(a: &Acquirer, m: &Message, seen: &Facts<'_, Acquirer>, out: &mut Wants) {
    let Some(key) = m.switch_key() else { return };
    out.ask(Ask::MacGood(a.zak.clone())).row::<Relay, AcquirerRow>(&key);
    if let Some(relay) = seen.known::<Relay>(&key) {
        out.row::<Terminal, AcquirerRow>(&relay.till.terminal);
    }
}

/// Hands the issuer's word back. One that comes too late, or without a good code, says nothing.
pub(super) fn answered(a: &Acquirer, at: Moment, m: &Message, facts: &Facts<'_, Acquirer>) -> Decision<Acquirer> {
    let mut d = Decision::nothing();
    let proven = facts.told(&Ask::MacGood(a.zak.clone())) == Some(&Told::Yes);
    let relay = m.switch_key().and_then(|key| facts.get::<Relay>(&key)).filter(|_| proven);
    let Some(relay) = relay else {
        d.count("acquirer_script_answer_unmatched");
        return d;
    };
    let said = Message {
        stan: Some(relay.till.stan),
        time: Some(at.clock()),
        date: Some(at.month_day()),
        acquirer: Some(a.id),
        rrn: m.rrn,
        code: m.code,
        terminal: Some(relay.till.terminal),
        merchant: Some(relay.till.merchant),
        till60: relay.till60,
        processing: m.processing,
        ..Message::new(Mti(630))
    };
    let key = facts.get::<Terminal>(&relay.till.terminal).and_then(|t| t.answer_mac(relay.under));
    to_line(&mut d, relay.line, said, key);
    d.end::<Relay>(&relay.key);
    d
}

/// Nobody answered in time: forgotten here, the terminal sends it again.
pub(super) fn due(key: &SwitchKey, facts: &Facts<'_, Acquirer>) -> Decision<Acquirer> {
    let mut d = Decision::nothing();
    if facts.get::<Relay>(key).is_some() {
        d.end::<Relay>(key);
        d.count("acquirer_script_unanswered");
    }
    d
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Mode, World};
    use super::*;
    use alloc::boxed::Box;
    use slipway_terms::{BatchNo, OriginalTill, Till60};

    fn script(w: &mut World, of: &Message) -> Message {
        Message {
            till60: Some(Till60::management(BatchNo(7), SCRIPT)),
            original_till: Some(OriginalTill { batch: BatchNo(7), stan: of.stan.unwrap().number(), date: None }),
            chip: Some(Box::from([0x9F, 0x36, 0x02, 0x00, 0x01])),
            ..w.base(620)
        }
    }

    #[test]
    fn it_is_handed_on_and_its_answer_back() {
        // Handed on once for each copy: it changes nothing, so two are no harm.
        let mut w = World::signed_on(Mode::Plain);
        let (sale, sold) = w.approved_sale(8800);
        let result = script(&mut w, &sale);
        let left = w.hear(result.clone());
        assert!(left.till.is_empty());
        let onward = &left.switch[0];
        assert_eq!((onward.mti, &onward.chip, onward.rrn), (Mti(620), &result.chip, sold.rrn));
        assert_eq!(onward.original.unwrap().key, sold.switch_key().unwrap());
        let back = w.switch_says(onward.answer(ResponseCode::APPROVED));
        assert_eq!((back.code(), back.said().stan), ("00".into(), result.stan));
        assert_eq!(w.payable(), 8800, "it moves no money");
    }

    #[test]
    fn unknown_and_unanswered() {
        let mut w = World::signed_on(Mode::Plain);
        let (sale, _) = w.approved_sale(8800);
        let stranger = Message { stan: Stan::new(900).ok(), ..sale.clone() };
        let unknown = script(&mut w, &stranger);
        assert_eq!(w.hear(unknown).code(), "25");
        let result = script(&mut w, &sale);
        let onward = w.hear(result).switch.remove(0);
        w.pass(45_000);
        w.switch_says(onward.answer(ResponseCode::APPROVED)).quiet();
    }
}
