//! `slipway archive` and `slipway verify`: slips found and shown from the acquirer's archive, their signed pages, what is over.
//! Every question leaves a line in `inquiries.jsonl`, as those of `trace` do.

pub mod door;
pub mod expiry;
mod gate;
pub mod picture;
pub mod sealed;
pub mod settings;
pub mod shelf;

use crate::desk::{self, Running, network_folder};
use crate::inquiry::Log;
use crate::network::{clock_mark::now_in, keys, sample};
use crate::say::{End, Say};
use clap::{Args, Subcommand};
use sealed::{Layout, Paper, Verdict};
use serde_json::{Value, json};
use settings::Settings;
use shelf::{Shelf, Shown, Sought};
use slipway_node::Hand;
use slipway_runtime::os::{Control, Handle, Pace, PacedClock};
use slipway_slip::{Columns, escpos, pdf, png, render, svg};
use slipway_store::{EmbeddedStore, Setup};
use slipway_terms::{Amount, BusinessDate, Copy, InstitutionId, Moment, Rrn, TerminalId};
use slipway_vault::{SigningKey, Signs};
use std::path::{Path, PathBuf};

/// Where a running network is asked.
pub const DOOR: &str = "/api/v1/archive";

/// Arguments of `archive`.
#[derive(Args)]
#[command(after_help = "Example: slipway archive show 632700000002 --dir ./net")]
pub struct ArchiveArgs {
    #[command(subcommand)]
    what: What,
    /// The network's folder.
    #[arg(long, default_value = "slipway-network", global = true)]
    dir: PathBuf,
}

#[derive(Subcommand)]
enum What {
    /// Finds slips: by reference number; by amount, day and card; by terminal.
    Find {
        /// The reference number on the slip.
        #[arg(long)]
        rrn: Option<String>,
        /// The amount on the slip, in yuan.
        #[arg(long, requires_all = ["date", "last4"])]
        amount: Option<String>,
        /// The day on the slip, 2026-11-24.
        #[arg(long)]
        date: Option<String>,
        /// The last four digits of the card.
        #[arg(long)]
        last4: Option<String>,
        /// The terminal; with --date only that day's slips.
        #[arg(long, conflicts_with = "amount")]
        terminal: Option<String>,
    },
    /// Shows the slip of a reference number, marked as printed again from the archive.
    Show {
        /// The reference number.
        rrn: String,
        /// As what: text, svg, png, pdf, escpos, or the signed html page.
        #[arg(long = "as", default_value = "text", value_parser = ["text", "svg", "png", "pdf", "escpos", "html"])]
        form: String,
        /// Into this file; png, pdf, escpos and html need one.
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Makes a page of a slip and says where it is.
    Page {
        /// The reference number.
        rrn: String,
    },
    /// Removes slips whose time is over, now and not at the end of the day.
    Expire,
    /// The public key that pages are checked with.
    Key,
}

/// Arguments of `verify`.
#[derive(Args)]
pub struct VerifyArgs {
    /// The page, as it was served or as a browser saved it.
    file: PathBuf,
    /// The acquirer's public key: 64 hexadecimal digits, or a file with them.
    #[arg(long)]
    key: String,
}

/// The key that signs pages of a network's acquirer.
pub fn key(network: &Path, acquirer: InstitutionId) -> Result<SigningKey, End> {
    let vault = keys::open(&network.join("acquirer"))?;
    vault.signing_key(Signs::Slips, &acquirer).map_err(|_| {
        End::environment(
            "密钥库没有收单行的令牌密钥，无法签章",
            "the vault lacks the acquirer's token key: no page can be sealed",
        )
    })
}

fn text<'b>(body: &'b Value, name: &str) -> Option<&'b str> {
    body[name].as_str()
}

fn bad(what: &slipway_terms::BadShape) -> End {
    End::usage(format!("查询条件有误：{what}"), format!("not a key: {what}"))
}

