//! A whole network on this machine: hosts and terminals as threads, real sockets, real stores, real keys.

pub mod clock_mark;
pub mod index;
pub mod keys;
pub mod open;
pub mod power;
pub mod sample;
pub mod schemes;
pub mod slips;
mod watchdog;

use crate::notices::Said;
use crate::say::End;
use crate::up::Secrets;
use power::Power;
use slipway_node::{Node, Notifier, Peer};
use slipway_runtime::drive::Stop;
use slipway_runtime::os::{Handle, LinkPlan, PacedClock, PaperOut, PartyPlan, Watch, Way, spawn};
use slipway_store::Witness;
use slipway_terminal::TerminalBank;
use slipway_terms::{Keying, Notice, TerminalId};
use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// What a new network holds.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Terminals of its own.
    pub terminals: usize,
    /// Terminals for programs from outside, with their clear master keys.
    pub outside: Vec<(TerminalId, [u8; 16])>,
    /// Debit cards per issuer; each issuer also has one credit card per ten of them, at least one.
    pub cards: usize,
    /// Opening money per debit account, in fen.
    pub opening_fen: u64,
    /// Operator passwords and card PINs it is made with.
    pub secrets: Secrets,
    /// Key schemes of its own terminals, in turn.
    pub schemes: schemes::Schemes,
}

impl Plan {
    /// The network's own terminals with their index.
    pub fn seats(&self) -> impl Iterator<Item = (TerminalId, usize)> + use<> {
        (1..=self.terminals).map(|index| (sample::terminal(index), index))
    }

    /// The network's own terminals with their key schemes.
    pub fn keyed(&self) -> Vec<(TerminalId, Keying)> {
        self.seats().map(|(id, index)| (id, self.schemes.of(index))).collect()
    }

    /// The cards of issuer 0 or 1.
    pub fn cards(&self, issuer: usize) -> impl Iterator<Item = sample::SampleCard> + use<> {
        let credit = self.cards.div_ceil(10);
        let debit = (1..=self.cards).filter_map(move |serial| sample::SampleCard::new(issuer, serial, false));
        debit.chain((1..=credit).filter_map(move |serial| sample::SampleCard::new(issuer, serial, true)))
    }
}

/// Where the hosts listen and where each side dials; a demonstration puts fault proxies between.
pub struct Wiring {
    /// The acquirer's port for terminals.
    pub acquirer: TcpListener,
    /// The switch's port for members.
    pub switch: TcpListener,
    /// Where the acquirer finds the switch.
    pub switch_for_acquirer: SocketAddr,
    /// Where each issuer finds the switch.
    pub switch_for_issuers: [SocketAddr; 2],
    /// Links of each member to the switch.
    pub links: usize,
    /// Who is told what the acquirer has made durable.
    pub witness: Option<Witness>,
}

impl Wiring {
    /// Listens on these ports (0: any) and dials directly.
    pub fn direct(acquirer: u16, switch: u16) -> Result<Self, End> {
        let own = |port, option| bind_or(SocketAddr::from(([127, 0, 0, 1], port)), Some(option));
        let (acquirer, switch) = (own(acquirer, "--acquirer-port")?, own(switch, "--switch-port")?);
        let to = switch.local_addr()?;
        Ok(Self { acquirer, switch, switch_for_acquirer: to, switch_for_issuers: [to; 2], links: 1, witness: None })
    }
}

/// Listens on a loopback port; 0 takes any.
pub fn listen(port: u16) -> Result<TcpListener, End> {
    bind(SocketAddr::from(([127, 0, 0, 1], port)))
}

/// Listens on an address.
pub fn bind(addr: SocketAddr) -> Result<TcpListener, End> {
    bind_or(addr, None)
}

/// The same, and names the option that chooses another port.
pub fn bind_or(addr: SocketAddr, option: Option<&str>) -> Result<TcpListener, End> {
    let port = addr.port();
    let (zh, en) = option.map_or_else(Default::default, |option| {
        (format!("（{option} 端口；0 为任选）"), format!(" with {option} (0: any)"))
    });
    TcpListener::bind(addr).map_err(|error| {
        End::environment(
            format!("端口{port}不可用（{error}）：请停止占用它的程序或换一个端口{zh}；没有交易受影响"),
            format!("port {port} is not available ({error}): stop the program that holds it or choose another{en}; no payment is affected"),
        )
    })
}

