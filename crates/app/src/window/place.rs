//! Where the terminal stands: in a demonstration of its own, at a seat of a network's folder, or alone before an acquirer that
//! runs elsewhere. In all three it is opened by the functions that `up` and `run terminals` use.

use super::TerminalArgs;
use super::cards::{self, Card};
use super::profile::Profile;
use crate::archive::settings::{PAGE_URL, Settings};
use crate::demo::stage::{self, Stage};
use crate::demo::till::Till;
use crate::desk::{BANK, Running};
use crate::network::{keys, open, sample};
use crate::proxy::{self, Rule};
use crate::run::PartyConfig;
use crate::say::End;
use slipway_node::{Act, CardRead, Question};
use slipway_runtime::os::PacedClock;
use slipway_slip::Columns;
use slipway_slip::printer::{Fault, SimPrinter};
use slipway_terms::TerminalId;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The terminal of a demonstration: in the hotel, which may key cards and take orders.
const DEMO_SEAT: usize = 2;
/// How long the acquirer is looked for before the window opens.
const REACH: Duration = Duration::from_secs(3);

/// The printer's states.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PaperState {
    /// New roll, cover shut.
    Good,
    /// A fault that its status tells, or its sensor notices.
    Faulty(Fault),
    /// Blank paper that nobody notices: no sensor looks at it.
    Blank,
}

/// One terminal with all that lies around it.
pub struct Place {
    /// What happens is seen here; in a demonstration also the hosts.
    pub stage: Stage,
    /// The terminal.
    pub till: Till,
    /// Its printer.
    pub printer: Arc<Mutex<SimPrinter>>,
    /// The cards at hand.
    pub cards: Vec<Card>,
    /// Width of the paper.
    pub columns: Columns,
    /// In whose shop it stands.
    pub merchant: String,
    /// What stands before the code of a slip's page.
    pub pages: String,
    /// The line goes through a proxy: messages can be lost on it.
    pub proxied: bool,
    /// Operator and password, where they are published.
    pub operator: Option<&'static str>,
    /// Taken away at the end.
    _folder: Option<tempfile::TempDir>,
}

/// Takes the place that the arguments name. A script can lose messages, so its line goes through a proxy.
///
/// # Errors
/// 2 wrong use, 3 the host or the folder cannot be reached.
pub fn take(args: &TerminalArgs, scripted: bool) -> Result<Place, End> {
    let (mut cards, columns, printer) = (cards::tray(args.cards.as_deref())?, args.columns(), stage::printer());
    let counters = (!args.demo()).then(|| args.dir.join("chips.json"));
    let with = |stage: Stage, till, cards: Vec<Card>, merchant: &str, proxied, operator, folder| {
        if let Ok(mut slot) = stage.slot.lock() {
            let chips = cards.iter().enumerate().filter_map(|(at, card)| Some((at, card.chip.clone()?)));
            slot.fill(chips, counters);
        }
        let (printer, merchant) = (Arc::clone(&printer), merchant.into());
        let pages = Settings::of(&args.dir).map_or_else(|_| PAGE_URL.to_owned(), |settings| settings.page_url);
        Place { stage, till, printer, cards, columns, merchant, pages, proxied, operator, _folder: folder }
    };
    let hotel = sample::merchant_of(DEMO_SEAT).name;
    if args.demo() {
        let folder = tempfile::Builder::new().prefix("slipway-terminal-").tempdir()?;
        let stage = Stage::set(folder.path(), DEMO_SEAT, args.pace())?;
        let till = stage.place_till(DEMO_SEAT, &printer, columns)?;
        cards::personalise(&mut cards, folder.path());
        return Ok(with(stage, till, cards, hotel, true, Some("01 / 0000"), Some(folder)));
    }
    if let Some(seat) = args.seat {
        let index = usize::try_from(seat).unwrap_or(usize::MAX);
        let (config, clock) = network_of(args)?;
        // `--connect` names another address, not another way of speaking.
        let tls = config.as_ref().map(|config| config.way("terminals")).transpose()?.and_then(|way| way.tls);
        let acquirer = reach(args.connect.as_deref().or(config.and_then(|config| config.dial).as_deref()))?;
        // A proxy loses frames, and under TLS there are none to see.
        let proxied = scripted && tls.is_none();
        let id = sample::terminal(index);
        let opening = open::bank(&args.dir, BANK, &[(id, index)], clock, None)?;
        let stage = Stage::before(acquirer, &args.dir, clock, proxied)?.speaking(tls);
        let till = stage.open_till(opening, BANK, id, &printer, columns).map_err(seat_taken)?;
        cards::personalise(&mut cards, &args.dir);
        return Ok(with(stage, till, cards, sample::merchant_of(index).name, proxied, None, None));
    }
    let clock = PacedClock::start(args.pace());
    let acquirer = reach(args.connect.as_deref())?;
    let (profile, id) = set_up(args)?;
    let opening = open::lone(&args.dir, &profile.seat, clock, &profile.password)?;
    let home = args.profile.as_deref().and_then(Path::parent).unwrap_or(Path::new(""));
    let tls = profile.tls.as_ref().map(|tls| tls.caller(home, "acquirer")).transpose()?;
    let proxied = scripted && tls.is_none();
    let stage = Stage::before(acquirer, &args.dir, clock, proxied)?.speaking(tls);
    let till = stage.open_till(opening, BANK, id, &printer, columns)?;
    Ok(with(stage, till, cards, profile.seat.merchant_name.as_str(), proxied, None, None))
}

