//! Every text the screen can show, made by the very functions that show it, with sample numbers: what `explain` looks through.
//! A test holds it against the functions themselves, so that no text is missing here.

use super::*;
use crate::line::{self, TABLE};
use crate::original::Refusal;
use crate::{Order, Original, Page, Settled, StaffAct, Standing, Totals};
use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use slipway_node::LineFault;
use slipway_terms::{
    Balance, BatchNo, Doubt, EntryMode, MerchantId, Moment, Outcome, Party, PayAgain, ResponseCode, Rrn, SHAPES, Short,
    Shut, Stan, State, TerminalId, Testimony, TillKey, judge,
};

/// The sample exchange, with numbers that nobody mistakes for real ones.
fn sample(kind: Kind, standing: Standing) -> Option<Exchange> {
    let key = TillKey {
        terminal: TERMINAL,
        merchant: MerchantId::new("000000000000000").ok()?,
        batch: BatchNo(1),
        stan: Stan::FIRST,
    };
    let about = Original {
        key: Some(key),
        amount: Some(AMOUNT),
        card: Some(TAIL),
        rrn: Rrn::new("000000000000").ok(),
        auth: None,
        date: None,
    };
    Some(Exchange {
        key,
        kind,
        amount: (kind != Kind::Balance).then_some(AMOUNT),
        card: TAIL,
        about: kind.shape().names_original.then(|| Box::new(about)),
        followers: Vec::new(),
        entry: EntryMode(21),
        expiry: None,
        operator: NO,
        allowed: None,
        sent_at: Moment(0),
        at: Moment(0),
        standing,
        code: None,
        rrn: Rrn::new("000000000000").ok(),
        auth: None,
        settlement: None,
        host_at: None,
        institutions: Short::EMPTY,
        slip: None,
        signed: None,
        uploaded: false,
        confirmed: None,
        case: None,
        handed: 0,
        second: None,
        chip: None,
    })
}

const AMOUNT: Amount = Amount::fen(8_800);
const TAIL: CardTail = CardTail { first6: 999_001, last4: 14, len: 16 };
const NO: OperatorNo = OperatorNo(1);

/// What the screen says to this answer code for a kind: what it means for the money, and what to do.
pub fn of_answer(kind: Kind, code: ResponseCode) -> Option<Show> {
    let exchange = |standing| sample(kind, standing).map(|exchange| Exchange { code: Some(code), ..exchange });
    Some(match code.outcome() {
        Outcome::Approved => approved(&exchange(Standing::Approved)?),
        Outcome::Declined(code) => declined(kind, code),
        Outcome::Doubt(why) => doubt(&exchange(Standing::Doubtful(why))?, why, line::row(LineFault::NoAnswer)),
    })
}

/// What became of an order to print a slip again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reprint {
    /// It prints.
    Prints,
    /// There is no such transaction, or it has no slip.
    NoSlip,
    /// The last transaction has no slip; an older one is offered and somebody must answer at the till.
    Offered,
    /// Nobody is signed in.
    NoOperator,
    /// The terminal is at work on something else.
    Busy,
}

/// What a screen says of an order to print again; `None`: it speaks of something else.
pub fn reprint(show: &Show) -> Option<Reprint> {
    let title = show.lines.first()?;
    let is = |of: Show| of.lines.first() == Some(title);
    let sale = sample(Kind::Sale, Standing::Approved)?;
    let no_slips = [Standing::Declined(ResponseCode::TOO_LATE), Standing::Sent]
        .into_iter()
        .chain([Standing::Reversed(Doubt::NoAnswer, ResponseCode::APPROVED)]);
    Some(match () {
        () if is(reprinting(&sale)) => Reprint::Prints,
        () if is(not_found(Stan::FIRST)) || is(nothing_to_print()) => Reprint::NoSlip,
        () if no_slips.filter_map(|standing| sample(Kind::Sale, standing)).any(|sale| is(no_slip(&sale))) => {
            Reprint::NoSlip
        }
        () if is(older_slip(&sale)) => Reprint::Offered,
        () if is(sign_in()) || is(operator("")) => Reprint::NoOperator,
        () if is(please_wait()) => Reprint::Busy,
        () => return None,
    })
}

/// Whether a screen asks for something without which the transaction at hand does not go on.
pub fn asks(show: &Show) -> bool {
    // Numbers, sums and stars are those of the moment.
    let plain = |text: &Text| -> String {
        text.zh.chars().filter(|c| !c.is_ascii_digit() && !matches!(c, '*' | '.' | ' ' | '-')).collect()
    };
    let ends = |show: &Show| Some((plain(show.lines.first()?), plain(show.lines.last()?)));
    show.pin_entry
        || (ends(show).is_some() && questions().unwrap_or_default().iter().any(|ask| ends(ask) == ends(show)))
}

