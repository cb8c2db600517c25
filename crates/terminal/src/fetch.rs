//! Errands of management, one at a time: sign-off, echo, status, and the downloads (parameters, card blacklist, chip tables). No
//! number is used by what has none on the wire; what comes is kept only when it is whole.

use crate::seat::Seat;
use crate::{Blacklist, ChipTables, Parameters, Timer, Work, download_lists, screen};
use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;
use slipway_terms::{Message, Moment, Mti, ResponseCode, Short, TerminalId, Till60};

/// Answers that one loop may take; a host that never ends it is left.
const ANSWERS_MAX: u16 = 400;

/// One errand.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Task {
    /// 签退.
    SignOff,
    /// 回响测试.
    Echo,
    /// 状态上送.
    Status,
    /// Parameters of the acquirer.
    Parameters,
    /// They were taken.
    ParametersEnd,
    /// Card-number prefixes that are not served.
    Blacklist,
    /// Which keys of certificate authorities there are.
    CaList,
    /// One of them.
    CaKey,
    /// All were taken.
    CaEnd,
    /// Which chip applications there are.
    ChipList,
    /// Parameters of one.
    Chip,
    /// All were taken.
    ChipEnd,
}

impl Task {
    const ALL: [Self; 12] = [
        Self::SignOff,
        Self::Echo,
        Self::Status,
        Self::Parameters,
        Self::ParametersEnd,
        Self::Blacklist,
        Self::CaList,
        Self::CaKey,
        Self::CaEnd,
        Self::ChipList,
        Self::Chip,
        Self::ChipEnd,
    ];

    /// Request type and 60.3.
    const fn code(self) -> (u16, u16) {
        match self {
            Self::SignOff => (820, 2),
            Self::Echo => (820, 301),
            Self::Status => (820, 362),
            Self::Parameters => (800, 360),
            Self::ParametersEnd => (800, 361),
            Self::Blacklist => (800, 390),
            Self::CaList => (820, 372),
            Self::CaKey => (800, 370),
            Self::CaEnd => (800, 371),
            Self::ChipList => (820, 382),
            Self::Chip => (800, 380),
            Self::ChipEnd => (800, 381),
        }
    }
}

/// The errand that an answer is of, by its type and 60.3; `None` for a sign-on or an inquiry of fate.
pub(crate) fn task_of(message: &Message) -> Option<Task> {
    let code = message.till60?.management?;
    Task::ALL.into_iter().find(|task| (task.code().0 + 10, task.code().1) == (message.mti.0, code))
}

/// A round of errands, with what came so far.
#[derive(Clone)]
pub struct Fetch {
    /// What the errand on the wire is; nothing before the first.
    pub task: Option<Task>,
    /// Sends, so that a timer knows its own.
    pub sends: u32,
    /// Entries of the loop that were received.
    pub got: u16,
    /// Something was refused or not answered.
    pub failed: bool,
    prefixes: Vec<Short<19>>,
    open: Vec<Box<[u8]>>,
    tables: ChipTables,
}

impl Fetch {
    const fn of(terminal: TerminalId) -> Self {
        Self {
            task: None,
            sends: 0,
            got: 0,
            failed: false,
            prefixes: Vec::new(),
            open: Vec::new(),
            tables: ChipTables::of(terminal),
        }
    }
}

impl Seat<'_, '_> {
    /// The whole round: status, parameters, blacklist, chip tables.
    pub fn download(&mut self) {
        self.errand(Task::Status);
        if self.note.fetch.is_some() {
            self.show(screen::fetching());
        }
    }

    /// The day's end.
    pub fn sign_off(&mut self) {
        self.errand(Task::SignOff);
        if self.note.work == Some(Work::Fetch(Task::SignOff)) {
            self.show(screen::signing_off());
        }
    }