/// The folder's own word on where the acquirer is and how fast the clock runs.
fn network_of(args: &TerminalArgs) -> Result<(Option<PartyConfig>, PacedClock), End> {
    let dir = args.dir.display();
    let about = std::fs::read(args.dir.join("network.json")).ok();
    let about: serde_json::Value = about.and_then(|bytes| serde_json::from_slice(&bytes).ok()).ok_or_else(|| {
        End::usage(
            format!("{dir} 不是小票之路的网络目录：请先执行 slipway init --dir {dir}"),
            format!("{dir} is not a Slipway network folder: run slipway init --dir {dir} first"),
        )
    })?;
    let seats = about["terminals"].as_u64().unwrap_or(0);
    if u64::from(args.seat.unwrap_or(0)) > seats {
        return Err(End::usage(format!("{dir} 只有 {seats} 个席位"), format!("{dir} has seats 1 to {seats} only")));
    }
    if Running::of(&args.dir).is_some() {
        return Err(End::usage(
            "该网络正由 slipway up 运行，终端在它那里；请用 slipway init 和 slipway run 各方，或 slipway terminal --demo",
            "`slipway up` runs this network and its terminals; use slipway init and slipway run for the parties, or slipway terminal --demo",
        ));
    }
    let file = args.dir.join("terminals.toml");
    let config = if file.exists() { Some(PartyConfig::read(&file)?) } else { None };
    let clock = match &config {
        Some(config) if args.pace.is_none() => config.clock()?,
        _ => PacedClock::start(args.pace()),
    };
    Ok((config, clock))
}

/// A seat whose store is held by somebody else, or is not there.
fn seat_taken(end: End) -> End {
    End {
        text: slipway_terms::Text::new(
            format!("{}；席位须存在，且 slipway run terminals 不得同时运行", end.text.zh),
            format!("{}; the seat must be there, and slipway run terminals must not run meanwhile", end.text.en),
        ),
        ..end
    }
}

/// Where the acquirer listens, if it does.
fn reach(addr: Option<&str>) -> Result<SocketAddr, End> {
    let name = addr.ok_or_else(|| End::usage("请给出 --connect 地址", "give --connect ADDR"))?;
    let found = name.to_socket_addrs().ok().and_then(|mut all| all.next());
    let at = found.ok_or_else(|| {
        End::usage(format!("{name} 不是可用的地址（应为 主机:端口）"), format!("{name} is no address (host:port)"))
    })?;
    TcpStream::connect_timeout(&at, REACH).map(|_| at).map_err(|error| {
        End::environment(
            format!("无法连接收单行 {at}：{error}；请先启动它（slipway up 或 slipway run acquirer）；没有交易受影响"),
            format!("the acquirer at {at} cannot be reached: {error}; start it first (slipway up, or slipway run acquirer); no payment is affected"),
        )
    })
}

