//! `settle check`: the whole history of merchants' money, from the acquirer's records, the registrations and the very files that went to the bank,
//! looked at by a checker that shares no line with what made them. It proves that money went to nobody but the merchant of record (no
//! 二清), that every fen is somewhere, and that holds, reserves and returns were what their rules allow.

use super::kept::id;
use super::notices::AGAIN;
use super::{registered, root, silent};
use crate::audit;
use crate::clearing::folder;
use crate::say::End;
use serde_json::{Value, json};
use slipway_hosts::acquirer::{
    AcquirerRow, BY_ACCOUNT, Bound, HeldMoney, KeptBack, MerchantDay, MerchantMoney, PaidOut, SetOff, Settled,
};
use slipway_hosts::ledger::{Account, Balance, Posting, PostingKey};
use slipway_recon::merchant::{PayoutId, PayoutRow, ReturnReason, Row, Settlement, Step, check};
use slipway_recon::read_day;
use slipway_runtime::os::Handle;
use slipway_terms::{BusinessDate, MerchantId, Moment};
use std::collections::BTreeMap;
use std::path::Path;

/// What is wrong, in words; none is good.
pub fn prove(acquirer: &Handle, network: &Path) -> Result<Value, End> {
    let table = Tables::of(acquirer).ok_or_else(silent)?;
    let mut wrong = Vec::new();
    let sent = sent(network, &mut wrong)?;
    let rows = table.history(network, &sent, &mut wrong)?;
    wrong.extend(check(&rows).iter().map(|fault| format!("{fault:?}")));
    wrong.extend(table.sums());
    Ok(json!({
        "rows": rows.len(), "payouts": table.paid.len(), "days": table.days.len(), "holds": table.held.len(),
        "wrong": wrong,
    }))
}

struct Tables {
    days: Vec<MerchantDay>,
    items: Vec<Settled>,
    held: Vec<HeldMoney>,
    kept: BTreeMap<(MerchantId, BusinessDate), KeptBack>,
    paid: Vec<PaidOut>,
    balances: BTreeMap<Account, i64>,
    /// What returns did not bring their merchants.
    set_off: Vec<(MerchantId, SetOff)>,
    /// Accounts that were bound since the registration, by version.
    bound: BTreeMap<(MerchantId, u16), Bound>,
    /// Whose each posting is.
    owners: BTreeMap<PostingKey, MerchantId>,
}

impl Tables {
    fn of(acquirer: &Handle) -> Option<Self> {
        let kept = audit::table::<KeptBack, AcquirerRow>(acquirer)?;
        let balances = audit::table::<Balance, AcquirerRow>(acquirer)?;
        let owner = |posting: &Posting| {
            let mut legs = posting.legs.iter();
            legs.find_map(|(account, _)| if let Account::MerchantPayable(id) = account { Some(*id) } else { None })
        };
        let money = audit::table::<MerchantMoney, AcquirerRow>(acquirer)?;
        let set_off = money.iter().flat_map(|of| of.set_off.iter().map(|one| (of.merchant, one.clone())));
        let set_off = set_off.collect();
        let bound = money.iter().flat_map(|of| of.accounts.iter().map(|one| ((of.merchant, one.to.account), *one)));
        let postings = audit::table::<Posting, AcquirerRow>(acquirer)?;
        Some(Self {
            set_off,
            bound: bound.collect(),
            owners: postings.iter().filter_map(|posting| Some((posting.key(), owner(posting)?))).collect(),
            days: audit::table::<MerchantDay, AcquirerRow>(acquirer)?,
            items: audit::table::<Settled, AcquirerRow>(acquirer)?,
            held: audit::table::<HeldMoney, AcquirerRow>(acquirer)?,
            kept: kept.into_iter().map(|kept| ((kept.merchant, kept.day), kept)).collect(),
            paid: audit::table::<PaidOut, AcquirerRow>(acquirer)?,
            balances: balances.into_iter().map(|balance| (balance.account, balance.minor)).collect(),
        })
    }