/// Somebody who hears of notices.
pub type AlsoHears = Box<dyn FnMut(&Notice) + Send>;

/// Takes notices: appends each to a file and passes it on.
pub struct Phones {
    /// Where they are written, one JSON line each.
    pub file: Option<PathBuf>,
    /// Who else hears of them.
    pub also: Option<AlsoHears>,
}

impl Notifier for Phones {
    fn take(&mut self, notice: &Notice) -> bool {
        // Each sink reads the file for itself: nothing here waits for the world.
        if let Some(path) = &self.file
            && Said::of(notice).append(path).is_err()
        {
            return false;
        }
        if let Some(also) = &mut self.also {
            also(notice);
        }
        true
    }
}

/// Appends one line and syncs it. Half a line at the end, left by a kill or a power cut, is taken away: nobody was told that it
/// is written, so that notice comes again. Both issuers of one process write here, so the file is locked: its length grows page
/// by page, and who looked in the middle of the other's write would take the line for half a one.
pub fn append_line(path: &Path, line: &str) -> std::io::Result<()> {
    use std::io::{Read, Seek, SeekFrom, Write};
    let mut file = std::fs::OpenOptions::new().create(true).read(true).append(true).mode(0o600).open(path)?;
    file.lock()?;
    let len = file.seek(SeekFrom::End(0))?;
    let mut end = len;
    let mut last = [0];
    while end > 0 {
        file.seek(SeekFrom::Start(end - 1))?;
        file.read_exact(&mut last)?;
        if last == *b"\n" {
            break;
        }
        end -= 1;
    }
    if end < len {
        file.set_len(end)?;
    }
    file.write_all(format!("{line}\n").as_bytes())?;
    file.sync_data()
}

/// The hosts as running threads.
pub struct Hosts {
    /// The acquirer.
    pub acquirer: Handle,
    /// The switch.
    pub switch: Handle,
    /// Both issuers.
    pub issuers: [Handle; 2],
    /// Where terminals dial, without proxies.
    pub acquirer_at: SocketAddr,
    /// Where members dial, without proxies.
    pub switch_at: SocketAddr,
}

impl Hosts {
    /// Starts the hosts of a network folder. `phones` makes the notifier of issuer 0 and 1.
    pub fn start(
        dir: &Path,
        clock: PacedClock,
        wiring: Wiring,
        mut phones: impl FnMut(usize) -> Phones,
    ) -> Result<Self, End> {
        let power = Power::of(dir, clock, &wiring)?;
        let switch = power.switch(wiring.switch)?;
        let issuers = [power.issuer(0, phones(0))?, power.issuer(1, phones(1))?];
        let acquirer = power.acquirer(wiring.acquirer)?;
        let (acquirer_at, switch_at) = (power.acquirer_at, power.switch_at);
        Ok(Self { acquirer, switch, issuers, acquirer_at, switch_at })
    }

    /// All hosts by name.
    pub fn all(&self) -> [&Handle; 4] {
        [&self.acquirer, &self.switch, &self.issuers[0], &self.issuers[1]]
    }

    /// Comes back when one of them has ended by itself.
    pub async fn gone(&self) {
        let [one, two] = &self.issuers;
        tokio::select! {
            () = self.acquirer.gone() => {}
            () = self.switch.gone() => {}
            () = one.gone() => {}
            () = two.gone() => {}
        }
    }

    /// Stops all, terminals' side first; tells the first that had stopped by itself.
    pub fn stop(self) -> Result<(), End> {
        let [one, two] = self.issuers;
        [self.acquirer, self.switch, one, two].into_iter().map(end).fold(Ok(()), Result::and)
    }
}

/// Starts a bank of terminals that dial `acquirer`.
pub fn start_bank(
    dir: &Path,
    name: &str,
    seats: &[(TerminalId, usize)],
    clock: PacedClock,
    acquirer: SocketAddr,
    papers: BTreeMap<TerminalId, PaperOut>,
    watch: Option<Watch>,
) -> Result<Handle, End> {
    let opening = open::bank(dir, name, seats, clock, Some(sample::OPERATOR_PASSWORD))?;
    let seats: Vec<TerminalId> = seats.iter().map(|(seat, _)| *seat).collect();
    start_opened(opening, name, &seats, clock, &Way::plain(acquirer), papers, watch)
}