/// The profile, and at the first start the terminal's own vault.
fn set_up(args: &TerminalArgs) -> Result<(Profile, TerminalId), End> {
    let path = args.profile.as_deref().ok_or_else(|| {
        End::usage(
            "请给出 --profile 文件（样本：slipway terminal --print-profile），或用 --dir 和 --seat",
            "give a --profile FILE (slipway terminal --print-profile prints one), or --dir and --seat",
        )
    })?;
    let profile = Profile::read(path)?;
    let id = profile.seat.terminal;
    let mark = args.dir.join("terminal.id");
    match std::fs::read_to_string(&mark) {
        Ok(before) if before == id.as_str() => return Ok((profile, id)),
        Ok(before) => {
            let dir = args.dir.display();
            return Err(End::usage(
                format!("{dir} 属于终端 {before}：请换一个 --dir"),
                format!("{dir} belongs to terminal {before}: give another --dir"),
            ));
        }
        Err(_) => {}
    }
    let tmk = profile.tmk.ok_or_else(|| {
        End::usage("首次启动需要 tmk：请写入 --profile 文件", "the first start needs `tmk` in the --profile file")
    })?;
    let home = args.dir.join("terminals");
    if home.exists() {
        // A network's own terminals, or a set-up that was interrupted: slips and stored reversals may lie in it.
        let home = home.display();
        return Err(End::environment(
            format!("{home} 已存在，但不是 slipway terminal 建立的；未改动任何内容，请换一个 --dir"),
            format!("{home} is there and was not made by slipway terminal; nothing was changed, give another --dir"),
        ));
    }
    keys::make_lone(&args.dir, id, &tmk)?;
    std::fs::write(&mark, id.as_str())?;
    Ok((profile, id))
}

impl Place {
    /// Puts the printer into a state. A person who mends it puts in a good one.
    pub fn put_printer(&self, state: PaperState) {
        let Ok(mut printer) = self.printer.lock() else { return };
        match state {
            PaperState::Good => *printer = SimPrinter::new(),
            PaperState::Faulty(fault) => printer.arm(fault),
            PaperState::Blank => {
                *printer = SimPrinter::without_bar_sensor();
                printer.arm(Fault::DeadHead);
            }
        }
    }

    /// The next messages of a type ([`MONEY`](crate::proxy::MONEY): any that moves money) are lost on the terminal's
    /// line, from the acquirer or to it.
    pub fn lose(&self, answers: bool, mti: u16, times: u32) {
        let hop = if answers { 6 } else { 1 };
        self.stage.faults.arm(Rule { hop, mti, fault: proxy::Fault::Lose, times });
    }

    /// A chip of the tray is inserted or held to the reader. `None`: that card has none.
    pub fn chip(&self, at: usize, tap: bool) -> Option<Act> {
        let chip = self.stage.slot.lock().ok()?.put(at, tap)?;
        Some(Act::Card(CardRead::Chip(chip)))
    }

    /// Waits until the terminal has decided all that it was handed, its papers are out, and what these show is seen. `None`:
    /// it is gone.
    pub fn decided(&self) -> Option<()> {
        // Each is answered in its turn: behind the act, behind the fates of its papers, behind what these show.
        (0..3).try_for_each(|_| self.till.bank.ask(Question::All { rows_max: 1 }).map(drop))
    }

    /// Whether a party of this process has stopped by itself.
    pub fn ended(&self) -> bool {
        let hosts = self.stage.hosts.as_ref();
        self.till.bank.ended() || hosts.is_some_and(|hosts| hosts.all().iter().any(|host| host.ended()))
    }

    /// The terminal is switched off, and the demonstration's network with it.
    ///
    /// # Errors
    /// 3 a party had stopped by itself.
    pub fn leave(mut self) -> Result<(), End> {
        crate::network::end(self.till.bank).and(self.stage.hosts.take().map_or(Ok(()), crate::network::Hosts::stop))
    }
}