fn sought(body: &Value) -> Result<Sought, End> {
    let date = text(body, "date").map(BusinessDate::parse).transpose().map_err(|what| bad(&what))?;
    if let Some(rrn) = text(body, "rrn") {
        return Rrn::new(rrn).map(Sought::Rrn).map_err(|what| bad(&what));
    }
    if let (Some(amount), Some(last4), Some(date)) = (desk::amount(body)?, text(body, "last4"), date) {
        let four = last4.len() == 4 && last4.bytes().all(|b| b.is_ascii_digit());
        let last4 = last4.parse().ok().filter(|_| four);
        let last4 =
            last4.ok_or_else(|| End::usage("卡号末四位为4位数字", "the end of a card number is four digits"))?;
        return Ok(Sought::Dated(date, amount, last4));
    }
    let terminal = text(body, "terminal").ok_or_else(|| {
        End::usage(
            "请给出 --rrn；或 --amount、--date 和 --last4；或 --terminal",
            "give --rrn; or --amount, --date and --last4; or --terminal",
        )
    })?;
    TerminalId::new(terminal).map(|id| Sought::Terminal(id, date)).map_err(|what| bad(&what))
}

/// Finds for an asker, and writes down who asked.
fn find(shelf: &dyn Shelf, log: &Log, body: &Value, now: Moment) -> Result<Vec<Shown>, End> {
    let found = shelf::find(shelf, &sought(body)?)?;
    let said = found.first().map(|shown| json!(shown.evidence)).unwrap_or_default();
    log.note(now, text(body, "asker").unwrap_or("local port"), body, found.len(), &said)?;
    Ok(found)
}

/// What a running acquirer answers: `{"op":"find"|"page"|"expire", …}`.
pub fn answer(acquirer: &Handle, network: &Path, log: &Log, body: &Value, now: Moment) -> Result<Value, End> {
    let settings = Settings::of(network)?;
    if text(body, "op") == Some("expire") {
        return expiry::run(acquirer, network, settings.keeping, now);
    }
    let mut found = find(acquirer, log, body, now)?;
    if text(body, "op") == Some("page")
        && let Some(shown) = found.first().filter(|shown| shown.slip.is_some())
    {
        acquirer.tell(Control::Hand(Hand::SlipPage(shown.till)));
        expiry::settled(acquirer);
        found = shelf::shown(acquirer, shown.till)?.into_iter().collect();
    }
    let url = |shown: &Shown| shown.page.map(|(code, _)| format!("{}{code}", settings.page_url));
    let urls: Vec<_> = found.iter().map(url).collect();
    Ok(json!({"found": found, "urls": urls}))
}

/// Asks the running network, or reads the store of a stopped one.
fn ask(dir: &Path, mut body: Value) -> Result<Value, End> {
    body["asker"] = json!(crate::counter::asker());
    // The whole network in one process, or the acquirer in its own.
    if let Some(running) = Running::of(dir).or_else(|| Running::of(&dir.join("acquirer"))) {
        return running.post(DOOR, &body);
    }
    network_folder(dir)?;
    if body["op"] != "find" {
        return Err(End::environment(
            "收单行没有运行：先执行 slipway up 或 slipway run acquirer",
            "the acquirer is not running: start slipway up, or slipway run acquirer",
        ));
    }
    let clock = PacedClock::start(Pace::REAL);
    let store = EmbeddedStore::open(&dir.join("acquirer").join("store"), Setup::new(move || clock.nanos()))?;
    Ok(json!({"found": find(&store, &Log::of(dir)?, &body, now_in(dir))?}))
}

fn found_of(value: &Value) -> Result<Vec<Shown>, End> {
    let wrong = |error: serde_json::Error| End::environment(error.to_string(), error.to_string());
    serde_json::from_value(value["found"].clone()).map_err(wrong)
}

fn none() -> End {
    End::broken("存档中没有：请核对查询条件", "not in the archive: check what was asked")
}

