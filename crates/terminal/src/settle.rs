//! Settlement 结算, in the order of rules 9: open reversals, failed reversals, stored advices, confirmations, then the totals.
//! From the commit that sends the totals to the one whose end was taken, no transaction starts, and every step is taken up
//! where it was whatever the power does.

use crate::batch::{self, LIST_MAX, Span};
use crate::seat::Seat;
use crate::{
    Clearing, Exchange, Settled, Settling, Stage, TerminalBank, TerminalRow, Timer, What, Work, clearing, screen,
};
use alloc::format;
use alloc::vec::Vec;
use slipway_node::{Facts, Wants};
use slipway_terms::{BatchNo, MerchantId, Message, Mti, ResponseCode, Short, Stan, TerminalId, Till60, TillKey};

/// 60.3 of totals and details.
const DETAILS: u16 = 201;
/// 60.3 of the end after details.
const END_UPLOADED: u16 = 202;
/// 60.3 of the end after balanced totals.
const END_BALANCED: u16 = 207;
/// Sends in a row before the settlement rests for a while.
const TRIES_MAX: u8 = 3;

fn key(terminal: TerminalId, merchant: MerchantId, batch: BatchNo, stan: Stan) -> TillKey {
    TillKey { terminal, merchant, batch, stan }
}

/// Rows of a step, by where the settlement stands.
pub(crate) fn wants(id: &TerminalId, merchant: MerchantId, seen: &Facts<'_, TerminalBank>, out: &mut Wants) {
    out.row::<Settling, TerminalRow>(id);
    match seen.known::<Settling>(id) {
        Some(settling) => match settling.stage {
            Stage::Asking | Stage::Listing => settling.span(merchant).wants(out),
            Stage::Uploading => {
                for stan in settling.lists.iter().take(LIST_MAX).chain(settling.singles.first()).chain(&settling.sent) {
                    out.row::<Exchange, TerminalRow>(&key(*id, merchant, settling.batch, *stan));
                }
            }
            Stage::Ending => {}
        },
        None => clearing::wants(id, merchant, seen, out),
    }
}

impl Settling {
    pub(crate) const fn span(&self, merchant: MerchantId) -> Span {
        Span { terminal: self.terminal, merchant, batch: self.batch, stans: self.stans }
    }
}

impl Seat<'_, '_> {
    /// 结算 was asked for: everything that is stored gets its occasion first.
    pub fn settle(&mut self) {
        if self.note.work.is_some() || self.note.order.is_some() {
            return self.show(screen::please_wait());
        }
        if self.till.batch == BatchNo(0) {
            return self.show(screen::no_batch());
        }
        self.note.rests = false;
        self.note.signing = None;
        self.note.dialog = crate::Dialog::Idle;
        if self.till.settling.is_none() {
            self.note.clearing = Some(Clearing { advices: self.till.advices.clone(), ..Clearing::default() });
            self.note.round = self.till.pending.clone();
        }
        self.show(screen::settling());
        self.proceed();
    }

    /// A settlement is at work: not one that rests until its next try.
    pub fn settles(&self) -> bool {
        self.note.clearing.is_some() || (self.till.settling.is_some() && !self.note.rests)
    }

    /// The next step, as soon as this input is over.
    pub fn step_soon(&mut self) {
        self.d.due(self.at, Timer::SettleStep(self.id, self.at));
    }

    /// A settlement found open at power-up: it goes on by itself after a while.
    pub fn settle_woken(&mut self) {
        self.note.rests = true;
        self.due(self.config().times.idle_ms, Timer::SettleStep(self.id, self.at.plus_ms(self.config().times.idle_ms)));
        self.tell(screen::settle_unfinished());
    }

    /// One step.
    pub fn settle_step(&mut self) {
        if !self.settles() && self.till.settling.is_none() && !self.till.left.is_empty() {
            return self.settle_left();
        }
        self.note.rests = false;
        self.waited_enough();
        if self.note.work.is_some() || self.ready() || !self.settles() {
            return;
        }
        if self.note.line == Some(false) {
            return self.settle_rests();
        }
        if !self.till.signed_on || !self.has_keys() {
            return self.sign_on();
        }
        match self.facts.get::<Settling>(&self.id).cloned() {
            Some(settling) => self.settle_on(settling),
            None => self.clear_next(),
        }
    }

    /// Nothing can be sent now, or nobody answers: later, by itself. What has not begun is given up, and nothing is lost.
    pub fn settle_rests(&mut self) {
        if self.note.clearing.take().is_some() && self.till.settling.is_none() {
            return self.show(screen::settle_not_begun());
        }
        if self.till.settling.is_some() && !self.note.rests {
            self.note.rests = true;
            let after = self.config().times.idle_ms;
            self.due(after, Timer::SettleStep(self.id, self.at.plus_ms(after)));
            self.show(screen::settle_unfinished());
        }
    }