/// The screens that ask.
fn questions() -> Option<Vec<Show>> {
    let sale = sample(Kind::Sale, Standing::Approved)?;
    let doubtful = sample(Kind::Sale, Standing::Doubtful(Doubt::NoAnswer))?;
    let mut all = Vec::from([
        operator(""),
        password(NO, 0),
        ceiling(AMOUNT),
        floor(AMOUNT),
        unreadable(),
        wrong_way(),
        too_short(),
        insert_chip(),
        no_key_entry(),
        wrong_number(),
        expired(),
        check_card(TAIL, Some(AMOUNT)),
        check_card(TAIL, None),
        twice(&sale, Moment(0)),
        twice(&doubtful, Moment(0)),
        why_again(),
        let_go(PayAgain::NoSlip, 0),
        older_slip(&sale),
        settle_sure(BatchNo(1)),
        ask_number(""),
        print_number(""),
        other_card(),
        key_the_card(),
        same_amount(AMOUNT),
        change_password(NO),
        new_password(NO, 0, false),
        new_password(NO, 0, true),
        offer(Kind::Refund, &sale),
    ]);
    for kind in kinds() {
        let exchange = sample(kind, Standing::Approved)?;
        let order = Order { about: exchange.about.as_deref().cloned(), amount: exchange.amount, ..Order::new(kind) };
        all.extend([amount(kind, AMOUNT), swipe(kind, Some(AMOUNT)), swipe(kind, None), too_much(kind, AMOUNT)]);
        all.extend([allow(kind, 0), may_not_allow(kind), voucher(kind, ""), reference(kind, "")]);
        all.extend([reference_date(kind, ""), confirm(&order), offer(kind, &sale)]);
    }
    Some(all)
}

/// Every screen, each text once.
pub fn all() -> Vec<Show> {
    let mut before: BTreeSet<Vec<Text>> = BTreeSet::new();
    let found = [at_the_keys(), at_the_menu(), on_the_wire(), afterwards(), about_originals(), of_the_staff()];
    found.into_iter().flatten().flatten().filter(|show| before.insert(show.lines.clone())).collect()
}

fn kinds() -> impl Iterator<Item = Kind> {
    SHAPES.iter().map(|shape| shape.kind)
}

fn at_the_keys() -> Option<Vec<Show>> {
    let first = sample(Kind::Sale, Standing::Approved)?;
    let mut all = Vec::from([
        sign_in(),
        operator(""),
        password(NO, 0),
        wrong_password(2),
        locked(),
        idle(),
        ceiling(AMOUNT),
        floor(AMOUNT),
        amount_first(),
        unreadable(),
        wrong_way(),
        too_short(),
        insert_chip(),
        no_key_entry(),
        wrong_number(),
        expired(),
        check_card(TAIL, Some(AMOUNT)),
        twice(&first, Moment(0)),
        twice(&sample(Kind::Sale, Standing::Doubtful(Doubt::NoAnswer))?, Moment(0)),
        twice(&sample(Kind::Sale, Standing::InCase(ResponseCode::TOO_LATE))?, Moment(0)),
        why_again(),
        pin(Some(AMOUNT), true),
        pin(Some(AMOUNT), false),
        blacklisted(),
    ]);
    all.extend(PayAgain::ALL.map(|reason| let_go(reason, 0)));
    for kind in kinds() {
        all.extend([amount(kind, AMOUNT), swipe(kind, Some(AMOUNT)), pin_needed(kind)]);
    }
    Some(all)
}

fn at_the_menu() -> Option<Vec<Show>> {
    let settled_so = |balanced, waiting| {
        settled(&Settled {
            terminal: TERMINAL,
            batch: BatchNo(1),
            stans: (None, None),
            own: Stan::FIRST,
            at: Moment(0),
            operator: NO,
            totals: Totals::default(),
            balanced,
            uploaded: 0,
            waiting,
        })
    };
    let pages = [Page::Main, Page::Hold, Page::Print, Page::Other, Page::Staff].map(menu);
    let mut all = Vec::from(pages);
    all.extend([
        settle_sure(BatchNo(1)),
        ask_number(""),
        print_number(""),
        fetching(),
        fetched(true),
        fetched(false),
        fetch_lost(),
        signing_off(),
        sign_off_lost(),
        signed_off(),
        settling(),
        batch_shut(Shut::Overdue, BatchNo(1), BatchNo(2)),
        batch_shut(Shut::Replaced, BatchNo(1), BatchNo(2)),
        settling_left(),
        handover_taken(),
        settle_not_begun(),
        settle_unfinished(),
        settled_so(true, 0),
        settled_so(false, 0),
        settled_so(false, 1),
        nothing_settled(),
        printing_details(1),
    ]);
    Some(all)
}