    /// Begins an errand, if nothing else is on the wire.
    pub fn errand(&mut self, task: Task) {
        if self.note.work.is_some() || self.note.order.is_some() {
            return self.show(screen::please_wait());
        }
        if self.note.line == Some(false) {
            return self.show(screen::line_down(self.line_fault()));
        }
        self.note.dialog = crate::Dialog::Idle;
        self.note.fetch = Some(Fetch::of(self.id));
        self.run_errand(task);
    }

    fn run_errand(&mut self, task: Task) {
        let Some(mut fetch) = self.note.fetch.take() else { return };
        let (mti, code) = task.code();
        let mut message = self.signed(Message::new(Mti(mti)));
        message.till60 = Some(Till60::management(self.till.batch, code));
        message.private62 = self.field62(task, &fetch).map(Into::into);
        if task == Task::SignOff {
            message.stan = Some(self.take_stan());
        }
        fetch.task = Some(task);
        fetch.sends += 1;
        let to = self.host();
        self.d.send(to, message, None);
        self.due(self.answer_ms(), Timer::FetchDue(self.id, fetch.sends));
        self.note.work = Some(Work::Fetch(task));
        self.note.fetch = Some(fetch);
    }

    fn field62(&self, task: Task, fetch: &Fetch) -> Option<Vec<u8>> {
        match task {
            // Our own text: serial, batch, reversals and advices that are stored.
            Task::Status => Some(
                format!(
                    "{:8}{}{:03}{:03}",
                    self.profile.serial,
                    self.till.batch,
                    self.till.pending.len().min(999),
                    self.till.advices.len().min(999)
                )
                .into_bytes(),
            ),
            Task::Blacklist => Some(format!("{:03}", fetch.got).into_bytes()),
            Task::CaList | Task::ChipList => Some(format!("1{:02}", fetch.got % 100).into_bytes()),
            Task::CaKey | Task::Chip => fetch.open.first().map(|entry| entry.to_vec()),
            _ => None,
        }
    }

    /// No answer to an errand.
    pub fn fetch_due(&mut self, sends: u32) {
        let Some(task) = self.note.fetch.as_ref().filter(|fetch| fetch.sends == sends).and_then(|fetch| fetch.task)
        else {
            return;
        };
        if self.note.work != Some(Work::Fetch(task)) {
            return;
        }
        self.off_wire(Work::Fetch(task));
        self.note.fetch = None;
        match task {
            Task::Echo => self.d.count("echo not answered"),
            Task::SignOff => self.show(screen::sign_off_lost()),
            _ => self.show(screen::fetch_lost()),
        }
        self.proceed();
    }

    /// 0810 or 0830 of an errand.
    pub fn heard_fetch(&mut self, task: Task, message: &Message) {
        let same = message.terminal == Some(self.id) && message.merchant == Some(self.profile.merchant);
        if self.note.work != Some(Work::Fetch(task)) || !same {
            return self.d.count("late answer");
        }
        self.off_wire(Work::Fetch(task));
        let taken = message.code == Some(ResponseCode::APPROVED);
        let body = message.private62.as_deref().unwrap_or_default();
        if let Some(fetch) = self.note.fetch.as_mut() {
            fetch.failed |= !taken && task != Task::ParametersEnd;
        }
        match self.took(task, taken, body) {
            Some(next) => self.run_errand(next),
            None => {
                self.note.fetch = None;
                self.proceed();
            }
        }
    }

    /// Keeps what an answer brings; the errand that follows.
    fn took(&mut self, task: Task, taken: bool, body: &[u8]) -> Option<Task> {
        match task {
            Task::Echo => None,
            Task::SignOff => {
                self.signed_off(taken);
                None
            }
            Task::Status => Some(Task::Parameters),
            Task::Parameters => {
                if let Some(parameters) = Parameters::read(body).filter(|_| taken) {
                    self.till.parameters = parameters;
                    return Some(Task::ParametersEnd);
                }
                Some(Task::Blacklist)
            }
            Task::ParametersEnd => Some(Task::Blacklist),
            Task::Blacklist => Some(self.took_prefixes(taken, body)),
            Task::CaList | Task::ChipList => self.took_list(task, taken, body),
            Task::CaKey | Task::Chip => self.took_entry(task, taken, body),
            Task::CaEnd => Some(Task::ChipList),
            Task::ChipEnd => self.fetched(),
        }
    }

