//! `bench issuer`: one durable issuer and a synthetic switch on the same machine: 8 links, 128 authorisations in flight,
//! every one with a MAC over it, a PIN block under the zone key and a card of its own turn. Never counts a refusal.

use super::OwnFolder;
use super::figures::{self, Did, Spread};
use crate::network::schemes::Schemes;
use crate::network::{self, Phones, Plan, keys, open, sample};
use crate::say::{End, Say};
use crate::up::Secrets;
use serde_json::json;
use slipway_iso8583::{Family, split};
use slipway_node::{Ask, Clock, Peer, Told, Vault, limits};
use slipway_runtime::os::{Handle, LinkPlan, Pace, PacedClock, PartyPlan, Way, spawn};
use slipway_runtime::wire;
use slipway_store::speed::Pace as DiskPace;
use slipway_terms::{
    Amount, ConditionCode, EntryMode, KeyName, KeyRef, KeyUse, MacKey, MacMethod, Message, Mti, Pin, PinFormat,
    ProcessingCode, ResponseCode, Rrn, Security, Short, Stan,
};
use slipway_vault::SoftVault;
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{Notify, mpsc};

const CARDS: usize = 10_000;
const OPENING_FEN: u64 = 100_000_000;
const LINKS: usize = 8;
const IN_FLIGHT: usize = 128;
/// Wall time after which something that was awaited is stuck.
const STUCK: Duration = Duration::from_secs(30);

/// Arguments of `bench issuer`.
#[derive(clap::Args)]
pub struct IssuerArgs {
    /// Seconds to measure.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// Folder on the disk to measure; a folder of its own is made in it and removed (default: the temporary folder).
    #[arg(long)]
    dir: Option<PathBuf>,
}

/// The synthetic switch: what it will send, what it waits for, what it got.
struct Client {
    vault: SoftVault,
    zak: MacKey,
    requests: Vec<Message>,
    clock: PacedClock,
    next: usize,
    stan: Stan,
    waiting: HashMap<Stan, u64>,
    took_ns: Vec<u64>,
    in_time: u64,
    refused: u64,
    until: u64,
}

/// Measures and prints.
pub fn run(args: &IssuerArgs, say: &Say) -> Result<(), End> {
    let folder = OwnFolder::make(args.dir.as_deref())?;
    say.progress(say.both("测磁盘同步，建发卡行…", "probing the disk, making the issuer …"));
    let disk = figures::disk(&folder.0)?;
    let clock = PacedClock::start(Pace::REAL);
    let plan = Plan {
        terminals: 1,
        outside: Vec::new(),
        cards: CARDS,
        opening_fen: OPENING_FEN,
        secrets: Secrets::sample(),
        schemes: Schemes::default(),
    };
    network::create_once(&folder.0, &plan, clock)?;
    let client = Client::new(&folder, &plan, clock)?;
    let listener = network::listen(0)?;
    let addr = listener.local_addr()?;
    let opening = open::issuer(&folder.0, 0, clock)?;
    let party = PartyPlan {
        name: "issuer1".into(),
        own: Some(sample::ISSUER_1),
        clock,
        links: vec![LinkPlan::Dial { peer: Peer::Switch, way: Way::plain(addr), links: LINKS }],
        papers: BTreeMap::new(),
        notifier: Some(Box::new(Phones { file: None, also: None })),
        watch: None,
    };
    let issuer = spawn(party, move || opening.open())?;
    say.progress(&format!("bench issuer: {} s …", args.seconds));
    let (client, dids) = measure(client, listener, &issuer, args.seconds)?;
    issuer.stop()?;
    let syncs = figures::durable(&dids)?;
    if client.refused > 0 {
        let refused = client.refused;
        return Err(End::broken(format!("{refused} 笔被拒"), format!("{refused} authorisations were refused")));
    }
    print(args, &client, &dids, disk, syncs, say);
    Ok(())
}

