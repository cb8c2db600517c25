//! Plays the steps: says what to do, waits within the step's bound for what must come, and judges. Waiting is here and nowhere
//! else; what is right and wrong is in `judge`, `device` and `settle`.

use super::device::{Device, Heard, Move};
use super::exchange::{Answer, Exchange};
use super::judge::Judge;
use super::report::{Evidence, Played, Verdict};
use super::spoil::{Way, message, text};
use super::steps::{Do, Step, What};
use super::talk::{Line, Talk};
use super::tap::{Event, Frame, Tap};
use slipway_runtime::os::PacedClock;
use slipway_terms::{Kind, Text};
use std::sync::mpsc::Receiver;
use std::time::Duration;

/// Everything a step needs.
pub struct Script<'a> {
    /// The relay.
    pub tap: Tap,
    /// What it tells.
    pub events: &'a Receiver<Event>,
    /// The wall.
    pub clock: PacedClock,
    /// Single messages.
    pub judge: Judge,
    /// The device so far.
    pub device: Device,
    /// The person, or the program at the device.
    pub talk: Talk,
    /// Bound of a step.
    pub step_ms: u64,
    /// Somebody asked to stop.
    pub stopped: bool,
    /// Standard input has ended.
    pub deaf: bool,
}

/// Silence after which a step that has all it waits for is over: late doubles and false reversals would come within it.
const LINGER_MS: u64 = 2_000;
/// How long what is on its way may still take after somebody said "done".
const GRACE_MS: u64 = 1_000;
/// How long the question after the slips waits for somebody.
const SLIPS_MS: u64 = 20_000;

/// A step while it plays.
struct Turn {
    step: &'static Step,
    next: usize,
    /// Which exchange answers which act.
    paid: Vec<(usize, Do)>,
    /// Sign-on or echo that waits for its answer.
    waiting: Option<What>,
    faults: Vec<Text>,
    evidence: Vec<Evidence>,
    heard_anything: bool,
    done: bool,
}

impl Script<'_> {
    /// Plays one step to its verdict.
    pub fn play(&mut self, step: &'static Step) -> Played {
        self.tap.arm(step.inject);
        self.talk.step(step);
        let mut turn = Turn {
            step,
            next: 0,
            paid: Vec::new(),
            waiting: None,
            faults: Vec::new(),
            evidence: Vec::new(),
            heard_anything: false,
            done: false,
        };
        let skipped = self.listen(&mut turn);
        let verdict = match skipped {
            Some(reason) => {
                // Its doubts are no later step's fault.
                let _ = self.device.left(step.no);
                Verdict::Skipped(reason)
            }
            None if !turn.heard_anything && !turn.done => Verdict::NotReached,
            None if self.stopped && turn.faults.is_empty() => Verdict::NotReached,
            None => self.verdict(&mut turn),
        };
        let played = Played { step, verdict, evidence: turn.evidence };
        self.talk.verdict(&played);
        played
    }

    /// Until all is there and quiet, the time is over, or somebody says so. Some reason: skipped.
    fn listen(&mut self, turn: &mut Turn) -> Option<String> {
        let mut deadline = self.now() + self.step_ms;
        loop {
            let whole = turn.complete(&self.device);
            if whole && turn.done {
                return None;
            }
            let now = self.now();
            let left = deadline.saturating_sub(now);
            let wait = if whole { left.min(LINGER_MS) } else { left };
            match self.events.recv_timeout(Duration::from_millis(wait)) {
                Ok(Event::Frame(frame)) => self.frame(turn, &frame),
                Ok(Event::Rubbish) => {
                    turn.fault("收到的不是报文（长度不对）", "what came is no frame (its length is wrong)")
                }
                Ok(Event::Line(up)) => turn.evidence.push(Evidence::line(now, up)),
                Ok(Event::Said(said)) => match Line::of(&said) {
                    Line::Done => {
                        turn.done = true;
                        deadline = deadline.min(self.now() + GRACE_MS);
                    }
                    Line::Skip(reason) => return Some(reason),
                    Line::Quit => {
                        self.stopped = true;
                        return None;
                    }
                    Line::Number(_) | Line::Other => {}
                },
                Ok(Event::Deaf) => self.deaf = true,
                Err(_) => return None,
            }
        }
    }

    fn frame(&mut self, turn: &mut Turn, frame: &Frame) {
        let read = message(&frame.bytes);
        let mut faults = Vec::new();
        match (frame.way, &read) {
            (Way::Up, read) => {
                turn.heard_anything = true;
                faults.extend(self.judge.faults(frame));
                if let Some(read) = read {
                    let (moved, more) = self.device.up(read, turn.step.no, turn.step.reasons);
                    faults.extend(more);
                    faults.extend(turn.moved(moved, &self.device));
                }
            }
            (Way::Down, Some(read)) => {
                let heard = self.device.down(read, frame.deed);
                faults.extend(turn.heard(heard, &text(read, 39), &self.device));
            }
            // Garbled: nothing reached the device.
            (Way::Down, None) => {}
        }
        let evidence = Evidence::frame(frame, &faults);
        self.talk.frame(&evidence);
        turn.evidence.push(evidence);
        turn.faults.extend(faults);
    }

    /// How many slips somebody counted. What the device sends meanwhile is judged as before.
    fn slips(&mut self, turn: &mut Turn) -> Option<usize> {
        let pays = turn.step.acts.iter().any(|act| act.kind().is_some_and(|kind| kind != Kind::Balance));
        if !pays || self.deaf || self.stopped {
            return None;
        }
        self.talk.ask_slips(turn.step);
        let deadline = self.now() + SLIPS_MS;
        loop {
            let left = deadline.saturating_sub(self.now());
            match self.events.recv_timeout(Duration::from_millis(left)) {
                Ok(Event::Frame(frame)) => self.frame(turn, &frame),
                Ok(Event::Said(said)) => match Line::of(&said) {
                    Line::Number(count) => return Some(count),
                    Line::Other => {}
                    Line::Quit => {
                        self.stopped = true;
                        return None;
                    }
                    Line::Done | Line::Skip(_) => return None,
                },
                Ok(Event::Deaf) => {
                    self.deaf = true;
                    return None;
                }
                Ok(Event::Line(_) | Event::Rubbish) => {}
                Err(_) => return None,
            }
        }
    }

    fn verdict(&mut self, turn: &mut Turn) -> Verdict {
        let said = self.slips(turn);
        for act in &turn.step.acts[turn.next.min(turn.step.acts.len())..] {
            if act.what != What::PowerCut {
                let (zh, en) = act.words();
                turn.fault(&format!("没有等到：{zh}"), &format!("did not come: {en}"));
            }
        }
        if turn.waiting.is_some() {
            turn.fault("签到或回响没有应答", "no answer to the sign-on or echo");
        }
        let left = self.device.left(turn.step.no);
        turn.faults.extend(left);
        let mine = |one: &&Exchange| one.step == turn.step.no;
        let sends = self.device.exchanges.iter().filter(mine).map(|one| one.sends).max().unwrap_or(0);
        if turn.faults.is_empty() && sends < turn.step.sends {
            let need = turn.step.sends;
            turn.fault(
                &format!("冲正发了{sends}次，应至少{need}次"),
                &format!("the reversal was sent {sends} times, not {need}"),
            );
        }
        let approved = |one: &&Exchange| mine(one) && one.answer == Answer::Approved && one.kind != Kind::Balance;
        let slips = self.device.exchanges.iter().filter(approved).count();
        if let Some(said) = said.filter(|said| *said != slips) {
            turn.fault(
                &format!("打印了{said}张签购单，应为{slips}张"),
                &format!("{said} slips were printed, not {slips}"),
            );
        }
        if turn.faults.is_empty() { Verdict::Passed } else { Verdict::Failed(std::mem::take(&mut turn.faults)) }
    }

    fn now(&self) -> u64 {
        self.clock.nanos() / 1_000_000
    }
}

