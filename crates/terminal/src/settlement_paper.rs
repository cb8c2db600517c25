//! Papers of a settlement: the totals slip 结算单 with the acquirer's verdict, its reprint, and the list of details. None of
//! them is a voucher; what is lost is printed again.

use crate::batch::Span;
use crate::seat::Seat;
use crate::{Exchange, Profile, Settled, Standing, TerminalBank, TerminalRow, Till, screen};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use slipway_node::{Facts, Wants};
use slipway_terms::{
    Amount, CardTail, Copy, EntryLetter, Kind, Moment, OperatorNo, Slip, SlipKind, SlipRow, Stan, TillKey, Verification,
};

/// Lines of the journal on one piece of paper.
const DETAILS_MAX: usize = 30;

fn row(label: String, value: String) -> SlipRow {
    SlipRow { label, value }
}

fn signed(minor: i64) -> String {
    let amount = Amount::fen(minor.unsigned_abs());
    if minor < 0 { format!("-{amount}") } else { amount.to_string() }
}

/// Rows of the papers that the print page makes by its digit.
pub(crate) fn wants(digit: u8, profile: &Profile, till: &Till, seen: &Facts<'_, TerminalBank>, out: &mut Wants) {
    match digit {
        1 => {
            if let Some(key) = &till.last_slip {
                out.row::<Exchange, TerminalRow>(key);
            }
        }
        3 | 4 => {
            let Some(batch) = till.settled else { return all_open(digit, profile, till, out) };
            out.row::<Settled, TerminalRow>(&(till.terminal, batch));
            all_open(digit, profile, till, out);
            if let (4, Some(done)) = (digit, seen.known::<Settled>(&(till.terminal, batch))) {
                let stans = done.stans;
                Span { terminal: till.terminal, merchant: profile.merchant, batch, stans }.wants(out);
            }
        }
        _ => {}
    }
}

fn all_open(digit: u8, profile: &Profile, till: &Till, out: &mut Wants) {
    if digit == 4 {
        let stans = (till.batch_first, till.stan);
        Span { terminal: till.terminal, merchant: profile.merchant, batch: till.batch, stans }.wants(out);
    }
}

impl Seat<'_, '_> {
    fn list_slip(
        &self,
        kind: SlipKind,
        batch: slipway_terms::BatchNo,
        operator: OperatorNo,
        at: Moment,
        own: Stan,
    ) -> Slip {
        Slip {
            kind,
            title: self.config().slip_title.clone(),
            merchant_name: self.profile.merchant_name.as_str().into(),
            merchant: self.profile.merchant,
            terminal: self.id,
            operator,
            issuer: String::new(),
            acquirer: String::new(),
            card: CardTail { first6: 0, last4: 0, len: 10 },
            entry: EntryLetter::N,
            expiry: None,
            transaction: Kind::Sale,
            batch,
            voucher: own,
            auth: None,
            rrn: None,
            at: at.plus_ms(self.till.clock_ahead_ms),
            amount: Amount::fen(0),
            negative: false,
            rows: Vec::new(),
            remarks: Vec::new(),
            chip: None,
            verification: Verification::NoSignature,
            reprint: false,
            test: self.profile.test,
        }
    }

    /// 结算单.
    pub fn print_totals(&mut self, done: &Settled, reprint: bool) {
        let mut slip = self.list_slip(SlipKind::Totals, done.batch, done.operator, done.at, done.own);
        slip.reprint = reprint;
        let side =
            |name: &str, side: crate::Side| row(format!("{} {name}", side.count), Amount::fen(side.minor).to_string());
        for total in &done.totals.kinds {
            let shape = total.kind.shape();
            slip.rows.push(row(format!("{} {}/{}", total.count, shape.zh, shape.en), signed(total.minor)));
        }
        slip.rows.push(side("借记合计 DEBIT", done.totals.debit));
        slip.rows.push(side("贷记合计 CREDIT", done.totals.credit));
        let verdict = if done.balanced {
            "对账平 BALANCED".into()
        } else {
            format!("对账不平，已上送明细 {} 笔 NOT BALANCED, {} UPLOADED", done.uploaded, done.uploaded)
        };
        slip.remarks = vec![verdict];
        if done.waiting > 0 {
            let waiting = done.waiting;
            slip.remarks.push(format!("另有 {waiting} 笔待上送，将自动发送 {waiting} STILL TO BE SENT"));
        }
        let about = TillKey { terminal: self.id, merchant: self.profile.merchant, batch: done.batch, stan: done.own };
        self.d.print(self.id, about, vec![Copy::Merchant], slip);
    }

    /// The last totals slip again.
    pub fn reprint_totals(&mut self) {
        let done = self.till.settled.and_then(|batch| self.facts.get::<Settled>(&(self.id, batch)));
        match done.cloned() {
            Some(done) => {
                self.print_totals(&done, true);
                self.show(screen::settled(&done));
            }
            None => self.show(screen::nothing_settled()),
        }
    }

    /// Which batch the details are of: the open one, or the one just settled while the open one is empty.
    pub fn details_span(&self) -> Span {
        let open = self.open_batch();
        let done = self.till.settled.and_then(|batch| self.facts.get::<Settled>(&(self.id, batch)));
        match done.filter(|done| done.batch == open.batch || self.open_is_empty()) {
            Some(done) => Span { batch: done.batch, stans: done.stans, ..open },
            None => open,
        }
    }

    fn open_is_empty(&self) -> bool {
        !self.open_batch().lines(self.facts).into_iter().any(|line| line.slip.is_some())
    }

    /// 交易明细: every line with a slip, in their order, on as many papers as they need.
    pub fn print_details(&mut self) {
        let span = self.details_span();
        let lines: Vec<Exchange> =
            span.lines(self.facts).into_iter().filter(|line| line.slip.is_some()).cloned().collect();
        if lines.is_empty() {
            return self.show(screen::nothing_to_print());
        }
        let operator = self.note.operator.unwrap_or(OperatorNo(1));
        for part in lines.chunks(DETAILS_MAX) {
            let own = part.first().map_or(Stan::FIRST, |line| line.key.stan);
            let mut slip = self.list_slip(SlipKind::Details, span.batch, operator, self.at, own);
            for line in part {
                let money = if line.kind.shape().moves_money() {
                    signed(line.signed_minor())
                } else {
                    format!("({})", line.amount.unwrap_or(Amount::fen(0)))
                };
                slip.rows.push(row(format!("{} {}", line.key.stan, line.kind.shape().zh), money));
                let mark = match (line.standing, line.confirmed) {
                    (_, Some(code)) => format!("? {code}"),
                    (Standing::Approved, None) => line.auth.map_or_else(String::new, |auth| auth.to_string()),
                    _ => String::new(),
                };
                slip.rows.push(row(format!("  {}", line.card), mark));
            }
            let about = TillKey { terminal: self.id, merchant: self.profile.merchant, batch: span.batch, stan: own };
            self.d.print(self.id, about, vec![Copy::Merchant], slip);
        }
        self.show(screen::printing_details(lines.len()));
    }
}