const TERMINAL: TerminalId = match TerminalId::new("00000000") {
    Ok(id) => id,
    Err(_) => panic!("eight zeros are a terminal number"),
};

fn on_the_wire() -> Option<Vec<Show>> {
    let told = |owed| balance(Some(Balance { account_type: 10, amount_type: 2, amount: AMOUNT, owed }));
    let mut all = Vec::from([
        please_wait(),
        cancelled(),
        vault_down(),
        chip_busy(),
        chip_refused(),
        chip_goes_online(),
        keys_used_up(),
        signing_on(true),
        signing_on(false),
        signed_on(BatchNo(1)),
        sign_on_lost(true),
        sign_on_lost(false),
        sign_on_keys_bad(),
        told(false),
        told(true),
        balance(None),
    ]);
    all.extend(TABLE.iter().flat_map(|row| [line_waiting(row), line_down(row)]));
    let codes = || ResponseCode::all().map(|row| row.code);
    all.extend(codes().map(sign_on_refused));
    for kind in kinds() {
        all.push(connecting(kind, Some(AMOUNT)));
        all.extend(codes().filter_map(|code| of_answer(kind, code)));
        for why in [Doubt::NoAnswer, Doubt::BadMac, Doubt::Contradiction, Doubt::Partial, Doubt::PowerCut] {
            let exchange = sample(kind, Standing::Doubtful(why))?;
            all.extend(
                [LineFault::NoAnswer, LineFault::LostWaiting].map(|lost| doubt(&exchange, why, line::row(lost))),
            );
        }
    }
    Some(all)
}

fn afterwards() -> Option<Vec<Show>> {
    let mut all = Vec::from([
        not_found(Stan::FIRST),
        nothing_to_print(),
        asking(Stan::FIRST),
        ask_lost(),
        ask_refused(None),
        nothing_to_ask(),
        reversal_waits(ResponseCode::MALFUNCTION, true),
        reversal_waits(ResponseCode::APPROVED, false),
    ]);
    // An inquiry has no slip and is never reversed, an advice is repeated instead.
    for kind in kinds().filter(|kind| kind.shape().reversible) {
        let exchange = sample(kind, Standing::Approved)?;
        all.extend([
            reversing(&exchange.key, 1),
            reversed(&exchange),
            reversal_failed(&exchange),
            in_case(&exchange, ""),
            reversal_pending(&exchange, true),
            reversal_pending(&exchange, false),
        ]);
    }
    for kind in kinds() {
        all.extend(verdicts(kind));
    }
    for kind in kinds().filter(|kind| *kind != Kind::Balance) {
        let exchange = sample(kind, Standing::Approved)?;
        let doubtful = Standing::Doubtful(Doubt::NoAnswer);
        all.extend([
            slip_not_printed(&exchange, true),
            slip_not_printed(&exchange, false),
            paper_fault(&exchange),
            page(&exchange, Short::cut("0123456789ABCDEFGHJKMNPQ")),
            older_slip(&exchange),
            reprinting(&exchange),
            no_slip(&sample(kind, Standing::Declined(ResponseCode::TOO_LATE))?),
            no_slip(&sample(kind, Standing::Reversed(Doubt::NoAnswer, ResponseCode::APPROVED))?),
            no_slip(&sample(kind, doubtful)?),
        ]);
    }
    Some(all)
}

/// What a question for the fate may bring, by what till and acquirer say.
fn verdicts(kind: Kind) -> Vec<Show> {
    use State::{Approved, Declined, NoRecord, Open, Tombstone, Undone, WillUndo};
    let ways = [
        (Approved, Approved),
        (WillUndo, Approved),
        (WillUndo, NoRecord),
        (Open, Open),
        (Declined, Declined),
        (Undone, Undone),
        (Undone, Tombstone),
        (NoRecord, NoRecord),
    ];
    let said = ways.into_iter().map(|(till, acquirer)| {
        let word = |party, state| Testimony {
            kind: Some(kind),
            amount: (kind != Kind::Balance).then_some(AMOUNT),
            ..Testimony::bare(party, Short::EMPTY, state)
        };
        judge(&[word(Party::Terminal, till), word(Party::Acquirer, acquirer)])
    });
    said.map(|said| verdict(Stan::FIRST, &said.sentence)).collect()
}