/// `slipway archive`.
pub fn run(args: &ArchiveArgs, say: &Say) -> Result<(), End> {
    match &args.what {
        What::Find { rrn, amount, date, last4, terminal } => {
            let body =
                json!({"op": "find", "rrn": rrn, "amount": amount, "date": date, "last4": last4, "terminal": terminal});
            let value = ask(&args.dir, body)?;
            let found = found_of(&value)?;
            if say.json {
                say.document(&value);
            } else {
                found.iter().for_each(|shown| say.line(line(shown)));
            }
            if found.is_empty() { Err(none()) } else { Ok(()) }
        }
        What::Show { rrn, form, out } => {
            let value = ask(&args.dir, json!({"op": "find", "rrn": rrn}))?;
            let shown = found_of(&value)?.into_iter().next().ok_or_else(none)?;
            show(&args.dir, &shown, form, out.as_deref(), say)
        }
        What::Page { rrn } => {
            let value = ask(&args.dir, json!({"op": "page", "rrn": rrn}))?;
            let shown = found_of(&value)?.into_iter().next().ok_or_else(none)?;
            let Some((code, until)) = shown.page else {
                return Err(End::broken(
                    "没有该签购单的存档，无法生成页面",
                    "no copy of this slip is archived: it has no page",
                ));
            };
            if say.json {
                say.document(&value);
            } else {
                say.line(value["urls"][0].as_str().unwrap_or_default());
                let short = code.as_str().get(..8).unwrap_or_default();
                say.line(format!(
                    "{} {short}  {} {until}",
                    say.both("短码", "short code"),
                    say.both("有效期至", "opens until")
                ));
            }
            Ok(())
        }
        What::Expire => {
            let done = ask(&args.dir, json!({"op": "expire"}))?;
            if say.json {
                say.document(&done);
            } else {
                let (before, removed, kept) = (&done["over_before"], &done["removed"], &done["kept_as_evidence"]);
                say.line(say.both(
                    &format!("{before} 之前的签购单：删除 {removed}，因未了事项保留 {kept}"),
                    &format!("slips of days before {before}: {removed} removed, {kept} kept as evidence"),
                ));
            }
            Ok(())
        }
        What::Key => {
            network_folder(&args.dir)?;
            let public = key(&args.dir, sample::ACQUIRER)?.public();
            let hex = slipway_iso8583::hex(&public).to_lowercase();
            if say.json {
                say.document(&json!({"key": hex, "fingerprint": sealed::fingerprint(&public)}));
            } else {
                say.line(hex);
            }
            Ok(())
        }
    }
}

fn line(shown: &Shown) -> String {
    let (rrn, card, amount, name, at) = match (&shown.slip, &shown.record) {
        (Some(slip), _) => {
            let shape = slip.transaction.shape();
            let rrn = slip.rrn.map(|rrn| rrn.to_string()).unwrap_or_default();
            (
                rrn,
                slip.card.to_string(),
                slip.amount.to_string(),
                format!("{}/{}", shape.zh, shape.en),
                slip.at.to_string(),
            )
        }
        (None, Some(record)) => {
            let amount = record.amount_minor.map(|minor| Amount::fen(minor).to_string()).unwrap_or_default();
            (record.rrn.clone(), record.card.clone(), amount, record.name.clone(), record.at.to_string())
        }
        (None, None) => Default::default(),
    };
    format!("{}  {rrn:12}  {at:19}  {amount:>10}  {card}  {name}  {}", shown.till.terminal, shown.evidence)
}

