//! `bench chain`: the whole network, durable at every party, over loopback TCP. Sales from the PIN key to the printed slip:
//! first one in flight, then one at every terminal. What was sold is audited before any figure is printed.

use super::OwnFolder;
use super::figures::{self, Did, Spread};
use super::seller::{GoodPrinter, Seller, Sold, Told};
use crate::audit;
use crate::network::schemes::Schemes;
use crate::network::{self, Hosts, Phones, Plan, Wiring, sample};
use crate::say::{End, Say};
use crate::up::Secrets;
use serde_json::{Value, json};
use slipway_node::Rows;
use slipway_runtime::os::{Handle, Pace, PacedClock, PaperOut, PaperSink};
use slipway_store::speed::Pace as DiskPace;
use slipway_terminal::{Standing, TerminalRow};
use slipway_terms::TerminalId;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Debit cards per issuer.
const CARDS: usize = 5_000;
/// Opening money of each card, in fen.
const OPENING_FEN: u64 = 100_000_000;
/// Seconds with one sale in flight.
const ALONE_S: u64 = 3;
/// Links of each member to the switch.
const LINKS: usize = 1;
/// Wall time after which something that was awaited is stuck.
const STUCK: Duration = Duration::from_secs(30);

/// Arguments of `bench chain`.
#[derive(clap::Args)]
pub struct ChainArgs {
    /// Seconds to measure with all terminals.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// Terminals, each with one sale in flight.
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u64).range(1..=4096))]
    terminals: u64,
    /// Folder on the disk to measure; a folder of its own is made in it and removed (default: the temporary folder).
    #[arg(long)]
    dir: Option<PathBuf>,
}

struct Shop {
    hosts: Hosts,
    bank: Handle,
    seats: Vec<TerminalId>,
    seller: Seller,
    told: Receiver<Told>,
}

/// One measured phase.
struct Phase {
    sold: Sold,
    spread: Spread,
    per_s: u64,
    dids: Vec<Did>,
}

/// Measures, audits, prints.
pub fn run(args: &ChainArgs, say: &Say) -> Result<(), End> {
    let folder = OwnFolder::make(args.dir.as_deref())?;
    say.progress(say.both("测磁盘同步，建网络…", "probing the disk, making the network …"));
    let disk = figures::disk(&folder.0)?;
    let shop = Shop::open(&folder, usize::try_from(args.terminals).unwrap_or(1))?;
    say.progress(say.both("一笔在途…", "one in flight …"));
    let alone = shop.phase(&shop.seats[..1], ALONE_S)?;
    say.progress(&format!("{} {} …", args.terminals, say.both("笔在途", "in flight")));
    let many = shop.phase(&shop.seats, args.seconds)?;
    say.progress(say.both("核对账目…", "auditing …"));
    shop.audit(&[&alone.sold, &many.sold])?;
    let syncs = figures::durable(&many.dids)?;
    shop.bank.stop()?;
    shop.hosts.stop()?;
    if say.json {
        say.document(&document(args, &alone, &many, disk, syncs));
    } else {
        print(args, &alone, &many, disk, say);
    }
    Ok(())
}

impl Shop {
    fn open(folder: &OwnFolder, terminals: usize) -> Result<Self, End> {
        let dir = &folder.0;
        let clock = PacedClock::start(Pace::REAL);
        let plan = Plan {
            terminals,
            outside: Vec::new(),
            cards: CARDS,
            opening_fen: OPENING_FEN,
            secrets: Secrets::sample(),
            schemes: Schemes::default(),
        };
        network::create_once(dir, &plan, clock)?;
        let wiring = Wiring { links: LINKS, ..Wiring::direct(0, 0)? };
        let hosts = Hosts::start(dir, clock, wiring, |_| Phones { file: None, also: None })?;
        let (tell, told) = channel();
        let debit =
            |issuer| (1..=CARDS).filter_map(move |serial| sample::SampleCard::new(issuer, serial, false)?.track2());
        let cards = debit(0).zip(debit(1)).flat_map(|(one, two)| [one, two]).collect();
        let seller = Seller::new(cards, tell)?;
        let seats: Vec<_> = plan.seats().collect();
        let printer: Arc<Mutex<dyn PaperSink>> = Arc::new(Mutex::new(GoodPrinter));
        let papers = seats.iter().map(|(seat, _)| (*seat, PaperOut::Sink(Arc::clone(&printer)))).collect();
        let bank = network::start_bank(dir, "store", &seats, clock, hosts.acquirer_at, papers, Some(seller.watch()))?;
        let seats = seats.into_iter().map(|(seat, _)| seat).collect();
        let shop = Self { hosts, bank, seats, seller, told };
        shop.await_all(Told::Line)?;
        let control = shop.bank.sender();
        for seat in &shop.seats {
            shop.seller.sign_in(&control, *seat);
        }
        shop.await_all(Told::SignedOn)?;
        Ok(shop)
    }

    fn await_all(&self, what: Told) -> Result<(), End> {
        (0..self.seats.len()).try_for_each(|_| self.await_one(what, STUCK))
    }

    fn await_one(&self, what: Told, within: Duration) -> Result<(), End> {
        while let Ok(told) = self.told.recv_timeout(within) {
            if told == what {
                return Ok(());
            }
        }
        Err(End::broken(format!("停滞：等待{what:?}"), format!("stuck waiting for: {what:?}")))
    }