    /// Goes on from where it stands.
    pub fn settle_on(&mut self, mut settling: Settling) {
        self.till.settling = Some(settling.batch);
        let span = settling.span(self.profile.merchant);
        match settling.stage {
            Stage::Asking => {
                // What was decided since the last send counts: a reversal may have been taken, an advice answered.
                settling.totals = batch::totals(&span.lines(self.facts));
                let mut message = self.managed(Mti(500), &settling, 0, DETAILS);
                message.private48 = Some(batch::totals_digits(&settling.totals).into());
                self.send_settlement(settling, message, None);
            }
            Stage::Listing => {
                // An offline sale whose advice still waits is told by that, exactly once: as a detail the acquirer would take
                // it for a slip without a sale.
                let open =
                    |line: &&&Exchange| batch::counts(line) && !line.uploaded && !self.till.advices.contains(&line.key);
                let lines = span.lines(self.facts);
                let (singles, lists): (Vec<&Exchange>, Vec<&Exchange>) =
                    lines.iter().filter(open).partition(|line| batch::goes_singly(line.kind));
                settling.lists = lists.iter().map(|line| line.key.stan).collect();
                settling.singles = singles.iter().map(|line| line.key.stan).collect();
                settling.stage = Stage::Uploading;
                self.d.put(&self.id, settling);
                self.step_soon();
            }
            Stage::Uploading => self.upload(settling),
            Stage::Ending => self.send_end(settling),
        }
    }

    fn upload(&mut self, mut settling: Settling) {
        let name = |stan: &Stan| key(self.id, self.profile.merchant, settling.batch, *stan);
        let listed: Vec<&Exchange> =
            settling.lists.iter().take(LIST_MAX).filter_map(|stan| self.facts.get::<Exchange>(&name(stan))).collect();
        if !listed.is_empty() {
            let mut message = self.managed(Mti(320), &settling, 0, DETAILS);
            message.private48 = Some(batch::list_digits(&listed).into());
            settling.sent = listed.iter().map(|line| line.key.stan).collect();
            return self.send_settlement(settling, message, None);
        }
        let single = settling.singles.first().and_then(|stan| self.facts.get::<Exchange>(&name(stan)));
        let Some(line) = single else {
            settling.stage = Stage::Ending;
            return self.send_end(settling);
        };
        let shape = line.kind.shape();
        let mut message = self.managed(Mti(320), &settling, shape.type_code, DETAILS);
        message.processing = Some(shape.processing);
        message.condition = Some(shape.condition);
        message.amount = slipway_terms::Amount::new(
            line.signed_minor().unsigned_abs(),
            line.amount.map_or(slipway_terms::Currency::CNY, slipway_terms::Amount::currency),
        )
        .ok();
        message.rrn = line.rrn;
        let own = line.key.stan;
        settling.sent = Vec::from([own]);
        self.send_settlement(settling, message, Some(own));
    }

    fn send_end(&mut self, mut settling: Settling) {
        let code = if settling.balanced == Some(true) { END_BALANCED } else { END_UPLOADED };
        let mut message = self.managed(Mti(320), &settling, 0, code);
        message.private48 = Some(format!("{:04}", settling.uploaded % 10_000).into());
        settling.sent = Vec::new();
        self.send_settlement(settling, message, None);
    }

    fn managed(&self, mti: Mti, settling: &Settling, type_code: u8, code: u16) -> Message {
        let mut message = self.signed(Message::new(mti));
        message.till60 = Some(Till60 { type_code, ..Till60::management(settling.batch, code) });
        message.operator_or_scheme = (mti == Mti(500)).then(|| Short::cut(&format!("{:02} ", settling.operator.0)));
        message
    }

    /// A single detail goes under its own number, everything else under a new one.
    fn send_settlement(&mut self, mut settling: Settling, mut message: Message, own: Option<Stan>) {
        let own = own.unwrap_or_else(|| self.take_stan());
        message.stan = Some(own);
        settling.own = Some(own);
        self.send_coded(message);
        self.note.work = Some(Work::Settle(own));
        self.due(self.answer_ms(), Timer::SettleDue(self.id, own, settling.tries));
        self.tell(screen::settling());
        self.d.put(&self.id, settling);
    }

    /// No answer to it.
    pub fn settle_due(&mut self, own: Stan, tries: u8) {
        let Some(settling) = self.facts.get::<Settling>(&self.id).filter(|s| s.own == Some(own) && s.tries == tries)
        else {
            return;
        };
        if self.note.work == Some(Work::Settle(own)) {
            self.off_wire(Work::Settle(own));
            self.settle_again(settling.clone());
        }
    }

    /// Sent again, and after some tries only later.
    fn settle_again(&mut self, mut settling: Settling) {
        settling.tries = settling.tries.saturating_add(1);
        if settling.tries.is_multiple_of(TRIES_MAX) {
            self.settle_rests();
        } else {
            self.step_soon();
        }
        self.d.put(&self.id, settling);
    }