fn about_originals() -> Option<Vec<Show>> {
    let sale = sample(Kind::Sale, Standing::Approved)?;
    let mut all = Vec::from([
        advices_full(),
        same_amount(AMOUNT),
        other_card(),
        key_the_card(),
        offline_not_set(),
        offline_full(),
        no_batch(),
        batch_unproven(),
        approved_offline(&sample(Kind::OfflineSale, Standing::Approved)?),
        advice_stored(Stan::FIRST, Some(AMOUNT)),
        nothing_to_sign(),
        not_signed(&sale),
    ]);
    let refusals = [
        Refusal::NotHere,
        Refusal::OtherKind,
        Refusal::DoesNotStand,
        Refusal::Open(Stan::FIRST),
        Refusal::Voided,
        Refusal::Completed,
        Refusal::Adjusted,
        Refusal::Refunded,
        Refusal::OtherBatch,
        Refusal::TooOften,
    ];
    for kind in kinds() {
        let exchange = sample(kind, Standing::Approved)?;
        let order = Order { about: exchange.about.as_deref().cloned(), amount: exchange.amount, ..Order::new(kind) };
        all.extend([
            not_offered(kind),
            too_much(kind, AMOUNT),
            allow(kind, 0),
            may_not_allow(kind),
            signature(&exchange),
        ]);
        if kind.shape().names_original {
            all.extend([
                voucher(kind, ""),
                reference(kind, ""),
                reference_date(kind, ""),
                confirm(&order),
                offer(kind, &sale),
            ]);
            all.extend(refusals.map(|refusal| refused(kind, refusal)));
        }
        if kind.shape().is_advice() {
            let codes = ResponseCode::all().filter(|row| matches!(row.code.outcome(), Outcome::Declined(_)));
            all.extend(codes.map(|row| advice_refused(&exchange, row.code)));
        }
    }
    Some(all)
}

fn of_the_staff() -> Option<Vec<Show>> {
    let mut all = Vec::from([
        change_password(NO),
        new_password(NO, 0, false),
        new_password(NO, 0, true),
        password_too_short(4),
        passwords_differ(),
        same_password(),
        supervisor_only(),
        supervisor_locked(),
        administrator_waits(),
        administrator_sells_not(),
        staff_refused(NO, true),
        staff_refused(NO, false),
        trusted(NO, true),
        trusted(NO, false),
        staff_done(NO),
        retired(),
    ]);
    all.extend([StaffAct::Add, StaffAct::Remove, StaffAct::Reset, StaffAct::Trust].map(|act| staff_no(act, "")));
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_told_from_an_answer() {
        let sale = sample(Kind::Sale, Standing::Approved).unwrap();
        let asking = [
            swipe(Kind::Refund, Some(Amount::fen(1))),
            pin(None, true),
            amount(Kind::Sale, Amount::fen(7)),
            allow(Kind::SaleVoid, 4),
        ];
        assert!(asking.iter().all(asks));
        let told =
            [idle(), approved(&sale), signature(&sale), reversed(&sale), sign_in(), menu(Page::Main), signed_off()];
        for show in told {
            assert!(!asks(&show), "{:?}", show.lines);
        }
        assert_eq!(reprint(&reprinting(&sale)), Some(Reprint::Prints));
        assert_eq!(reprint(&not_found(Stan::FIRST)), Some(Reprint::NoSlip));
        assert_eq!((reprint(&sign_in()), reprint(&idle())), (Some(Reprint::NoOperator), None));
    }

    /// Every function that makes a screen is called here.
    #[test]
    fn no_screen_is_missing() {
        let own = include_str!("catalogue.rs");
        let files = [
            include_str!("mod.rs"),
            include_str!("after.rs"),
            include_str!("menu.rs"),
            include_str!("original.rs"),
            include_str!("settle.rs"),
            include_str!("staff.rs"),
            include_str!("wire.rs"),
        ];
        let mut made = 0;
        for line in files.iter().flat_map(|file| file.lines()).filter(|line| line.ends_with("-> Show {")) {
            let Some(name) = line.strip_prefix("pub(crate) fn ").and_then(|rest| rest.split('(').next()) else {
                continue;
            };
            assert!(own.contains(&alloc::format!("{name}(")) || own.contains(&alloc::format!("({name})")), "{name}");
            made += 1;
        }
        assert!(made > 90, "{made}");
        assert!(all().len() > made, "{}", all().len());
    }

    /// What stands on the screen stands there in both languages, and fits it.
    #[test]
    fn every_text_is_there_in_both_languages() {
        for line in all().iter().flat_map(|show| &show.lines) {
            assert!(!line.zh.trim().is_empty() && !line.en.trim().is_empty(), "{line:?}");
            let chinese = |text: &str| text.chars().any(|c| ('\u{4E00}'..='\u{9FFF}').contains(&c));
            assert!(!chinese(&line.en), "{line:?}");
            assert!(chinese(&line.zh) || line.zh == line.en, "{line:?}");
        }
    }
}
