//! The report: what was seen, masked, and what it means. It says on top that it is an interoperability report of Slipway and no
//! certification of any scheme. Nothing unmasked enters it.

use super::exchange::kind_of;
use super::ledger::Books;
use super::spoil::{Way, message, text};
use super::steps::Step;
use super::tap::Frame;
use serde_json::{Value, json};
use slipway_iso8583::{Reveal, Shown, UNIONPAY_POS, Wrapped, meaning, show_bytes};
use slipway_terms::{Lang, Text};

/// The first line of every report.
pub const NAME: (&str, &str) = (
    "小票之路 互通测试报告——不是任何卡组织的认证",
    "Slipway interoperability report — no certification of any card scheme",
);

/// How a step ended.
#[derive(Debug)]
pub enum Verdict {
    /// All came as it must.
    Passed,
    /// What is wrong.
    Failed(Vec<Text>),
    /// Why.
    Skipped(String),
    /// The script ended before.
    NotReached,
}

impl Verdict {
    /// 中文, English, for programs.
    pub const fn words(&self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Passed => ("通过", "passed", "passed"),
            Self::Failed(_) => ("未通过", "FAILED", "failed"),
            Self::Skipped(_) => ("跳过", "skipped", "skipped"),
            Self::NotReached => ("未进行", "not reached", "not_reached"),
        }
    }

    /// Why.
    pub fn reasons(&self) -> Vec<Text> {
        match self {
            Self::Failed(faults) => faults.clone(),
            Self::Skipped(reason) => vec![Text::new(reason, reason)],
            Self::Passed | Self::NotReached => Vec::new(),
        }
    }
}

/// One thing seen in a step.
#[derive(Debug)]
pub struct Evidence {
    ms: u64,
    arrow: &'static str,
    what: (String, String),
    /// Masked.
    shown: Option<Shown>,
    /// What is wrong with it.
    faults: Vec<Text>,
}

impl Evidence {
    /// The line of the device came or went.
    pub fn line(ms: u64, up: bool) -> Self {
        let (zh, en) =
            if up { ("终端已连接", "the device connected") } else { ("线路断开", "its line went down") };
        Self { ms, arrow: "·", what: (zh.into(), en.into()), shown: None, faults: Vec::new() }
    }

    /// A message.
    pub fn frame(frame: &Frame, faults: &[Text]) -> Self {
        let arrow = if frame.way == Way::Up { "T → A" } else { "T ← A" };
        let (mut zh, mut en) = match message(&frame.bytes) {
            Some(read) => {
                let mti = String::from_utf8_lossy(&read.mti()).into_owned();
                let named = meaning::mti(&mti);
                let field = |n: u8, before: &str| {
                    if read.has(n) { format!("{before}{}", text(&read, n)) } else { String::new() }
                };
                let sum = read.number(4).map_or_else(String::new, |fen| format!(" {}.{:02}", fen / 100, fen % 100));
                let rest = format!("{sum}{}{} 60={}", field(11, " #"), field(39, " 39="), text(&read, 60));
                let other = named.map_or(("", ""), |name| (name.zh, name.en));
                let name = kind_of(&read).map_or(other, |kind| (kind.shape().zh, kind.shape().en));
                (format!("{mti} {}{rest}", name.0), format!("{mti} {}{rest}", name.1))
            }
            None => ("无法解析的报文".into(), "a message that cannot be read".into()),
        };
        if let Some(deed) = frame.deed {
            let words = deed.words();
            zh.push_str(&format!("  ✂ {}", words.0));
            en.push_str(&format!("  ✂ {}", words.1));
        }
        let shown = show_bytes(Some(&UNIONPAY_POS), Some(Wrapped::Header), &frame.bytes, Reveal::Masked, false);
        Self { ms: frame.ms, arrow, what: (zh, en), shown: shown.ok(), faults: faults.to_vec() }
    }

    /// One line.
    pub fn line_in(&self, lang: Lang) -> String {
        let what = if lang == Lang::Zh { &self.what.0 } else { &self.what.1 };
        format!("{:>7}.{:03} {:<5} {what}", self.ms / 1_000, self.ms % 1_000, self.arrow)
    }

    fn dump(&self, lang: Lang) -> Vec<String> {
        self.shown.as_ref().map(|shown| shown.lines(lang)).unwrap_or_default()
    }

    fn json(&self) -> Value {
        json!({
            "ms": self.ms, "way": self.arrow, "zh": self.what.0, "en": self.what.1, "dump": self.dump(Lang::En), "faults": texts(&self.faults),
        })
    }
}

/// One step as played.
#[derive(Debug)]
pub struct Played {
    /// The step.
    pub step: &'static Step,
    /// How it ended.
    pub verdict: Verdict,
    /// What was seen.
    pub evidence: Vec<Evidence>,
}

/// The whole report.
pub struct Report {
    /// F41 and F42 of the device.
    pub device: (String, String),
    /// What the person called it.
    pub label: String,
    /// When, Beijing time.
    pub date: String,
    /// Every chosen step.
    pub steps: Vec<Played>,
    /// What the ledgers say.
    pub books: Books,
}

