//! The slip record's own life: printed, half, missing, printed again. Lost paper never touches the payment, and nobody gets
//! the previous customer's slip unasked.

use crate::seat::Seat;
use crate::{Confirm, Dialog, Exchange, HandIn, SlipLife, Standing, Timer, What, screen};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use slipway_terms::{Amount, Copy, Kind, PaperFate, Slip, SlipKind, Stan, TillKey};

const BOTH: [Copy; 2] = [Copy::Merchant, Copy::Cardholder];

/// Most journal lines looked through for a voucher number.
pub(crate) const JOURNAL_ROWS_MAX: u16 = 512;

impl SlipLife {
    fn fate(&mut self, copy: Copy) -> &mut PaperFate {
        match copy {
            Copy::Merchant => &mut self.merchant,
            Copy::Cardholder => &mut self.cardholder,
        }
    }

    fn settled(&self) -> bool {
        [self.merchant, self.cardholder].iter().all(|fate| !matches!(fate, PaperFate::Rendered | PaperFate::Sent))
    }
}

/// What the paper says of the original: its voucher, its authorisation, or its reference and day.
fn original_remarks(exchange: &Exchange) -> Vec<String> {
    let Some(about) = &exchange.about else { return Vec::new() };
    let mut remarks = Vec::new();
    let voucher = about.key.map(|key| format!("原凭证号 ORIG VOUCHER {}", key.stan));
    match exchange.kind {
        Kind::SaleVoid | Kind::CompletionVoid | Kind::PreAuthVoid => remarks.extend(voucher),
        Kind::Adjust => {
            remarks.extend(voucher);
            let (before, after) = (about.amount.unwrap_or(Amount::fen(0)), exchange.amount.unwrap_or(Amount::fen(0)));
            remarks.push(format!("原金额 BEFORE RMB {before}"));
            remarks.push(format!("调整后总额 TOTAL RMB {after}"));
        }
        Kind::Refund => {
            remarks.extend(about.rrn.map(|rrn| format!("原参考号 ORIG REF {rrn}")));
            remarks.extend(about.date.map(|day| format!("原交易日期 ORIG DATE {:02}/{:02}", day.month, day.day)));
        }
        _ => {}
    }
    if exchange.kind.completes() || exchange.kind == Kind::PreAuthVoid {
        remarks.extend(about.auth.map(|auth| format!("预授权码 PRE-AUTH NO {auth}")));
    }
    remarks
}

impl Seat<'_, '_> {
    fn slip(&self, exchange: &Exchange, kind: SlipKind, remarks: Vec<String>, reprint: bool) -> Slip {
        let ids = exchange.institutions;
        let whole = exchange.amount.unwrap_or(Amount::fen(0));
        let currency = whole.currency();
        // A hold and its void move nothing and print their amount all the same, a void with a minus as every void (rules 10).
        let signed = match exchange.kind {
            Kind::PreAuthVoid => -whole.signed(),
            kind if kind.shape().moves_money() => exchange.signed_minor(),
            _ => whole.signed(),
        };
        let half = |from: usize, to: usize| ids.as_str().get(from..to.min(ids.as_str().len())).unwrap_or("").trim();
        Slip {
            kind,
            title: self.config().slip_title.clone(),
            merchant_name: self.profile.merchant_name.as_str().into(),
            merchant: exchange.key.merchant,
            terminal: exchange.key.terminal,
            operator: exchange.operator,
            issuer: half(0, 11).into(),
            acquirer: half(11, 22).into(),
            card: exchange.card,
            entry: exchange.entry.letter(),
            chip: exchange.chip.as_deref().cloned(),
            expiry: exchange.expiry,
            transaction: exchange.kind,
            batch: exchange.key.batch,
            voucher: exchange.key.stan,
            auth: exchange.auth,
            rrn: exchange.rrn,
            at: exchange.host_at.unwrap_or_else(|| exchange.sent_at.plus_ms(self.till.clock_ahead_ms)),
            amount: Amount::new(signed.unsigned_abs(), currency).unwrap_or(Amount::fen(0)),
            negative: signed < 0,
            rows: Vec::new(),
            remarks,
            verification: self.verification(exchange),
            reprint,
            test: self.profile.test,
        }
    }

    /// Prints copies of an approved exchange, and says what stands on them.
    pub fn print_copies(&mut self, exchange: &Exchange, copies: &[Copy], reprint: bool) -> Slip {
        let mut remarks = original_remarks(exchange);
        // A2, A4, A5, A6 and 11 carry a word for the cardholder.
        if let Some(code) = exchange.code.filter(|code| *code != slipway_terms::ResponseCode::APPROVED) {
            remarks.push(code.words().zh);
        }
        if exchange.signed == Some(false) {
            remarks.push("未签名 NOT SIGNED".into());
        }
        let slip = self.slip(exchange, SlipKind::Approved, remarks, reprint);
        self.d.print(self.id, exchange.key, copies.to_vec(), slip.clone());
        slip
    }

