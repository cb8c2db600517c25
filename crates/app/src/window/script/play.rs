//! Plays a script: one act after the other, each as soon as the terminal is at rest. A demonstration ends with the audit of
//! every ledger.

use super::clerk::{QUESTIONS_MAX, answer, asks_card, waits};
use super::read::{About, Script, Step};
use super::told::Told;
use super::words::{Tail, can_be_about};
use crate::audit::{audit, rows};
use crate::demo::stage::Seen;
use crate::say::{End, Say};
use crate::window::cards::Card;
use crate::window::place::Place;
use slipway_node::{Act, Named, Show};
use slipway_terminal::{Exchange, TerminalRow, screens};
use slipway_terms::{Amount, Kind};
use std::path::Path;

/// Plays all lines, then has the ledgers audited where they are at hand.
///
/// # Errors
/// 1 with the line's number: an expectation does not hold, or a wait had no end; 1 the rule does not hold; 3 a party stopped.
pub fn play(script: &Script, place: &mut Place, slips: Option<&Path>, say: &Say) -> Result<(), End> {
    let mut told = Told::new(script, slips, place.pages.clone(), say)?;
    let mut played = line_up(place);
    for (no, text, step) in &script.lines {
        if played.is_err() {
            break;
        }
        told.begins(*no, text);
        let mut player = Player { place, from: told.from };
        played = player.step(step).map_err(|end| at_line(script, *no, text, end));
        told.from = player.from;
        // What came on the way is told even where it ended badly.
        place.stage.drain();
        let shown = told.comes(&place.stage.seen);
        played = played.and(shown);
    }
    let may_ask = script.lines.iter().any(|(.., step)| matches!(step, Step::LeaveOpen));
    if played.is_ok() && !may_ask {
        played = Player { place, from: told.from }.asks_nothing(script);
    }
    if played.is_ok() {
        played = audited(place, &mut told);
    }
    told.ends(&played);
    played
}

/// The first act needs a line.
fn line_up(place: &mut Place) -> Result<(), End> {
    place.stage.until(0, "line", |seen| matches!(seen, Seen::Line(_, true)))
}

fn at_line(script: &Script, no: usize, text: &str, end: End) -> End {
    let (name, zh, en) = (&script.name, &end.text.zh, &end.text.en);
    let text = slipway_terms::Text::new(format!("{name}:{no}: {text}：{zh}"), format!("{name}:{no}: {text}: {en}"));
    End { text, ..end }
}

/// Waits until nothing is pending and audits every ledger, if the hosts are in this process.
fn audited(place: &mut Place, told: &mut Told<'_>) -> Result<(), End> {
    if place.stage.hosts.is_none() {
        return Ok(());
    }
    place.stage.faults.clear();
    place.stage.quiet(&place.till)?;
    let shown = told.comes(&place.stage.seen);
    let gone = || End::broken("有一方没有回答审计", "a party did not answer the audit");
    let hosts = place.stage.hosts.as_ref().ok_or_else(gone)?;
    let audit = audit(hosts, &[&place.till.bank]).ok_or_else(gone)?;
    let holds = audit.ledgers_zero && audit.rule_holds;
    told.audit(audit.ledgers_zero, audit.rule_holds, &audit.faults);
    if holds {
        return shown;
    }
    let faults = audit.faults.join("; ");
    Err(End::broken(format!("规则不成立：{faults}"), format!("the rule does not hold: {faults}")))
}

struct Player<'a> {
    place: &'a mut Place,
    /// What was seen since here belongs to the last act.
    from: usize,
}