/// Starts a bank of terminals that is opened already; these seats of it dial the acquirer this way.
pub fn start_opened(
    opening: open::Opening<TerminalBank>,
    name: &str,
    seats: &[TerminalId],
    clock: PacedClock,
    way: &Way,
    papers: BTreeMap<TerminalId, PaperOut>,
    watch: Option<Watch>,
) -> Result<Handle, End> {
    let links =
        seats.iter().map(|seat| LinkPlan::Dial { peer: Peer::Host(*seat), way: way.clone(), links: 1 }).collect();
    let plan = PartyPlan { name: format!("terminals-{name}"), own: None, clock, links, papers, notifier: None, watch };
    begin(plan, move || opening.open())
}

/// Starts a party; why it did not start is told with its name.
pub fn begin<N: Node + 'static>(
    plan: PartyPlan,
    make: impl FnOnce() -> Result<open::Opened<N>, Stop> + Send + 'static,
) -> Result<Handle, End>
where
    N::Timer: 'static,
{
    let name = plan.name.clone();
    spawn(plan, make).map_err(|stop| End::party(&name, &stop))
}

/// Stops a party; why it had stopped by itself is told with its name.
pub fn end(party: Handle) -> Result<(), End> {
    let name = party.name.clone();
    party.stop().map_err(|stop| End::party(&name, &stop))
}

/// Makes the network's folder if it is new, else leaves it as it is. A folder whose making was interrupted is made anew:
/// nothing can have run in it.
pub fn create_once(dir: &Path, plan: &Plan, clock: PacedClock) -> Result<bool, End> {
    let mark = dir.join("network.json");
    if mark.exists() {
        return known(&mark).map(|()| false);
    }
    for party in ["terminals", "acquirer", "switch", "issuer1", "issuer2"] {
        let home = dir.join(party);
        if home.exists() {
            std::fs::remove_dir_all(home)?;
        }
    }
    std::fs::create_dir_all(dir)?;
    open::create(dir, plan, clock)?;
    let about = serde_json::json!({ "version": 1, "terminals": plan.terminals, "cards": plan.cards });
    // Whole or not at all: its presence says that everything else of the folder was made.
    let fresh = dir.join("network.new");
    std::fs::write(&fresh, about.to_string())?;
    std::fs::File::open(&fresh)?.sync_all()?;
    std::fs::rename(&fresh, &mark)?;
    std::fs::File::open(dir)?.sync_all()?;
    Ok(true)
}

/// Refuses a folder that another version made, or whose description cannot be read.
fn known(mark: &Path) -> Result<(), End> {
    let about: Option<serde_json::Value> = serde_json::from_slice(&std::fs::read(mark)?).ok();
    let path = mark.display();
    match about.as_ref().and_then(|about| about["version"].as_u64()) {
        Some(1) => Ok(()),
        Some(version) => Err(End::environment(
            format!("{path}：网络目录版本为 {version}，本程序只认识 1；请使用匹配的版本，目录未改动"),
            format!(
                "{path}: a network folder of version {version}, this program knows 1; use a program that fits; nothing was changed"
            ),
        )),
        None => Err(End::environment(
            format!("{path} 已损坏：请从备份恢复；网络未启动，账目未改动"),
            format!("{path} is damaged: restore it from a copy; the network was not started, no ledger was changed"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::append_line;

    #[test]
    fn two_writers_leave_whole_lines_and_half_a_one_goes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("notices.jsonl");
        // Longer than a page: the length of the file is then seen to grow in the middle of a write.
        let long = |writer: usize, no: usize| format!("{writer} {no} {}", "x".repeat(9_000));
        std::thread::scope(|scope| {
            for writer in 0..2 {
                let path = &path;
                scope.spawn(move || {
                    (0..50).for_each(|no| append_line(path, &long(writer, no)).unwrap());
                });
            }
        });
        let mut text = std::fs::read_to_string(&path).unwrap();
        let mut lines: Vec<&str> = text.lines().collect();
        lines.sort_unstable();
        let mut all: Vec<String> = (0..2).flat_map(|writer| (0..50).map(move |no| long(writer, no))).collect();
        all.sort_unstable();
        assert_eq!(lines, all);

        text.push_str("half a li");
        std::fs::write(&path, &text).unwrap();
        append_line(&path, "whole").unwrap();
        assert!(std::fs::read_to_string(&path).unwrap().ends_with("x\nwhole\n"));
    }
}