    /// 故障单 (非凭证): the reversal could not be delivered; what that means and by when the money is back (rules 3).
    pub fn print_fault(&mut self, exchange: &Exchange) {
        let promise = exchange.sent_at.plus_ms(self.config().times.promise_ms).to_string();
        let remarks = match &exchange.case {
            Some(number) => screen::case_remarks(number.as_str()),
            None => screen::fault_remarks(exchange.kind, &promise),
        };
        let slip = self.slip(exchange, SlipKind::Fault, remarks, false);
        self.d.print(self.id, exchange.key, vec![Copy::Cardholder], slip);
    }

    /// What became of one copy.
    pub fn paper(&mut self, key: &TillKey, copy: Copy, fate: PaperFate) {
        let Some(exchange) = self.facts.get::<Exchange>(key) else { return self.d.count("paper of no exchange") };
        let Some(mut life) = exchange.slip else { return };
        let was_settled = life.settled();
        // A copy that is on paper stays so, whatever happens to a later one.
        if *life.fate(copy) != PaperFate::Printed {
            *life.fate(copy) = fate;
        }
        if exchange.slip != Some(life) {
            self.d.put(key, Exchange { slip: Some(life), ..exchange.clone() });
        }
        let now = Exchange { slip: Some(life), ..exchange.clone() };
        let lost = now.lacks_paper() && !exchange.lacks_paper();
        // Without paper the page of the slip is all the customer gets, who is standing there: no wait.
        let after = if lost { 0 } else { self.config().times.confirm_ms };
        if life.settled() && (!was_settled || lost) {
            match (self.facts.get::<Confirm>(key), self.facts.get::<HandIn>(key)) {
                (Some(confirm), _) => self.due(after, Timer::ConfirmDue(*key, confirm.sends)),
                (None, Some(row)) if row.sends == 0 => self.due(after, Timer::HandInDue(*key, 0)),
                _ if lost => self.hand_in(key, |row| row.wants_page = true),
                _ => {}
            }
        }
        if !matches!(fate, PaperFate::Printed | PaperFate::Sent | PaperFate::Rendered) && self.note.order.is_none() {
            self.show(screen::paper_fault(exchange));
        }
        if life.printed() && !was_settled {
            self.ask_signature(exchange);
        }
    }

    /// 重打印: the last slip, or the one with this voucher number.
    pub fn reprint(&mut self, stan: Option<Stan>) {
        let Some(stan) = stan else { return self.reprint_last() };
        match self.by_stan(stan) {
            Some(exchange) if exchange.slip.is_some() => self.print_again(&exchange),
            Some(exchange) => self.show(screen::no_slip(&exchange)),
            None => self.show(screen::not_found(stan)),
        }
    }

    /// The newest exchange of this terminal with this voucher number, the open batch first.
    pub fn by_stan(&self, stan: Stan) -> Option<Exchange> {
        let all = self.facts.range::<Exchange>(&self.id, JOURNAL_ROWS_MAX, true)?;
        all.into_iter().find(|exchange| exchange.key.stan == stan).cloned()
    }

    fn reprint_last(&mut self) {
        let older = self.till.last_slip.and_then(|key| self.facts.get::<Exchange>(&key));
        if self.till.last == self.till.last_slip
            && let Some(exchange) = older
        {
            return self.print_again(exchange);
        }
        // The last exchange has no slip: say so, and offer the older one only by its own time, amount and card (rules 10).
        match older {
            Some(exchange) => {
                self.note.dialog = Dialog::Older(exchange.key);
                self.show(screen::older_slip(exchange));
            }
            None => self.show(screen::nothing_to_print()),
        }
    }

    /// The older slip was wanted.
    pub fn older_wanted(&mut self, key: &TillKey) {
        self.note.dialog = Dialog::Idle;
        if let Some(exchange) = self.facts.get::<Exchange>(key) {
            self.print_again(exchange);
        }
    }

    /// Prints again, marked: the copies that never came out whole, or both if both did.
    fn print_again(&mut self, exchange: &Exchange) {
        if exchange.confirmed.is_some() {
            // The acquirer has undone or never known it: a case for people, and until it ends no paper may say "approved".
            return self.show(screen::no_slip(exchange));
        }
        let Some(mut life) = exchange.slip.filter(|_| exchange.standing == Standing::Approved) else { return };
        let mut missing: Vec<Copy> = BOTH.into_iter().filter(|copy| *life.fate(*copy) != PaperFate::Printed).collect();
        if missing.is_empty() {
            missing = BOTH.to_vec();
        }
        life.reprints = life.reprints.saturating_add(1);
        self.deed(What::Reprinted(exchange.key.stan));
        self.d.put(&exchange.key, Exchange { slip: Some(life), ..exchange.clone() });
        self.print_copies(exchange, &missing, true);
        self.show(screen::reprinting(exchange));
    }
}