    /// The rows in the order in which they came to be.
    fn history(
        &self,
        network: &Path,
        sent: &BTreeMap<PayoutId, PayoutRow>,
        wrong: &mut Vec<String>,
    ) -> Result<Vec<Row>, End> {
        let mut rows = Vec::new();
        let mut timed: Vec<(Moment, u8, Row)> = Vec::new();
        let (_, merchants) = registered::read(network)?;
        for of in &merchants {
            let reg = &of.registration;
            let (name, legal_person) = (reg.name().to_owned(), reg.legal_person().to_owned());
            rows.push(Row::Registered { merchant: reg.merchant(), name, legal_person });
            for bound in reg.accounts() {
                let account = &bound.account;
                let row = Row::Bound {
                    merchant: reg.merchant(),
                    from: bound.from,
                    number: account.number().to_owned(),
                    bank: account.bank().to_owned(),
                    holder_name: account.holder_name().to_owned(),
                    persons: [bound.by.name().to_owned(), bound.agreed.name().to_owned()],
                };
                // The first account comes with the registration; who bound a later one stands in the record.
                let recorded = self.bound.get(&(reg.merchant(), bound.version));
                let same = recorded.is_some_and(|record| {
                    let said = (record.to.tail, record.to.bank, record.to.pay_day);
                    (said.0.as_str(), said.1.as_str(), said.2) == (account.tail(), account.bank(), bound.from)
                });
                if bound.version > 1 && !same {
                    wrong.push(format!("{}: nobody on record has bound account {}", reg.merchant(), bound.version));
                }
                timed.push((recorded.map_or(Moment(0), |record| record.at), 0, row));
            }
        }
        timed.extend(self.held.iter().flat_map(held));
        let mut days: Vec<&MerchantDay> = self.days.iter().filter(|day| day.done.is_some()).collect();
        days.sort_unstable_by_key(|day| (day.merchant, day.day));
        let mut carried: BTreeMap<MerchantId, i64> = BTreeMap::new();
        let mut before: BTreeMap<MerchantId, Moment> = BTreeMap::new();
        for of in days {
            let Some((at, _)) = of.done else { continue };
            let carried = carried.entry(of.merchant).or_default();
            // What came back meanwhile has paid of the debt.
            let since = before.insert(of.merchant, at).unwrap_or(Moment(i64::MIN));
            let own =
                self.set_off.iter().filter(|(merchant, one)| *merchant == of.merchant && (since..at).contains(&one.at));
            *carried += own.map(|(_, one)| one.owed_minor).sum::<i64>();
            let row = self.settled(of, carried, wrong);
            timed.push((at, 1, row));
        }
        timed.extend(self.set_off.iter().map(set_off));
        for paid in self.paid.iter().filter(|paid| paid.minor > 0) {
            timed.extend(self.payment(paid, sent, wrong));
        }
        timed.sort_by_key(|(at, rank, _)| (*at, *rank));
        rows.extend(timed.into_iter().map(|(_, _, row)| row));
        Ok(rows)
    }

    /// A settled day, put together from its parts and not from what anybody has said of it.
    fn settled(&self, of: &MerchantDay, carried: &mut i64, wrong: &mut Vec<String>) -> Row {
        let (merchant, day) = (of.merchant, of.day);
        let items = self.items.iter().filter(|item| item.day == day && self.owner(item) == Some(merchant));
        let items: Vec<i64> = items.map(|item| item.minor).collect();
        let sum =
            |sign: i64| items.iter().filter(|minor| minor.signum() == sign).map(|minor| minor.unsigned_abs()).sum();
        if (items.len(), items.iter().sum()) != (of.count as usize, of.gross_minor) {
            wrong.push(format!("{merchant} {day}: its items are not what was booked"));
        }
        let kept = self.kept.get(&(merchant, day));
        let holds: Vec<(u64, i64)> =
            kept.map_or_else(Vec::new, |kept| kept.holds.iter().map(|(no, minor)| (u64::from(*no), *minor)).collect());
        let moved = |sign: i64| {
            holds.iter().filter(|(_, minor)| minor.signum() == sign).map(|(_, minor)| minor.unsigned_abs()).sum()
        };
        let freed = self.kept.values().filter(|kept| kept.merchant == merchant && kept.freed_in == Some(day));
        let pay_day = self.paid.iter().find(|paid| (paid.merchant, paid.day, paid.attempt) == (merchant, day, 1));
        let carried_in_fen = *carried;
        let (held_fen, released_fen) = (moved(1), moved(-1));
        let reserved_fen = kept.map_or(0, |kept| kept.reserved_minor.unsigned_abs());
        let freed_fen = freed.map(|kept| kept.reserved_minor.unsigned_abs()).sum();
        let signed = |fen: u64| i64::try_from(fen).unwrap_or(i64::MAX);
        *carried += of.gross_minor - of.fees_minor - of.payable_minor - signed(held_fen) + signed(released_fen)
            - signed(reserved_fen)
            + signed(freed_fen);
        let settlement = Settlement {
            merchant,
            day,
            pay_day: pay_day.map_or(day, |paid| paid.to.pay_day),
            items: of.count,
            gross_in_fen: sum(1),
            gross_back_fen: sum(-1),
            discount_fen: of.fees_minor,
            waiting: 0,
            waiting_fen: 0,
            carried_in_fen,
            held_fen,
            released_fen,
            reserved_fen,
            freed_fen,
            price_fen: 0,
            payable_fen: of.payable_minor.unsigned_abs(),
            carried_out_fen: *carried,
        };
        // An item stands once in its table, under its posting: none can be settled twice.
        Row::Settled { settlement, items: Vec::new(), holds }
    }

    /// Whose an item is, by the posting that it settles.
    fn owner(&self, item: &Settled) -> Option<MerchantId> {
        self.owners.get(&(item.exchange, item.cause as u8)).copied()
    }