    /// 0510 and 0330. What has no good MAC, or belongs to nothing that waits, changes nothing.
    pub fn heard_settlement(&mut self, message: &Message) {
        let Some(settling) = self.facts.get::<Settling>(&self.id).cloned() else { return self.d.count("late answer") };
        let own = settling.own.filter(|own| Some(*own) == message.stan);
        let asked = if settling.stage == Stage::Asking { 510 } else { 330 };
        let (Some(own), true) = (own, message.mti.0 == asked) else { return self.d.count("late answer") };
        let same = message.terminal == Some(self.id)
            && message.merchant == Some(self.profile.merchant)
            && message.batch().is_none_or(|batch| batch == settling.batch);
        let code = message.code.unwrap_or(ResponseCode::APPROVED);
        if code.wants_sign_on() {
            self.till.signed_on = false;
            self.off_wire(Work::Settle(own));
            self.settle_again(settling);
            return;
        }
        if !same || !self.mac_good() {
            return self.d.count("settlement answer without good MAC");
        }
        self.off_wire(Work::Settle(own));
        match (settling.stage, code) {
            (Stage::Asking, ResponseCode::APPROVED) => self.totals_judged(settling, message),
            (_, ResponseCode::APPROVED) => self.upload_taken(settling, own),
            // The acquirer never gave this batch: a spoilt sign-on named it, and nothing was taken in it.
            (Stage::Asking, ResponseCode::INVALID_TRANSACTION) if !self.batch_proven() => {
                self.d.end::<Settling>(&self.id);
                self.till.settling = None;
                self.till.signed_on = false;
                self.show(screen::settle_not_begun());
                self.sign_on();
            }
            // The acquirer does not remember the totals: they go out again.
            (Stage::Ending, ResponseCode::INVALID_TRANSACTION) => {
                self.settle_again(Settling { stage: Stage::Asking, own: None, ..settling });
            }
            _ => {
                self.d.count("settlement refused");
                self.settle_again(settling);
            }
        }
    }

    /// The answer digits at 30 and 61: 1 balanced, anything else not.
    fn totals_judged(&mut self, mut settling: Settling, message: &Message) {
        let digit = |at: usize| message.private48.as_deref().and_then(|text| text.as_bytes().get(at).copied());
        let balanced = [digit(30), digit(61)] == [Some(b'1'); 2];
        settling.balanced = Some(balanced);
        settling.stage = if balanced { Stage::Ending } else { Stage::Listing };
        (settling.own, settling.tries) = (None, 0);
        self.d.put(&self.id, settling);
        self.step_soon();
    }

    /// Details were taken: marked in the commit that forgets them. Or the end was.
    fn upload_taken(&mut self, mut settling: Settling, own: Stan) {
        for stan in core::mem::take(&mut settling.sent) {
            let key = key(self.id, self.profile.merchant, settling.batch, stan);
            if let Some(line) = self.facts.get::<Exchange>(&key) {
                self.d.put(&key, Exchange { uploaded: true, ..line.clone() });
            }
            settling.lists.retain(|open| *open != stan);
            settling.singles.retain(|open| *open != stan);
            settling.uploaded += 1;
        }
        (settling.own, settling.tries) = (None, 0);
        if settling.stage == Stage::Ending {
            return self.settled(settling, own);
        }
        self.d.put(&self.id, settling);
        self.step_soon();
    }

    /// Advices and reversals of a batch that no answer has come to.
    fn waiting_of(&self, batch: slipway_terms::BatchNo) -> u32 {
        let open = self.till.advices.iter().chain(&self.till.pending).filter(|key| key.batch == batch);
        u32::try_from(open.count()).unwrap_or(u32::MAX)
    }

    /// Done: on paper, and the next batch comes with the next sign-on.
    fn settled(&mut self, settling: Settling, own: Stan) {
        let done = Settled {
            terminal: self.id,
            batch: settling.batch,
            stans: settling.stans,
            own,
            at: self.at,
            operator: settling.operator,
            balanced: settling.balanced == Some(true),
            uploaded: settling.uploaded,
            waiting: self.waiting_of(settling.batch),
            totals: settling.totals,
        };
        self.d.end::<Settling>(&self.id);
        self.till.settling = None;
        self.till.settled = Some(done.batch);
        self.till.left.retain(|left| left.batch != done.batch);
        self.deed(What::Settled(done.batch));
        self.till.signed_on = false;
        self.print_totals(&done, false);
        self.show(screen::settled(&done));
        // The sign-on for the next batch follows at once; what was settled stays on the screen until somebody presses a key.
        self.note.keeps = true;
        self.d.put(&(self.id, done.batch), done);
        self.sign_on();
    }
}

/// The rows that a 0510 or 0330 marks.
pub(crate) fn answer_wants(id: &TerminalId, merchant: MerchantId, seen: &Facts<'_, TerminalBank>, out: &mut Wants) {
    out.row::<Settling, TerminalRow>(id);
    let Some(settling) = seen.known::<Settling>(id) else { return };
    for stan in &settling.sent {
        out.row::<Exchange, TerminalRow>(&key(*id, merchant, settling.batch, *stan));
    }
}