impl Player<'_> {
    fn step(&mut self, step: &Step) -> Result<(), End> {
        match step {
            Step::Printer(state) => self.place.put_printer(*state),
            Step::Lose { answers, mti, times } => self.place.lose(*answers, *mti, *times),
            Step::LineGood => self.place.stage.faults.clear(),
            Step::Note | Step::LeaveOpen => {}
            Step::Quiet => return self.place.stage.quiet(&self.place.till),
            Step::WaitScreen(text) => return self.wait_screen(text),
            Step::Expect(text, wanted) => return self.expect(text, *wanted),
            act => return self.at_the_terminal(act),
        }
        Ok(())
    }

    fn at_the_terminal(&mut self, step: &Step) -> Result<(), End> {
        // Whatever the terminal was still doing when the line before ended is over now.
        self.rest()?;
        self.from = self.place.stage.place();
        match step {
            Step::Begin(kind, amount, about, tail) => self.begin(*kind, *amount, *about, tail)?,
            Step::Keys(keys) => keys.iter().for_each(|key| self.act(Act::Key(*key))),
            other => {
                let act = self.plain(other)?;
                self.act(act);
            }
        }
        self.rest()
    }

    /// Acts of the hand that need nothing but themselves.
    fn plain(&self, step: &Step) -> Result<Act, End> {
        Ok(match step {
            Step::SignIn(no, password) => Act::SignIn(*no, password.clone()),
            Step::Allow(no, password) => Act::Allow(*no, password.clone()),
            Step::Swipe(no) => {
                let stripe = self.card(*no)?.swipe();
                stripe.ok_or_else(|| End::broken("此卡没有磁条", "this card has no stripe"))?
            }
            Step::KeyCard(no) => self.card(*no)?.key(),
            Step::Chip(no, tap) => {
                let chip = self.place.chip(no - 1, *tap);
                chip.ok_or_else(|| End::broken("此卡没有芯片", "this card has no chip"))?
            }
            Step::Misread(read) => Act::Card(read.clone()),
            Step::Pin(pin) => Act::Pin(pin.clone()),
            Step::PayAgain(reason) => Act::PayAgain(*reason),
            Step::NotSigned => Act::NotSigned,
            Step::Sign(png) => Act::Signature(png.clone().into()),
            Step::Settle => Act::Settle,
            Step::SignOff => Act::SignOff,
            Step::Download => Act::Download,
            Step::Ask(stan) => Act::Ask(*stan),
            Step::Reprint(stan) => Act::Reprint(*stan),
            _ => return Err(End::broken("不是终端动作", "no act of a terminal")),
        })
    }

    fn card(&self, no: usize) -> Result<&Card, End> {
        self.place
            .cards
            .get(no - 1)
            .ok_or_else(|| End::broken(format!("没有第 {no} 张卡"), format!("there is no card {no}")))
    }

    fn act(&self, act: Act) {
        self.place.till.act(act);
    }

    /// A transaction; with a tail the clerk plays it to its end.
    fn begin(&mut self, kind: Kind, amount: Option<Amount>, about: Option<About>, tail: &Tail) -> Result<(), End> {
        if let Some(no) = tail.card {
            self.card(no)?;
        }
        let named = about.map(|about| self.named(kind, about)).transpose()?;
        self.act(Act::Begin(kind, amount, named));
        for _ in 0..QUESTIONS_MAX {
            self.rest()?;
            let shown = self.screen().cloned().unwrap_or_default();
            let chip = tail.card.zip(tail.chip).filter(|_| asks_card(&shown));
            let chip = chip.and_then(|(no, tap)| self.place.chip(no - 1, tap));
            match chip.or_else(|| answer(&shown, kind, tail, &self.place.cards)).filter(|_| tail.plays()) {
                Some(act) => self.act(act),
                None => break,
            }
        }
        Ok(())
    }

    fn named(&self, kind: Kind, about: About) -> Result<Named, End> {
        let last = match about {
            About::Voucher(stan) => return Ok(Named::Voucher(stan)),
            About::Reference(rrn, day) => return Ok(Named::Reference(rrn, day)),
            About::Last | About::LastReference => self.last(kind)?,
        };
        let day = last.host_at.unwrap_or(last.sent_at).month_day();
        match (about, last.rrn) {
            (About::LastReference, Some(rrn)) => Ok(Named::Reference(rrn, day)),
            (About::LastReference, None) => {
                Err(End::broken("最近一笔没有参考号", "the last one has no reference number"))
            }
            _ => Ok(Named::Voucher(last.key.stan)),
        }
    }

    /// The newest line of the terminal's journal that stands and that this kind can be about.
    fn last(&self, kind: Kind) -> Result<Exchange, End> {
        let all = rows::<TerminalRow>(&self.place.till.bank).ok_or_else(gone)?;
        let mine = all.into_iter().filter_map(|row| match row {
            TerminalRow::Exchange(exchange) if exchange.key.terminal == self.place.till.seat => Some(exchange),
            _ => None,
        });
        let fits = |line: &Exchange| can_be_about(kind, line.kind) && line.stands();
        let found = mine.filter(fits).max_by_key(|line| (line.sent_at, line.key.stan));
        found.ok_or_else(|| End::broken("流水中没有这样的原交易", "there is no such original in the journal"))
    }

    /// Waits until the terminal is at rest: everything handed to it is decided, its papers are out, and its screen asks
    /// nobody to wait.
    fn rest(&mut self) -> Result<(), End> {
        loop {
            self.place.decided().ok_or_else(gone)?;
            let from = self.place.stage.place();
            if !self.screen().is_some_and(waits) {
                return Ok(());
            }
            self.place.stage.until(from, "screen", |seen| matches!(seen, Seen::Screen(_)))?;
        }
    }

    fn screen(&self) -> Option<&Show> {
        self.place.stage.seen.iter().rev().find_map(|(_, seen)| match seen {
            Seen::Screen(show) => Some(show),
            _ => None,
        })
    }

    fn wait_screen(&mut self, text: &str) -> Result<(), End> {
        self.place.stage.drain();
        if self.screen().is_some_and(|show| shows(show, text)) {
            return Ok(());
        }
        let from = self.place.stage.place();
        let waited = self.place.stage.until(from, text, |seen| matches!(seen, Seen::Screen(show) if shows(show, text)));
        waited.map_err(|_| self.otherwise(&format!("没有等到“{text}”"), &format!("`{text}` was not shown in time")))
    }

    fn expect(&mut self, text: &str, wanted: bool) -> Result<(), End> {
        self.place.stage.drain();
        let since = self.place.stage.seen.get(self.from..).unwrap_or_default();
        let found = since.iter().any(|(_, seen)| match seen {
            Seen::Screen(show) => shows(show, text),
            Seen::Paper(_, _, paper) => paper.contains(text),
            Seen::Noticed(notice) => notice.text().zh.contains(text) || notice.text().en.contains(text),
            _ => false,
        });
        match (found, wanted) {
            (true, true) | (false, false) => Ok(()),
            (false, true) => Err(self.otherwise(&format!("没有“{text}”"), &format!("`{text}` did not come"))),
            (true, false) => Err(self.otherwise(&format!("出现了“{text}”"), &format!("`{text}` came"))),
        }
    }

    /// A script that ends half-way through a transaction has not shown what it was written for.
    fn asks_nothing(&mut self, script: &Script) -> Result<(), End> {
        self.rest()?;
        let Some((no, text, _)) = script.lines.last().filter(|_| self.screen().is_some_and(screens::asks)) else {
            return Ok(());
        };
        let end = self.otherwise(
            "脚本已结束，而终端还在等待操作（若有意如此，写一行 leave-open）",
            "the script ends and the terminal still asks (if that is meant, write a line `leave-open`)",
        );
        Err(at_line(script, *no, text, end))
    }

    /// Why an expectation does not hold, with what the screen says instead.
    fn otherwise(&self, zh: &str, en: &str) -> End {
        let lines = |pick: fn(&slipway_terms::Text) -> &str| {
            self.screen().map(|show| show.lines.iter().map(pick).collect::<Vec<_>>().join(" │ ")).unwrap_or_default()
        };
        End::broken(
            format!("{zh}；屏幕：{}", lines(|line| &line.zh)),
            format!("{en}; the screen says: {}", lines(|line| &line.en)),
        )
    }
}

fn gone() -> End {
    End::environment("终端已停止", "the terminal has stopped")
}

fn shows(show: &Show, text: &str) -> bool {
    show.lines.iter().any(|line| line.zh.contains(text) || line.en.contains(text))
}