    fn took_prefixes(&mut self, taken: bool, body: &[u8]) -> Task {
        let Some(fetch) = self.note.fetch.as_mut() else { return Task::CaList };
        let read = download_lists::prefixes(body).filter(|_| taken);
        let Some(more) = read else {
            fetch.failed = true;
            return Task::CaList;
        };
        fetch.got = fetch.got.saturating_add(u16::try_from(more.len()).unwrap_or(u16::MAX));
        let goes_on = body.first() == Some(&b'2') && !more.is_empty() && fetch.got <= ANSWERS_MAX;
        fetch.prefixes.extend(more);
        if goes_on {
            return Task::Blacklist;
        }
        fetch.got = 0;
        let prefixes = core::mem::take(&mut fetch.prefixes);
        // Whole, and only now: an interrupted download leaves the old list in force.
        self.d.put(&self.id, Blacklist { terminal: self.id, prefixes });
        Task::CaList
    }

    fn took_list(&mut self, task: Task, taken: bool, body: &[u8]) -> Option<Task> {
        let fetch = self.note.fetch.as_mut()?;
        let entries = download_lists::entries(body.get(1..).unwrap_or_default(), task == Task::CaList);
        if taken {
            fetch.got = fetch.got.saturating_add(u16::try_from(entries.len()).unwrap_or(u16::MAX));
            let goes_on = body.first() == Some(&b'2') && !entries.is_empty() && fetch.got <= ANSWERS_MAX;
            fetch.open.extend(entries);
            if goes_on {
                return Some(task);
            }
        }
        fetch.got = 0;
        match (fetch.open.is_empty(), task) {
            (false, Task::CaList) => Some(Task::CaKey),
            (false, _) => Some(Task::Chip),
            (true, Task::CaList) => Some(Task::ChipList),
            (true, _) => self.fetched(),
        }
    }

    fn took_entry(&mut self, task: Task, taken: bool, body: &[u8]) -> Option<Task> {
        let fetch = self.note.fetch.as_mut()?;
        if !fetch.open.is_empty() {
            fetch.open.remove(0);
        }
        if taken {
            let table = if task == Task::CaKey { &mut fetch.tables.ca_keys } else { &mut fetch.tables.applications };
            table.push(body.into());
        }
        match (fetch.open.is_empty(), task) {
            (false, _) => Some(task),
            (true, Task::CaKey) => Some(Task::CaEnd),
            (true, _) => Some(Task::ChipEnd),
        }
    }

    fn fetched(&mut self) -> Option<Task> {
        let fetch = self.note.fetch.take()?;
        if !fetch.tables.ca_keys.is_empty() || !fetch.tables.applications.is_empty() {
            self.d.put(&self.id, fetch.tables);
        }
        self.tell(screen::fetched(!fetch.failed));
        None
    }

    fn signed_off(&mut self, taken: bool) {
        if !taken {
            return self.show(screen::sign_off_lost());
        }
        self.till.signed_on = false;
        self.note.operator = None;
        self.note.signing = None;
        self.show(screen::signed_off());
    }

    /// Sets the echo anew, if this terminal sends any.
    pub fn arm_echo(&mut self) {
        if self.config().times.echo_ms > 0 {
            let due = self.at.plus_ms(self.config().times.echo_ms);
            self.note.echo = Some(due);
            self.d.due(due, Timer::EchoDue(self.id, due));
        }
    }

    /// Nobody has spoken on the line for a while: is it alive?
    pub fn echo_due(&mut self, due: Moment) {
        if self.note.echo != Some(due) {
            return;
        }
        self.arm_echo();
        let idle = self.note.work.is_none() && self.note.order.is_none() && self.note.dialog == crate::Dialog::Idle;
        if idle && self.till.signed_on && self.note.line != Some(false) && !self.settles() {
            self.errand(Task::Echo);
        }
    }
}
