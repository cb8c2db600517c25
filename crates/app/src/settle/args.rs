//! The words of `slipway settle`, and what a person sees of the answers. All of it is asked of the running acquirer, over its local port.

use super::{DOOR, pain_002, show};
use crate::desk::Running;
use crate::say::{End, Say, many, yuan};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::io::Read;
use std::path::PathBuf;

/// Returns in one order: the port takes small bodies.
const RETURNS_MAX: usize = 50;

/// Arguments of `settle`.
#[derive(Args)]
pub struct SettleArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Settles closed days of a running network: payout file, statements, postings. Again, it changes nothing.
    Run(RunArgs),
    /// Holds money of a merchant's next payouts: a ground from the list, an end, two persons. Example: slipway settle hold 999290054110001 --amount 88.00 --ground chargeback --about 632700000002 --until 2026-12-20 --by "Li Lei" --checked "Han Mei" --dir ./net
    Hold(HoldArgs),
    /// Ends a hold before its time; what it held is in the next settlement. Example: slipway settle release 999290054110001 1 --by "Li Lei" --checked "Han Mei" --dir ./net
    Release(ReleaseArgs),
    /// How merchants' money stands: carried, held, reserved, returned. Example: slipway settle show --dir ./net
    Show(ShowArgs),
    /// Binds another account to a merchant, in the company's or its legal person's name; the number is read from standard input. Example: slipway settle account 999290054110001 --holder company --bank 105100000017 --by "Li Lei" --checked "Han Mei" --dir ./net
    Account(AccountArgs),
    /// Takes in what the bank sent back: an ISO 20022 pain.002. Again, it changes nothing. Example: slipway settle returned bank.xml --by "Li Lei" --dir ./net
    Returned(ReturnedArgs),
    /// Pays a return again, to the account bound now, because two persons say so. Example: slipway settle repay 20261127-999290054110001-01 --by "Li Lei" --checked "Han Mei" --dir ./net
    Repay(RepayArgs),
    /// Proves from records and files that money went to the merchants of record only, to the fen. Example: slipway settle check --dir ./net
    Check(Place),
}

#[derive(Args)]
struct Place {
    /// The folder of the running network, or of its acquirer running alone.
    #[arg(long, default_value = "slipway-network")]
    dir: PathBuf,
}

#[derive(Args)]
struct Two {
    /// Who orders it; stands in the record.
    #[arg(long, value_name = "NAME")]
    by: String,
    /// Who has checked it: another person.
    #[arg(long, value_name = "NAME")]
    checked: String,
}

#[derive(Args)]
struct RunArgs {
    /// Only up to this business day, YYYY-MM-DD (default: every closed day that is not done).
    #[arg(long)]
    day: Option<String>,
    #[command(flatten)]
    place: Place,
}

#[derive(Args)]
struct HoldArgs {
    /// The merchant number.
    merchant: String,
    /// How much is held at most, in yuan.
    #[arg(long, value_name = "YUAN")]
    amount: String,
    /// open-case, retrieval, chargeback, fraud-claim, risk-hit, registration or order.
    #[arg(long)]
    ground: String,
    /// The exchange in doubt, by its reference number: the first four grounds need one.
    #[arg(long, value_name = "REFERENCE", default_value = "")]
    about: String,
    /// What is in doubt, in yuan: the other grounds need it.
    #[arg(long, value_name = "YUAN", default_value = "")]
    doubt: String,
    /// Its last day, YYYY-MM-DD; then it ends by itself.
    #[arg(long, value_name = "DAY")]
    until: String,
    #[command(flatten)]
    two: Two,
    #[command(flatten)]
    place: Place,
}

#[derive(Args)]
struct ReleaseArgs {
    /// The merchant number.
    merchant: String,
    /// The number of the hold.
    no: u32,
    #[command(flatten)]
    two: Two,
    #[command(flatten)]
    place: Place,
}

#[derive(Args)]
struct ShowArgs {
    /// The merchant number (default: all merchants).
    #[arg(default_value = "")]
    merchant: String,
    #[command(flatten)]
    place: Place,
}