fn measure(
    client: Client,
    listener: std::net::TcpListener,
    issuer: &Handle,
    seconds: u64,
) -> Result<(Client, Vec<Did>), End> {
    let before = figures::look(&[issuer])?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let local = tokio::task::LocalSet::new();
    let client = Rc::new(RefCell::new(client));
    let within = Duration::from_secs(seconds) + STUCK;
    let done = local
        .block_on(&runtime, async { tokio::time::timeout(within, talk(Rc::clone(&client), listener, seconds)).await });
    drop(local);
    done.map_err(|_| End::broken("停滞：等待应答", "stuck waiting for answers"))??;
    let dids = figures::since(&before, &[issuer])?;
    let client = Rc::try_unwrap(client).map_err(|_| End::broken("连接未关闭", "a link did not end"))?;
    Ok((client.into_inner(), dids))
}

/// Accepts the links, keeps the window full until the time is over, then takes in what is still out.
async fn talk(client: Rc<RefCell<Client>>, listener: std::net::TcpListener, seconds: u64) -> Result<(), End> {
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let (answered, mut answers) = mpsc::unbounded_channel();
    let mut links = Vec::new();
    for _ in 0..LINKS {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let (from, to) = stream.into_split();
        links.push(to);
        tokio::task::spawn_local(hear(Rc::clone(&client), from, answered.clone()));
    }
    let outs: Vec<_> = links.into_iter().map(writer).collect();
    let now = client.borrow().clock.nanos();
    client.borrow_mut().until = now + seconds * 1_000_000_000;
    for link in 0..IN_FLIGHT {
        client.borrow_mut().send(&mut outs[link % LINKS].0.borrow_mut());
        outs[link % LINKS].1.notify_one();
    }
    let mut link = 0;
    while answers.recv().await.is_some() {
        let mut client = client.borrow_mut();
        if client.clock.nanos() < client.until {
            link = (link + 1) % LINKS;
            client.send(&mut outs[link].0.borrow_mut());
            outs[link].1.notify_one();
        } else if client.waiting.is_empty() {
            return Ok(());
        }
    }
    Ok(())
}

type Out = (Rc<RefCell<Vec<u8>>>, Rc<Notify>);

fn writer(mut to: OwnedWriteHalf) -> Out {
    let (bytes, wake): Out = Out::default();
    let (taken, woken) = (Rc::clone(&bytes), Rc::clone(&wake));
    tokio::task::spawn_local(async move {
        loop {
            woken.notified().await;
            let whole = std::mem::take(&mut *taken.borrow_mut());
            if to.write_all(&whole).await.is_err() {
                return;
            }
        }
    });
    (bytes, wake)
}

async fn hear(client: Rc<RefCell<Client>>, mut from: OwnedReadHalf, answered: mpsc::UnboundedSender<()>) {
    let mut buffer = Vec::with_capacity(64 * 1024);
    while from.read_buf(&mut buffer).await.is_ok_and(|more| more > 0) {
        let mut at = 0;
        while let Ok(Some((frame, consumed))) = split(&buffer[at..], Family::Cups, limits::FRAME_BYTES_MAX) {
            if client.borrow_mut().take(&buffer[at..][frame]) {
                let _ = answered.send(());
            }
            at += consumed;
        }
        buffer.drain(..at);
    }
}