    fn parties(&self) -> [&Handle; 5] {
        [&self.bank, &self.hosts.acquirer, &self.hosts.switch, &self.hosts.issuers[0], &self.hosts.issuers[1]]
    }

    fn phase(&self, seats: &[TerminalId], seconds: u64) -> Result<Phase, End> {
        let before = figures::look(&self.parties())?;
        self.seller.open(seats, seconds * 1_000_000_000);
        self.await_one(Told::Rest, Duration::from_secs(seconds) + STUCK)?;
        let dids = figures::since(&before, &self.parties())?;
        let sold = self.seller.close();
        let spread = Spread::of(sold.took_ns.clone());
        Ok(Phase { spread, per_s: sold.in_time / seconds.max(1), sold, dids })
    }

    /// Every sale counted has one debit, one credit and one slip, and every ledger sums to zero.
    fn audit(&self, phases: &[&Sold]) -> Result<(), End> {
        let gone = || End::broken("有一方已停止", "a party has stopped");
        let sales = phases.iter().map(|sold| sold.took_ns.len()).sum::<usize>();
        let fen = phases.iter().map(|sold| i64::try_from(sold.fen).unwrap_or(0)).sum::<i64>();
        let audit = audit::audit(&self.hosts, &[]).ok_or_else(gone)?;
        let moved: Vec<_> = audit.exchanges.values().filter(|t| t.debits == 1 && t.refunds == 0).collect();
        let debit_fen: i64 = moved.iter().map(|t| t.debit_fen).sum();
        let (slips, slip_fen) = self.slips().ok_or_else(gone)?;
        let same = [moved.len(), audit.exchanges.len(), slips].iter().all(|count| *count == sales);
        if audit.ledgers_zero && audit.rule_holds && same && debit_fen == fen && slip_fen == fen {
            return Ok(());
        }
        let said = format!(
            "sold {sales} ({fen}), debited {} of {} ({debit_fen}), slips {slips} ({slip_fen}), ledgers zero {}, faults {:?}",
            moved.len(),
            audit.exchanges.len(),
            audit.ledgers_zero,
            audit.faults.first()
        );
        Err(End::broken(format!("账目不符：{said}"), format!("the audit does not hold: {said}")))
    }

    /// Slip records of the bank and their fen.
    fn slips(&self) -> Option<(usize, i64)> {
        let mut slips = (0, 0);
        for space in TerminalRow::SPACES {
            for (_, bytes) in self.bank.rows(space.byte)? {
                match TerminalRow::decode(space.byte, &bytes) {
                    Ok(TerminalRow::Exchange(e)) if e.standing == Standing::Approved && e.slip.is_some() => {
                        slips.0 += 1;
                        slips.1 += e.amount.map_or(0, |amount| amount.signed());
                    }
                    _ => {}
                }
            }
        }
        Some(slips)
    }
}

fn document(args: &ChainArgs, alone: &Phase, many: &Phase, disk: DiskPace, syncs: u64) -> Value {
    let parties = |phase: &Phase| phase.dids.iter().map(Did::json).collect::<Vec<_>>();
    let sales = u64::try_from(many.sold.took_ns.len()).unwrap_or(0);
    json!({
        "bench": "chain",
        "ops_per_s": many.per_s,
        "p50_us": many.spread.p50_us,
        "p99_us": many.spread.p99_us,
        "p999_us": many.spread.p999_us,
        "durable": true,
        "syncs": syncs,
        "ops_per_sync": sales / syncs.max(1),
        "sales": sales,
        "refused": many.sold.refused + alone.sold.refused,
        "one_in_flight": {
            "ops_per_s": alone.per_s, "sales": alone.sold.took_ns.len(), "p50_us": alone.spread.p50_us,
            "p99_us": alone.spread.p99_us, "p999_us": alone.spread.p999_us, "parties": parties(alone),
        },
        "parties": parties(many),
        "disk": figures::disk_json(disk),
        "audit": { "ledgers_zero": true, "rule_holds": true },
        "settings": { "seconds": args.seconds, "terminals": args.terminals, "in_flight": args.terminals, "links": LINKS,
                      "cards": CARDS * 2, "issuers": 2, "one_in_flight_seconds": ALONE_S },
    })
}

fn print(args: &ChainArgs, alone: &Phase, many: &Phase, disk: DiskPace, say: &Say) {
    let (per_s, terminals) = (many.per_s, args.terminals);
    say.line(say.strong(say.both(
        &format!("全链路：{terminals} 台终端各一笔在途，各方落盘：每秒 {per_s} 笔完整消费（批准并打印）"),
        &format!("chain: {terminals} terminals with one sale in flight each, durable at every party: {per_s} complete sales/s"),
    )));
    say.line(format!("  {}", many.spread.line()));
    figures::table(&many.dids, say);
    let per_s = alone.per_s;
    say.line(say.both(&format!("一笔在途：每秒 {per_s} 笔"), &format!("one in flight: {per_s} sales/s")));
    say.line(format!("  {}", alone.spread.line()));
    figures::table(&alone.dids, say);
    figures::disk_line(disk, say);
    say.line(say.both("核对：账平，一笔一单", "audit: ledgers zero, one debit, one credit, one slip for every sale"));
}