#[derive(Args)]
struct AccountArgs {
    /// The merchant number.
    merchant: String,
    /// company or legal-person.
    #[arg(long)]
    holder: String,
    /// The bank's line number, 12 digits.
    #[arg(long)]
    bank: String,
    /// First day on which money goes there, YYYY-MM-DD (default: the open day).
    #[arg(long, value_name = "DAY", default_value = "")]
    from: String,
    #[command(flatten)]
    two: Two,
    #[command(flatten)]
    place: Place,
}

#[derive(Args)]
struct ReturnedArgs {
    /// The bank's file.
    file: PathBuf,
    /// Who takes it in; stands in the record.
    #[arg(long, value_name = "NAME")]
    by: String,
    #[command(flatten)]
    place: Place,
}

#[derive(Args)]
struct RepayArgs {
    /// The number of the payout that came back.
    payout: String,
    #[command(flatten)]
    two: Two,
    #[command(flatten)]
    place: Place,
}

/// Asks the running network.
pub fn run(args: &SettleArgs, say: &Say) -> Result<(), End> {
    match &args.what {
        What::Run(args) => settled(args, say),
        What::Hold(args) => {
            let body = json!({
                "act": "hold", "merchant": args.merchant, "amount": args.amount, "ground": args.ground, "about": args.about,
                "doubt": args.doubt, "until": args.until, "by": args.two.by, "checked": args.two.checked,
            });
            let done = ask(&args.place, &body)?;
            tell(say, &done, |done| say.line(show::hold_line(&done["held"], say)));
            Ok(())
        }
        What::Release(args) => {
            let body = json!({
                "act": "release", "merchant": args.merchant, "no": args.no, "by": args.two.by, "checked": args.two.checked,
            });
            let done = ask(&args.place, &body)?;
            tell(say, &done, |done| say.line(show::hold_line(&done["released"], say)));
            Ok(())
        }
        What::Show(args) => {
            let done = ask(&args.place, &json!({"act": "show", "merchant": args.merchant}))?;
            tell(say, &done, |done| show::lines(done, say));
            Ok(())
        }
        What::Account(args) => account(args, say),
        What::Returned(args) => returned(args, say),
        What::Repay(args) => {
            let (by, checked) = (&args.two.by, &args.two.checked);
            let body = json!({"act": "repay", "payout": args.payout, "by": by, "checked": checked});
            let done = ask(&args.place, &body)?;
            tell(say, &done, |done| say.line(show::paid_line(&done["paid"])));
            Ok(())
        }
        What::Check(place) => proven(place, say),
    }
}

fn ask(place: &Place, body: &Value) -> Result<Value, End> {
    let running = Running::of(&place.dir).ok_or_else(|| {
        End::environment(
            "没有运行：请先启动（slipway up 或 slipway run acquirer）；已关账的日子启动后补做",
            "it is not running: start it first (slipway up or slipway run acquirer); closed days are made up for",
        )
    })?;
    running.post(DOOR, body)
}

fn tell(say: &Say, done: &Value, people: impl Fn(&Value)) {
    if say.json {
        say.document(done);
    } else {
        people(done);
    }
}

fn settled(args: &RunArgs, say: &Say) -> Result<(), End> {
    let done = ask(&args.place, &json!({"day": args.day}))?;
    tell(say, &done, |done| {
        for day in done["days"].as_array().into_iter().flatten() {
            let new = if day["written"] == "new" { say.both("新", "new") } else { say.both("未变", "as before") };
            say.line(format!("{}  {new}", day["day"].as_str().unwrap_or("?")));
            for merchant in day["merchants"].as_array().into_iter().flatten() {
                let (id, items) = (merchant["merchant"].as_str().unwrap_or("?"), &merchant["items"]);
                let [gross, fees, paid] = ["gross_fen", "fees_fen", "payable_fen"].map(|key| yuan(&merchant[key]));
                say.line(say.both(
                    &format!("  {id}  {items} 笔  {gross}  手续费 {fees}  应付 {paid} 元"),
                    &format!("  {id}  {}  {gross}  fees {fees}  to be paid {paid} yuan", many(items, "item", "items")),
                ));
            }
        }
        for one in done["aside"].as_array().into_iter().flatten() {
            say.line(show::aside_line(one, say));
        }
        if let Some(waits) = done["waits"].as_object() {
            say.line(say.both(waits["zh"].as_str().unwrap_or("?"), waits["en"].as_str().unwrap_or("?")));
        }
    });
    let aside = done["aside"].as_array().map_or(0, Vec::len);
    if aside > 0 {
        return Err(End::broken(
            format!("{aside} 项未能结算，其余已结算；排除原因后再次结算即可"),
            format!("{aside} could not be settled, all others were; once its ground is gone, the next run settles it"),
        ));
    }
    Ok(())
}