    /// A payout with its later steps, as the bank's own file has it.
    fn payment(
        &self,
        paid: &PaidOut,
        sent: &BTreeMap<PayoutId, PayoutRow>,
        wrong: &mut Vec<String>,
    ) -> Vec<(Moment, u8, Row)> {
        let number = id(paid);
        let Some(row) = sent.get(&number) else {
            wrong.push(format!("{number}: booked, and in no file for the bank"));
            return Vec::new();
        };
        let same = (row.fen, row.pay_day) == (paid.minor.unsigned_abs(), paid.to.pay_day)
            && row.number.ends_with(paid.to.tail.as_str())
            && row.bank == paid.to.bank.as_str();
        if !same {
            wrong.push(format!("{number}: the bank's file does not say what was booked"));
        }
        let said = paid.said.filter(|said| said.by.as_str() != BY_ACCOUNT);
        let said = said.map(|said| [said.by.to_string(), said.checked.to_string()]);
        let mut steps = vec![
            (paid.at, 2, Row::Made(PayoutRow { said, ..row.clone() })),
            (paid.at, 3, Row::Stepped { id: number, step: Step::Sent }),
        ];
        if let Some(back) = paid.returned {
            steps.push((
                back.at.max(paid.at),
                4,
                Row::Stepped { id: number, step: Step::Returned(ReturnReason::NoAccount) },
            ));
        }
        steps
    }

    /// Whether the ledger has on its accounts what the records say is held, reserved and paid.
    fn sums(&self) -> Vec<String> {
        let mut want: BTreeMap<Account, i64> = BTreeMap::new();
        for row in &self.held {
            *want.entry(Account::MerchantHeld(row.merchant)).or_default() -= row.taken_minor;
        }
        for row in self.kept.values().filter(|row| row.freed_in.is_none()) {
            *want.entry(Account::MerchantReserve(row.merchant)).or_default() -= row.reserved_minor;
        }
        for row in &self.paid {
            *want.entry(Account::Payout).or_default() -= if row.returned.is_some() { 0 } else { row.minor };
        }
        let off = want.iter().filter(|(account, minor)| self.balances.get(account).copied().unwrap_or(0) != **minor);
        off.map(|(account, minor)| format!("{account:?} should have {minor}")).collect()
    }
}

/// What a return did not bring: behind the return and before what is paid again, in one commit.
fn set_off((merchant, one): &(MerchantId, SetOff)) -> (Moment, u8, Row) {
    let of = PayoutId { merchant: *merchant, day: one.day, attempt: one.attempt.saturating_sub(1) };
    let holds = one.holds.iter().map(|(no, minor)| (u64::from(*no), minor.unsigned_abs())).collect();
    (one.at, 1, Row::SetOff { of, owed_fen: one.owed_minor.unsigned_abs(), holds })
}

/// A hold and its end by two persons.
fn held(row: &HeldMoney) -> Vec<(Moment, u8, Row)> {
    let (merchant, no) = (row.merchant, u64::from(row.no));
    let names = |persons: slipway_hosts::acquirer::Persons| [persons.by.to_string(), persons.checked.to_string()];
    let mut rows = vec![(
        row.at,
        0,
        Row::Held {
            merchant,
            no,
            doubt_fen: row.doubt_minor.unsigned_abs(),
            fen: row.minor.unsigned_abs(),
            from: row.from,
            until: row.until,
            persons: names(row.persons),
        },
    )];
    if let Some((at, persons)) = row.ended {
        // A clock that was set back changes nothing of what came first.
        rows.push((at.max(row.at), 0, Row::Released { merchant, no, persons: names(persons) }));
    }
    rows
}

/// Every payment in every file that went to the bank.
fn sent(network: &Path, wrong: &mut Vec<String>) -> Result<BTreeMap<PayoutId, PayoutRow>, End> {
    let root = root(network);
    let mut files: Vec<_> =
        folder::days(&root).iter().map(|day| root.join(day.to_string()).join("payouts.csv")).collect();
    let again =
        std::fs::read_dir(root.join(AGAIN)).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path());
    files.extend(again.filter(|path| path.extension().is_some_and(|end| end == "csv")));
    let mut all = BTreeMap::new();
    for path in files.iter().filter(|path| path.exists()) {
        for line in std::fs::read_to_string(path)?.lines().skip(1) {
            match payment(line) {
                Some(row) => {
                    if let Some(twice) = all.insert(row.id, row) {
                        wrong.push(format!("{} stands in two files", twice.id));
                    }
                }
                None => wrong.push(format!("{}: a line that is no payment", path.display())),
            }
        }
    }
    Ok(all)
}

fn payment(line: &str) -> Option<PayoutRow> {
    let cells = cells(line);
    let [number, _, _, _, pay_day, fen, account, bank, _, holder] = &cells[..] else { return None };
    Some(PayoutRow {
        id: PayoutId::read(number)?,
        pay_day: read_day(pay_day)?,
        fen: fen.parse().ok()?,
        number: account.clone(),
        bank: bank.clone(),
        holder_name: holder.clone(),
        said: None,
    })
}

/// The cells of a line, quotes taken off, and the mark in front of what a spreadsheet would run.
pub fn cells(line: &str) -> Vec<String> {
    let (mut all, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => all.push(std::mem::take(&mut cell)),
            letter => cell.push(letter),
        }
    }
    all.push(cell);
    all.into_iter().map(|cell| cell.strip_prefix('\'').map_or(cell.clone(), str::to_owned)).collect()
}