impl Client {
    fn new(folder: &OwnFolder, plan: &Plan, clock: PacedClock) -> Result<Self, End> {
        let mut vault = keys::open(&folder.0.join("switch"))?;
        let named = |usage| KeyName::of(usage, sample::ISSUER_1.as_str());
        let pin = Pin::new(sample::CARD_PIN).map_err(|bad| End::usage(bad.0, bad.0))?;
        let mut requests = Vec::new();
        for card in plan.cards(0).filter(|card| !card.credit) {
            let ask = Ask::PinEncipher(KeyRef::Named(named(KeyUse::Zpk)), pin.clone(), card.pan.clone());
            let Told::Pin(block) = vault.answer(&ask, &[], None) else {
                return Err(End::environment("缺少密钥 zpk", "the key zpk is missing"));
            };
            let merchant = sample::merchant_of(1);
            requests.push(Message {
                pan: Some(card.pan.clone()),
                processing: Some(ProcessingCode(0)),
                amount: Some(Amount::fen(100)),
                expiry: Some(card.expiry),
                mcc: Some(merchant.mcc),
                entry: Some(EntryMode(21)),
                condition: Some(ConditionCode(0)),
                pin_length_max: Some(12),
                acquirer: Some(sample::ACQUIRER),
                forwarder: Some(sample::ACQUIRER),
                track2: card.track2(),
                rrn: Rrn::new("632700000001").ok(),
                terminal: Some(sample::terminal(1)),
                merchant: Some(merchant.id),
                name_place: Some(Short::cut(merchant.name)),
                pin: Some(block),
                security: Some(Security { pin: Some(PinFormat::WithPan), algorithm: 6, track: false }),
                ..Message::new(Mti(200))
            });
        }
        let zak = MacKey { key: KeyRef::Named(named(KeyUse::Zak)), method: MacMethod::X919 };
        Ok(Self {
            vault,
            zak,
            requests,
            clock,
            next: 0,
            stan: Stan::FIRST,
            waiting: HashMap::new(),
            took_ns: Vec::new(),
            in_time: 0,
            refused: 0,
            until: 0,
        })
    }

    /// Packs the next request behind what waits to be written.
    fn send(&mut self, out: &mut Vec<u8>) {
        let now = self.clock.now();
        self.next = (self.next + 1) % self.requests.len();
        self.stan = self.stan.next();
        let message = &mut self.requests[self.next];
        message.stan = Some(self.stan);
        message.sent = Some(now.sent_at());
        message.time = Some(now.clock());
        message.date = Some(now.month_day());
        let (vault, zak) = (&mut self.vault, &self.zak);
        let mac = |covered: &[u8]| vault.mac(zak, covered);
        if wire::pack(Peer::Member(sample::ISSUER_1), Some(sample::SWITCH), message, Some(mac), out).is_ok() {
            self.waiting.insert(self.stan, self.clock.nanos());
        }
    }

    /// Takes one frame; `true` if it answers a request.
    fn take(&mut self, frame: &[u8]) -> bool {
        let Ok(unpacked) = wire::unpack(Family::Cups, frame) else { return false };
        let message = unpacked.message;
        let Some(began) = message.stan.filter(|_| message.mti == Mti(210)).and_then(|stan| self.waiting.remove(&stan))
        else {
            return false;
        };
        let now = self.clock.nanos();
        if message.code == Some(ResponseCode::APPROVED) {
            self.took_ns.push(now - began);
            self.in_time += u64::from(now <= self.until);
        } else {
            self.refused += 1;
        }
        true
    }
}

fn print(args: &IssuerArgs, client: &Client, dids: &[Did], disk: DiskPace, syncs: u64, say: &Say) {
    let spread = Spread::of(client.took_ns.clone());
    let per_s = client.in_time / args.seconds.max(1);
    let authorisations = u64::try_from(client.took_ns.len()).unwrap_or(0);
    if say.json {
        return say.document(&json!({
            "bench": "issuer",
            "ops_per_s": per_s,
            "p50_us": spread.p50_us,
            "p99_us": spread.p99_us,
            "p999_us": spread.p999_us,
            "durable": true,
            "syncs": syncs,
            "ops_per_sync": authorisations / syncs.max(1),
            "authorisations": authorisations,
            "parties": dids.iter().map(Did::json).collect::<Vec<_>>(),
            "disk": figures::disk_json(disk),
            "settings": { "seconds": args.seconds, "links": LINKS, "in_flight": IN_FLIGHT, "accounts": CARDS },
        }));
    }
    say.line(say.strong(say.both(
        &format!("发卡行：{LINKS} 条链路，{IN_FLIGHT} 笔在途，每笔落盘：每秒 {per_s} 笔授权"),
        &format!("issuer: {LINKS} links, {IN_FLIGHT} in flight, every one durable: {per_s} authorisations/s"),
    )));
    say.line(format!("  {}", spread.line()));
    figures::table(dids, say);
    figures::disk_line(disk, say);
}
