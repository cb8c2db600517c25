//! The counter's question, "where is the money?": every party that can be reached is asked for its own record, and the answer
//! is held against all that happens after. And the person who works a case: only on what the simulated world really has.

use crate::cast::{self, ISSUERS, SWITCH};
use crate::check::Lists;
use crate::dice::Matter;
use crate::situation::Situation;
use crate::station::Feed;
use crate::world::{Event, World};
use slipway_hosts::acquirer::{AcquirerRow, Exchange};
use slipway_hosts::listed;
use slipway_node::{Hand, Question, Record, Rows, Store};
use slipway_terms::{
    CaseKey, Finding, Found, Ground, Mend, Party, Repair, Short, State, SwitchKey, Testimony, TillKey, Verdict, judge,
};

impl World {
    /// A counter asks for one of the newest exchanges, and again later.
    pub(crate) fn counter_asks(&mut self, no: u64) {
        if self.shift.over {
            return;
        }
        if let Some(at) = self.course.pause(self.now) {
            return self.queue.push(at, Event::Ask { no });
        }
        let mut throw = self.dice.fixed(Matter::Counter, &[no]);
        let tills: Vec<TillKey> = self.auditor.books.newest(8);
        if !tills.is_empty() {
            let till = *throw.chance.pick(&tills);
            self.tell_verdict(till, throw.chance.bits());
        }
        let gap_ms = throw.chance.span(3_000, 40_000);
        self.queue.push(self.now.plus_ms(gap_ms), Event::Ask { no: no + 1 });
    }

    /// A power cut, or its end: the counter asks for the newest exchanges, of whoever is on.
    pub(crate) fn counter_asks_at_once(&mut self) {
        for till in self.auditor.books.newest(3) {
            self.tell_verdict(till, u64::MAX);
        }
    }

    /// People behind the counter ask about what is, or was, in a case or in dispute, and about the newest exchanges, of whoever can
    /// be reached.
    pub(crate) fn desk_asks(&mut self, no: u64) {
        let mut tills = self.auditor.books.argued.clone();
        tills.extend(self.auditor.books.newest(4));
        let mut throw = self.dice.fixed(Matter::Counter, &[u64::MAX, no]);
        for till in tills {
            let reach = throw.chance.bits();
            self.tell_verdict(till, reach);
        }
    }

    /// A counter is told the verdict on an exchange. `reach`: which parties can be reached, a bit each.
    pub(crate) fn tell_verdict(&mut self, till: TillKey, reach: u64) {
        let verdict = self.trace(till, reach);
        self.note(|| format!("counter: {till} {:?}, {:?}", verdict.fate, verdict.cashier));
        self.auditor.judged(self.now, till, &verdict);
        self.situations.insert(Situation::Verdict(verdict.fate, verdict.cashier));
        self.situations.extend(verdict.payer.map(Situation::Payer));
    }

    /// Asks every party that can be reached, as the desk does, and judges.
    pub(crate) fn trace(&mut self, till: TillKey, reach: u64) -> Verdict {
        let mut seen = Vec::new();
        let seat = cast::seat_of(&till.terminal).unwrap_or(0);
        for (party, node) in [(Party::Terminal, cast::device_of(seat)), (Party::Acquirer, cast::acquirer_of(seat))] {
            seen.extend(self.question(node, party, Question::Till(till), reach));
        }
        let switch: Option<SwitchKey> = seen.iter().find_map(|testimony: &Testimony| testimony.switch);
        if let Some(key) = switch {
            seen.extend(self.question(SWITCH, Party::Switch, Question::Switch(key), reach));
            let issuers: Vec<_> =
                ISSUERS.iter().map(|node| self.question(*node, Party::Issuer, Question::Switch(key), reach)).collect();
            // The one with a record speaks; "no record" is only true if all of them say so.
            let known = issuers.iter().flatten().find(|word| word.state != State::NoRecord).cloned();
            let all = issuers.iter().all(Option::is_some);
            seen.extend(known.or_else(|| issuers.into_iter().flatten().next().filter(|_| all)));
        }
        judge(&seen)
    }

