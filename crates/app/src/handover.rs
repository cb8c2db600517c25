//! `slipway handover`: a terminal is replaced. What the old device still owes (stored reversals and advices, confirmations, the
//! open batch and its journal) leaves it sealed, and the old device works no more; the new one takes it all over, once.

use crate::export::stores;
use crate::keys::{fault_of, secret};
use crate::network::{clock_mark::now_in, keys};
use crate::say::{End, Say, many};
use serde_json::json;
use slipway_node::{Ask, Batch, Key, Record, Rows, Store, Told, Vault};
use slipway_runtime::os::{Pace, PacedClock};
use slipway_store::{EmbeddedStore, Setup};
use slipway_terminal::{Exchange, HandoverFault, Profile, TerminalRow, Till, hand_over, take_over};
use slipway_terms::{Pan, SealedPan, TerminalId};
use slipway_vault::{DerivationCost, KeyFileFault, SystemRandom, open_parcel, seal_parcel};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Arguments of `handover`.
#[derive(clap::Args)]
pub struct HandoverArgs {
    #[command(subcommand)]
    way: Way,
}

#[derive(clap::Subcommand)]
enum Way {
    /// Seals what a terminal owes into a file and retires it. Its network must be stopped; the passphrase is asked for.
    Out(Args),
    /// Takes such a file into a terminal that was set up and never used. Its network must be stopped.
    In(Args),
}

#[derive(clap::Args)]
struct Args {
    /// Terminal number, 8 characters.
    terminal: String,
    /// The folder of the device's network.
    #[arg(long, default_value = "slipway-network")]
    dir: PathBuf,
    /// The sealed file.
    #[arg(long)]
    file: PathBuf,
}

/// Hands over or takes over.
pub fn run(args: &HandoverArgs, say: &Say) -> Result<(), End> {
    match &args.way {
        Way::Out(args) => out(args, say),
        Way::In(args) => take(args, say),
    }
}

/// The store of a bank of terminals that has this one, its rows, and the vault beside it.
struct Device {
    store: EmbeddedStore,
    rows: Vec<TerminalRow>,
    vault: slipway_vault::SoftVault,
    terminal: TerminalId,
}

impl Device {
    fn open(args: &Args) -> Result<Self, End> {
        let terminal = TerminalId::new(&args.terminal)
            .map_err(|_| End::usage("终端号为 8 个字符", "a terminal number has 8 characters"))?;
        for path in stores(&args.dir, "terminals")? {
            let clock = PacedClock::start(Pace::REAL);
            let store = EmbeddedStore::open(&path, Setup::new(move || clock.nanos()))?;
            let rows = rows(&store)?;
            if rows.iter().filter_map(Till::peel).any(|till| till.terminal == terminal) {
                let vault = keys::open(&args.dir.join("terminals"))?;
                return Ok(Self { store, rows, vault, terminal });
            }
            Store::close(store)?;
        }
        let dir = args.dir.display();
        Err(End::usage(
            format!("{dir} 中没有终端 {terminal}；未改动任何内容"),
            format!("there is no terminal {terminal} in {dir}; nothing was changed"),
        ))
    }

    fn profile(&self) -> Result<Profile, End> {
        let own = self.rows.iter().filter_map(Profile::peel).find(|profile| profile.terminal == self.terminal);
        own.cloned().ok_or_else(|| fault(HandoverFault::NoTerminal))
    }

    fn commit(mut self, puts: &[(Key, TerminalRow)], ends: Vec<Key>) -> Result<(), End> {
        let encoded = puts.iter().map(|(key, row)| {
            let mut bytes = Vec::new();
            row.encode(&mut bytes);
            (*key, bytes)
        });
        self.store.commit(&Batch { puts: encoded.collect(), ends })?;
        Ok(Store::close(self.store)?)
    }
}

fn rows(store: &EmbeddedStore) -> Result<Vec<TerminalRow>, End> {
    let mut rows = Vec::new();
    let mut damaged = None;
    for space in TerminalRow::SPACES {
        store.each(space.byte, &mut |_, bytes| match TerminalRow::decode(space.byte, bytes) {
            Ok(row) => rows.push(row),
            Err(damage) => damaged = Some(damage.to_string()),
        })?;
    }
    match damaged {
        None => Ok(rows),
        Some(damage) => Err(End::environment(
            format!("终端存储损坏：{damage}；未改动任何内容"),
            format!("the terminal's store is damaged: {damage}; nothing was changed"),
        )),
    }
}

fn fault(fault: HandoverFault) -> End {
    let (zh, code) = match fault {
        HandoverFault::NoTerminal => ("此存储中没有该终端", 2),
        HandoverFault::Retired => ("该终端已交接过，不能再次交接", 1),
        HandoverFault::NotHeard => ("该终端接管后尚未被收单行确认，请先签到", 1),
        HandoverFault::Card => ("保险库无法打开或封存卡号", 3),
        HandoverFault::Damaged => ("交接文件不完整", 1),
        HandoverFault::OtherTerminal => ("新设备设置为另一终端或商户", 2),
    };
    End {
        code,
        text: slipway_terms::Text::new(format!("{zh}；未改动任何内容"), format!("{fault}; nothing was changed")),
    }
}