/// The number is typed and stands in no argument and no history: a legal person's account may be a card.
fn account(args: &AccountArgs, say: &Say) -> Result<(), End> {
    say.progress(say.both("账号：", "account number:"));
    let mut number = String::new();
    std::io::stdin().read_line(&mut number)?;
    let done = ask(
        &args.place,
        &json!({
            "act": "account", "merchant": args.merchant, "holder": args.holder, "bank": args.bank, "from": args.from,
            "number": number.trim(), "by": args.two.by, "checked": args.two.checked,
        }),
    )?;
    tell(say, &done, |done| {
        let text = |key: &str| done[key].as_str().unwrap_or("?").to_owned();
        let (account, holder, from, again) = (text("account"), text("holder"), text("from"), &done["paid_again"]);
        say.line(say.both(
            &format!("{account} {holder}，自 {from} 起；重付退汇 {again} 笔"),
            &format!("{account} {holder}, from {from} on; {again} returns are paid again"),
        ));
    });
    Ok(())
}

fn returned(args: &ReturnedArgs, say: &Say) -> Result<(), End> {
    let mut text = String::new();
    let mut file = std::fs::File::open(&args.file)?.take(pain_002::FILE_BYTES_MAX + 1);
    file.read_to_string(&mut text)?;
    if text.len() as u64 > pain_002::FILE_BYTES_MAX {
        return Err(End::usage("退汇文件超过 8 MB", "the file of returns is larger than 8 MB"));
    }
    let report = pain_002::read(&text)?;
    let mut told = Vec::new();
    let mut refused = 0;
    for back in report.back.chunks(RETURNS_MAX) {
        let body = json!({"act": "returned", "message": report.message, "by": args.by, "back": back});
        let done = ask(&args.place, &body)?;
        refused += done["refused"].as_u64().unwrap_or(0);
        told.extend(done["returned"].as_array().cloned().unwrap_or_default());
    }
    let done = json!({"message": report.message, "returned": told, "others": report.others, "refused": refused});
    tell(say, &done, |done| {
        for one in done["returned"].as_array().into_iter().flatten() {
            let (payout, code) = (one["payout"].as_str().unwrap_or("?"), one["code"].as_str().unwrap_or("?"));
            let why = &one["refused"];
            let word = say.both(why["zh"].as_str().unwrap_or("已入账"), why["en"].as_str().unwrap_or("posted"));
            say.line(format!("  {payout}  {}  {code}  {word}", yuan(&one["fen"])));
        }
    });
    if refused > 0 {
        return Err(End::broken(
            format!("{refused} 笔退汇与账目不符，未入账：请向银行查询"),
            format!("{refused} returns do not agree with the records and were not posted: ask the bank"),
        ));
    }
    Ok(())
}

fn proven(place: &Place, say: &Say) -> Result<(), End> {
    let done = ask(place, &json!({"act": "check"}))?;
    let wrong = done["wrong"].as_array().map_or(0, Vec::len);
    tell(say, &done, |done| {
        let (payouts, days, holds) = (&done["payouts"], &done["days"], &done["holds"]);
        say.line(say.both(
            &format!("{days} 个商户日、{payouts} 笔付款、{holds} 项暂缓；不符 {wrong} 处"),
            &format!(
                "{}, {}, {}; {wrong} wrong",
                many(days, "merchant day", "merchant days"),
                many(payouts, "payout", "payouts"),
                many(holds, "hold", "holds")
            ),
        ));
        for one in done["wrong"].as_array().into_iter().flatten() {
            say.line(format!("  {}", one.as_str().unwrap_or("?")));
        }
    });
    if wrong > 0 {
        return Err(End::broken("商户结算记录不符", "the records of merchants' money do not hold"));
    }
    Ok(())
}