    fn question(&mut self, node: usize, party: Party, question: Question, reach: u64) -> Option<Testimony> {
        // One in sixteen cannot be reached by chance; one that is off cannot be reached at all.
        let away = reach >> (node % 16 * 4) & 15 == 0;
        if !self.nodes[node].station.is_on() || away {
            return None;
        }
        let at = self.clock_of(node);
        let seen = self.nodes[node].station.consult(at, question)?;
        let word = seen.into_iter().find(|word| word.party == party);
        Some(word.unwrap_or_else(|| Testimony::bare(party, Short::EMPTY, State::NoRecord)))
    }

    /// The day after: every host's lists are made and compared.
    pub(crate) fn day_after(&mut self) {
        let found = Lists::read(|node| self.nodes[node].station.disk()).judge(self.now);
        for (checker, detail) in found.wrong {
            self.auditor.accuse(checker, self.now, detail);
        }
    }

    /// A credit whose slip nobody has is taken back by a repair instead, as often as by a finding: two operators ask for it, each
    /// under a number of his own. `false`: not this one.
    fn repaired(&mut self, till: &TillKey) -> bool {
        let name = [u64::from(till.batch.0), u64::from(till.stan.number())];
        if !self.dice.fixed(Matter::Repair, &name).chance.chance(500) {
            return false;
        }
        let node = cast::acquirer_of(cast::seat_of(&till.terminal).unwrap_or(0));
        let mut rows = Vec::new();
        let read = self.nodes[node].station.disk().read(&[<Exchange as Record<AcquirerRow>>::key(till)], &mut rows);
        let row = rows.pop().flatten().filter(|_| read.is_ok());
        let row = row.and_then(|row| AcquirerRow::decode(<Exchange as Record<AcquirerRow>>::SPACE, &row).ok());
        let Some((named, o)) = row.as_ref().and_then(listed::of_acquirer) else { return false };
        let (Some(rrn), minor) = (named.rrn, o.signed_minor.abs()) else { return false };
        self.situations.insert(Situation::Repair(Mend::Reverse));
        self.note(|| format!("the credit of {till} is taken back by repair"));
        for operator in ["1", "2"] {
            let (number, by) = (Short::cut(&format!("{operator}-{rrn}")), Short::cut(operator));
            let because = Short::cut("no slip, merchant asked");
            let repair = Repair { number, rrn, mend: Mend::Reverse, minor, by, because };
            self.feed(node, Feed::Hand(Hand::Repair(repair)));
        }
        true
    }

    /// A person works the cases: the merchant of a lost device shows the slip, or has none (rules 7); what a host bears stands.
    pub(crate) fn work_cases(&mut self) {
        let open: Vec<(TillKey, Ground)> = self.auditor.books.open_cases().collect();
        for (till, ground) in open {
            self.auditor.case_worked(self.now, till, ground);
            let Some(mut finding) = self.auditor.finding(&till, ground) else { continue };
            if self.left_to_its_clock(till, ground, finding) {
                continue;
            }
            if ground == Ground::Unconfirmed && finding == Finding::SlipShown && self.shows_late(&till) {
                finding = Finding::NoSlip;
                self.auditor.books.deny(till);
            }
            let late = self.auditor.books.was_late(&till);
            if ground == Ground::Unconfirmed && finding == Finding::NoSlip && !late && self.repaired(&till) {
                continue;
            }
            self.situations.insert(Situation::Finding(ground, finding));
            self.found(till, ground, finding);
        }
        self.show_late_slips();
    }

    pub(crate) fn found(&mut self, till: TillKey, ground: Ground, finding: Finding) {
        self.note(|| format!("the case of {till} is worked: {ground:?}, {finding:?}"));
        let node = cast::acquirer_of(cast::seat_of(&till.terminal).unwrap_or(0));
        let found = Found { finding, by: Short::cut("operator"), because: Short::cut("seen"), at: self.now };
        self.feed(node, Feed::Hand(Hand::Finding(CaseKey::Till(till, ground), found)));
    }
}