/// A sealed file that does not open is no key file: its own words.
fn parcel_fault(fault: &KeyFileFault, file: &Path) -> End {
    let file = file.display();
    match fault {
        KeyFileFault::WrongMaster => End::broken(
            format!("交接口令不正确，{file} 打不开；未改动任何内容，请用封存时的口令重试"),
            format!(
                "the passphrase is not the one {file} was sealed with; nothing was changed, try again with that one"
            ),
        ),
        KeyFileFault::NotAKeyFile | KeyFileFault::Damaged(_) | KeyFileFault::OtherVersion { .. } => End::broken(
            format!("{file} 不是完整的交接文件；未改动任何内容"),
            format!("{file} is no whole hand-over file; nothing was changed"),
        ),
        other => fault_of(other),
    }
}

fn asked() -> Result<zeroize::Zeroizing<String>, End> {
    let word = secret("交接口令", "hand-over passphrase")?;
    if word.chars().count() < 8 {
        return Err(End::usage("口令至少 8 个字符", "the passphrase has at least 8 characters"));
    }
    Ok(word)
}

/// The sealed file is whole on disk before the old device is retired, and gets its name after: whatever breaks in between, what
/// is owed is in exactly one device or in the file.
fn out(args: &Args, say: &Say) -> Result<(), End> {
    let mut device = Device::open(args)?;
    if args.file.exists() {
        let file = args.file.display();
        return Err(End::usage(
            format!("{file} 已存在；未改动任何内容"),
            format!("{file} is there already; nothing was changed"),
        ));
    }
    let at = now_in(&args.dir);
    let vault = &mut device.vault;
    let handed = hand_over(&device.rows, device.terminal, at, |sealed: &SealedPan| vault.open_pan(sealed));
    let handed = handed.map_err(fault)?;
    let word = asked()?;
    let clear = zeroize::Zeroizing::new(handed.bytes);
    let sealed = seal_parcel(&word, &clear, DerivationCost::DEFAULT, &mut SystemRandom).map_err(|f| fault_of(&f))?;
    let part = args.file.with_extension("part");
    write(&part, &sealed)?;
    let (terminal, owed) = (device.terminal, handed.ends.len());
    // The name too is durable before the old device forgets.
    sync_folder(&part)?;
    device.commit(&handed.puts, handed.ends)?;
    std::fs::rename(&part, &args.file)?;
    sync_folder(&args.file)?;
    told(
        say,
        terminal,
        owed,
        &format!("终端 {terminal} 已停用，{owed} 笔未了事项已封存"),
        &format!("terminal {terminal} works no more; {owed} open matters are sealed"),
    )
}

fn sync_folder(path: &Path) -> Result<(), End> {
    let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    Ok(std::fs::File::open(folder)?.sync_all()?)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), End> {
    // Never over another one: after a power cut it may hold all that a retired device owes, and wait for its name only.
    let opened = std::fs::OpenOptions::new().write(true).create_new(true).open(path);
    let mut file = opened.map_err(|error| {
        let path = path.display();
        End::environment(
            format!("无法新建 {path}（{error}）：若已存在，可能是一次中断的交接，请妥善保存并改名后再试；未改动任何内容"),
            format!(
                "cannot make {path} ({error}): if it is there it may be an interrupted hand-over; keep it, and use another name; nothing was changed"
            ),
        )
    })?;
    file.write_all(bytes)?;
    Ok(file.sync_all()?)
}

/// Only into a terminal that was set up and never used: two devices must never owe the same.
fn take(args: &Args, say: &Say) -> Result<(), End> {
    let mut device = Device::open(args)?;
    let till = device.rows.iter().filter_map(Till::peel).find(|till| till.terminal == device.terminal);
    let used = till.is_none_or(|till| till.stan.is_some() || till.retired)
        || device.rows.iter().filter_map(Exchange::peel).any(|line| line.key.terminal == device.terminal);
    if used {
        return Err(End::broken(
            "该设备已使用过：只有新设备可以接收；未改动任何内容",
            "this device was used before: only a new one may take over; nothing was changed",
        ));
    }
    let mark = till.and_then(|till| till.device.mark).ok_or_else(|| fault(HandoverFault::NoTerminal))?;
    let profile = device.profile()?;
    let parcel = std::fs::read(&args.file).map_err(|error| {
        let file = args.file.display();
        End::usage(
            format!("无法读取 {file}（{error}）；未改动任何内容"),
            format!("cannot read {file} ({error}); nothing was changed"),
        )
    })?;
    let word = asked()?;
    let clear = open_parcel(&word, &parcel).map_err(|f| parcel_fault(&f, &args.file))?;
    let at = now_in(&args.dir);
    let (vault, key) = (&mut device.vault, profile.seal_key);
    let seal = |pan: &Pan| match vault.answer(&Ask::Seal(key, pan.clone()), &[], None) {
        Told::Sealed(sealed) => Some(sealed),
        _ => None,
    };
    let taken = take_over(&clear, &profile, mark, at, seal).map_err(fault)?;
    let (terminal, lines) = (device.terminal, taken.len());
    device.commit(&taken, Vec::new())?;
    told(
        say,
        terminal,
        lines,
        &format!("终端 {terminal} 已接收 {lines} 条记录；签到后继续"),
        &format!(
            "terminal {terminal} has taken over {}; it goes on after its next sign-on",
            many(lines, "record", "records")
        ),
    )
}

fn told(say: &Say, terminal: TerminalId, records: usize, zh: &str, en: &str) -> Result<(), End> {
    if say.json {
        say.document(&json!({"terminal": terminal.to_string(), "records": records}));
    } else {
        say.line(say.both(zh, en));
    }
    Ok(())
}