/// The slip, or what can be said without one: our own record, which proves no slip (rules 9).
fn show(dir: &Path, shown: &Shown, form: &str, out: Option<&Path>, say: &Say) -> Result<(), End> {
    if say.json {
        say.document(&json!(shown));
        return Ok(());
    }
    let Some(slip) = &shown.slip else {
        let record = shown.record.as_ref().ok_or_else(none)?;
        say.line("交易记录副本 TRANSACTION RECORD COPY");
        say.line("非凭证，不证明签购单存在 NO VOUCHER, NO EVIDENCE THAT A SLIP EXISTED");
        for (zh, en, value) in [
            ("商户编号", "merchant", record.merchant.to_string()),
            ("终端编号", "terminal", record.terminal.to_string()),
            ("交易类型", "kind", record.name.clone()),
            ("参考号", "reference", record.rrn.clone()),
            ("卡号", "card", record.card.clone()),
            ("金额", "amount", record.amount_minor.map_or_else(String::new, |minor| Amount::fen(minor).to_string())),
            ("时间", "time", record.at.to_string()),
            ("状态", "state", record.stage.clone()),
        ] {
            say.line(format!("  {zh} {en}: {value}"));
        }
        return Ok(());
    };
    let mut slip = slip.clone();
    slip.reprint = true;
    slip.remarks.push("收单行存档 FROM THE ACQUIRER'S ARCHIVE".into());
    slip.remarks.push(sealed::signature_word(&slip, shown.signed.map(|(signed, _)| signed)));
    let lines = render(&slip, Copy::Cardholder, Columns::C32);
    let bytes = match form {
        "svg" => svg(&lines).into_bytes(),
        "png" => png(&lines)?,
        "pdf" => pdf(&lines),
        "escpos" => escpos(&lines),
        "html" => {
            let paper = Paper::of(shown).ok_or_else(none)?;
            let key = key(dir, sample::ACQUIRER)?;
            sealed::page(&paper, &sample::ACQUIRER, now_in(dir), &key, Layout::Alone).into_bytes()
        }
        _ => format!("{lines}").into_bytes(),
    };
    match out {
        Some(path) => std::fs::write(path, bytes)?,
        None if matches!(form, "text" | "svg") => say.line(String::from_utf8_lossy(&bytes).trim_end()),
        None => return Err(End::usage("请用 --out 指明文件", "name a file with --out")),
    }
    if shown.contradicted.is_some() {
        say.progress(say.both(
            "注意：同一凭证号后来又上送过内容不同的签购单",
            "beware: another slip was handed in later under this number",
        ));
    }
    Ok(())
}

/// `slipway verify`: 0 genuine, 1 changed, 2 another key or no slip at all.
pub fn verify(args: &VerifyArgs, say: &Say) -> Result<(), End> {
    let html = std::fs::read(&args.file)
        .map_err(|error| End::usage(format!("无法读取：{error}"), format!("cannot read it: {error}")))?;
    let html = String::from_utf8_lossy(&html);
    let given = std::fs::read_to_string(&args.key).unwrap_or_else(|_| args.key.clone());
    let public = slipway_iso8583::from_hex(given.trim()).filter(|key| key.len() == slipway_vault::PUBLIC_BYTES);
    let public = public.ok_or_else(|| End::usage("公钥为64位十六进制数字", "a public key is 64 hexadecimal digits"))?;
    let verdict = sealed::verify(&html, &public);
    if say.json {
        let (word, parts, paper) = match &verdict {
            Verdict::Genuine(_, _, paper) => ("genuine", Vec::new(), Some(paper)),
            Verdict::Changed(parts) => ("changed", parts.clone(), None),
            Verdict::OtherKey(_) => ("other_key", Vec::new(), None),
            Verdict::NoSlip => ("no_slip", Vec::new(), None),
        };
        let lines = paper.map(|paper| paper.lines.iter().map(|(line, _)| line).collect::<Vec<_>>());
        say.document(&json!({
            "verdict": word, "changed": parts, "lines": lines, "signature": paper.map(|paper| &paper.word),
            "picture": paper.map(|paper| paper.picture.is_some()),
        }));
    }
    match verdict {
        Verdict::Genuine(acquirer, issued, paper) => {
            if !say.json {
                say.line(say.both(
                    &format!("真实：收单行 {acquirer} 于 {issued} 签章"),
                    &format!("genuine: sealed by acquirer {acquirer} at {issued}"),
                ));
                // What counts is what was sealed, and not what somebody saw in a browser.
                paper.lines.iter().for_each(|(line, _)| say.line(line));
                say.line(&paper.word);
            }
            Ok(())
        }
        Verdict::Changed(parts) => {
            if parts == ["page"] {
                return Err(End::broken(
                    "已被改动：page（签章内容之外的页面与签发的不符，显示的内容不可信；保存时请选“仅 HTML”）",
                    "changed: page (around what is sealed it is not the page that was issued: do not believe what it shows; save it as \"HTML only\")",
                ));
            }
            let parts = parts.join(", ");
            Err(End::broken(format!("已被改动：{parts}"), format!("changed: {parts}")))
        }
        Verdict::OtherKey(named) => Err(End::usage(
            format!("不是用此密钥签章的（页面所称密钥 {named}）"),
            format!("not sealed under this key (the page names {named})"),
        )),
        Verdict::NoSlip => Err(End::usage("不是电子签购单", "this is no page of a slip")),
    }
}