fn texts(all: &[Text]) -> Value {
    all.iter().map(|text| json!({ "zh": text.zh, "en": text.en })).collect()
}

impl Report {
    fn count(&self, word: &str) -> usize {
        self.steps.iter().filter(|played| played.verdict.words().2 == word).count()
    }

    /// Every step that ran passed, and at least one ran; the books hold.
    pub fn holds(&self) -> bool {
        self.count("failed") == 0 && self.count("passed") > 0 && self.books.hold()
    }

    /// For programs.
    pub fn json(&self) -> Value {
        let step = |played: &Played| {
            let evidence: Vec<Value> = played.evidence.iter().map(Evidence::json).collect();
            json!({
                "no": played.step.no, "name": played.step.name, "title": {"zh": played.step.zh, "en": played.step.en},
                "verdict": played.verdict.words().2, "reasons": texts(&played.verdict.reasons()), "evidence": evidence,
            })
        };
        let booked: Vec<Value> = self
            .books
            .exchanges
            .iter()
            .map(|one| {
                json!({
                    "step": one.step, "exchange": {"zh": one.words.0, "en": one.words.1}, "holds": one.holds(),
                    "slip_fen": one.slip_fen, "debit_fen": one.debit_fen, "credit_fen": one.credit_fen,
                })
            })
            .collect();
        json!({
            "report": {"zh": NAME.0, "en": NAME.1}, "slipway": env!("CARGO_PKG_VERSION"), "certification": false,
            "device": {"terminal": self.device.0, "merchant": self.device.1, "label": self.label}, "date": self.date,
            "steps": self.steps.iter().map(step).collect::<Vec<_>>(),
            "ledger": {"rule_holds": self.books.hold(), "exchanges": booked, "faults": texts(&self.books.faults)},
            "summary": {
                "passed": self.count("passed"), "failed": self.count("failed"), "skipped": self.count("skipped"),
                "not_reached": self.count("not_reached"), "holds": self.holds(),
            },
        })
    }

    /// For people. Messages of a failed step are shown whole (masked), of others as one line.
    pub fn text(&self, lang: Lang) -> String {
        let both = |zh: &'static str, en: &'static str| if lang == Lang::Zh { zh } else { en };
        let mut out = vec![
            both(NAME.0, NAME.1).to_owned(),
            format!("slipway {}", env!("CARGO_PKG_VERSION")),
            format!("{}: {} {} {}", both("终端", "device"), self.device.0, self.device.1, self.label),
            format!("{}: {}", both("日期", "date"), self.date),
        ];
        for played in &self.steps {
            let words = played.verdict.words();
            let (title, verdict) = (both(played.step.zh, played.step.en), both(words.0, words.1));
            out.push(String::new());
            out.push(format!("{:>2} {title}: {verdict}", played.step.no));
            out.extend(played.verdict.reasons().iter().map(|reason| format!("   ! {}", reason.get(lang))));
            for seen in &played.evidence {
                out.push(format!("   {}", seen.line_in(lang)));
                out.extend(seen.faults.iter().map(|fault| format!("        ! {}", fault.get(lang))));
                if matches!(played.verdict, Verdict::Failed(_)) {
                    out.extend(seen.dump(lang).iter().map(|line| format!("        {line}")));
                }
            }
        }
        out.push(String::new());
        out.extend(self.summary(lang));
        out.join("\n") + "\n"
    }

    /// The last lines: ledgers and counts.
    pub fn summary(&self, lang: Lang) -> Vec<String> {
        let both = |zh: &'static str, en: &'static str| if lang == Lang::Zh { zh } else { en };
        let holds = both(
            if self.books.hold() { "成立" } else { "不成立" },
            if self.books.hold() { "holds" } else { "DOES NOT HOLD" },
        );
        let name = both(
            "主机账目（每笔：签购单＝持卡人净扣款＝商户净入账）",
            "ledgers of the hosts (per exchange: slip = net debit = net credit)",
        );
        let mut out = vec![format!("{name}: {holds}")];
        out.extend(self.books.faults.iter().map(|fault| format!("   ! {}", fault.get(lang))));
        for one in self.books.exchanges.iter().filter(|one| !one.holds()) {
            let words = if lang == Lang::Zh { &one.words.0 } else { &one.words.1 };
            let (slip, debit, credit) = (one.slip_fen, one.debit_fen, one.credit_fen);
            out.push(match lang {
                Lang::Zh => format!("   ! 步骤{} {words}：签购单{slip}分，扣款{debit}分，入账{credit}分", one.step),
                Lang::En => {
                    format!("   ! step {} {words}: slip {slip}, debit {debit}, credit {credit} (fen)", one.step)
                }
            });
        }
        let (passed, failed) = (self.count("passed"), self.count("failed"));
        let (skipped, rest) = (self.count("skipped"), self.count("not_reached"));
        out.push(match lang {
            Lang::Zh => format!("通过{passed}，未通过{failed}，跳过{skipped}，未进行{rest}"),
            Lang::En => format!("{passed} passed, {failed} failed, {skipped} skipped, {rest} not reached"),
        });
        out
    }
}