impl Turn {
    fn fault(&mut self, zh: &str, en: &str) {
        self.faults.push(Text::new(zh, en));
    }

    /// The next act that shows on the wire.
    fn awaited(&mut self) -> Option<Do> {
        while self.step.acts.get(self.next).is_some_and(|act| act.what == What::PowerCut) {
            self.next += 1;
        }
        self.step.acts.get(self.next).copied()
    }

    fn complete(&mut self, device: &Device) -> bool {
        self.awaited().is_none() && self.waiting.is_none() && device.quiet(self.step.no)
    }

    /// Takes a move of the device; what does not fit the step is wrong.
    fn moved(&mut self, moved: Move, device: &Device) -> Option<Text> {
        let awaited = self.awaited();
        match moved {
            Move::Pay(at) => {
                let one = device.exchanges.get(at)?;
                let fits = |act: &Do| act.kind() == Some(one.kind) && (act.fen == one.fen || one.kind == Kind::Balance);
                if let Some(act) = awaited.filter(fits) {
                    self.next += 1;
                    self.paid.push((at, act));
                    return None;
                }
                // A device may send by itself again what it was told to sign on for.
                let again = self.paid.last().filter(|(_, act)| fits(act) && matches!(act.code, "A0" | "77")).copied();
                if let Some((_, act)) = again {
                    self.paid.push((at, Do { code: "00", ..act }));
                    return None;
                }
                let (zh, en) = one.words();
                Some(Text::new(format!("此步骤不应有：{zh}"), format!("not part of this step: {en}")))
            }
            Move::SignOn | Move::Echo => {
                let what = if moved == Move::SignOn { What::SignOn } else { What::Echo };
                self.next += usize::from(awaited.is_some_and(|act| act.what == what));
                self.waiting = Some(what);
                None
            }
            Move::Settle => {
                self.next += usize::from(awaited.is_some_and(|act| act.what == What::Settle));
                None
            }
            Move::Aside => None,
        }
    }

    fn heard(&mut self, heard: Heard, code: &str, device: &Device) -> Option<Text> {
        let refused = |what: (&str, &str)| {
            (code != "00")
                .then(|| Text::new(format!("{}被答{code}", what.0), format!("{} was answered {code}", what.1)))
        };
        match heard {
            Heard::SignedOn => {
                self.waiting = self.waiting.filter(|what| *what != What::SignOn);
                refused(("签到", "the sign-on"))
            }
            Heard::Echoed => {
                self.waiting = self.waiting.filter(|what| *what != What::Echo);
                refused(("回响测试", "the echo test"))
            }
            Heard::Paid(at) => {
                let (_, act) = self.paid.iter().find(|(exchange, _)| *exchange == at)?;
                let (zh, en) = device.exchanges.get(at)?.words();
                let want = act.code;
                (!want.is_empty() && want != code).then(|| {
                    Text::new(format!("{zh}被答{code}，应为{want}"), format!("{en} was answered {code}, not {want}"))
                })
            }
            Heard::Nothing => None,
        }
    }
}
