//! Opens each party from its folder: vault, store, core, driver. The same functions serve `up`, `demo`, `bench`, and the
//! desk that reads a network which is not running.

use super::sample::{self, SampleCard};
use super::{Plan, index, keys, schemes};
use crate::archive::settings::Settings;
use crate::disputes::disputes;
use crate::say::End;
use slipway_hosts::acquirer::{self, Acquirer, AcquirerRow};
use slipway_hosts::day;
use slipway_hosts::issuer::{Card, CardStatus, Issuer, IssuerRow, Limits, Seeds};
use slipway_hosts::switch::{self, Member, Switch, SwitchRow};
use slipway_hosts::times::Times;
use slipway_hosts::working::WorkingDays;
use slipway_node::{Ask, Clock, Key, Node, Rows, Store, StoreFault, Told, Vault};
use slipway_recon::{Calendar, CalendarFault};
use slipway_runtime::drive::{Driver, Habits, Stop};
use slipway_runtime::os::PacedClock;
use slipway_store::{EmbeddedStore, Setup, Witness};
use slipway_terminal::{Config, NewTerminal, Operator, Profile, TerminalBank, TerminalRow, Trade, new_terminal};
use slipway_terms::{
    BatchNo, BusinessDate, CardToken, DeviceMark, KeyName, KeyUse, Keying, MerchantId, Moment, OperatorNo, Pin, Short,
    Stan, TerminalId,
};
use slipway_vault::{Random, SoftVault, SystemRandom};
use std::path::{Path, PathBuf};

/// A party as opened.
pub type Opened<N> = Driver<N, EmbeddedStore, SoftVault>;

/// What a party's thread needs to open it. The vault is opened before, so that a wrong key is told at once.
pub struct Opening<N> {
    core: N,
    vault: SoftVault,
    store: PathBuf,
    clock: PacedClock,
    witness: Option<Witness>,
    /// What an older folder lacks is added before anybody sees its store.
    ready: fn(&mut EmbeddedStore, Moment) -> Result<(), StoreFault>,
}

impl<N: Node> Opening<N> {
    /// Tells somebody of every batch.
    pub fn witnessed(mut self, witness: Option<Witness>) -> Self {
        self.witness = witness;
        self
    }

    /// Opens the store and the driver.
    pub fn open(self) -> Result<Opened<N>, Stop> {
        if !self.store.exists() {
            // An empty ledger would answer for a full one: "never known" of what was debited.
            let what = format!("{} is not there; bring it back, nothing is made in its place", self.store.display());
            return Err(Stop::Store(StoreFault::Damaged(what)));
        }
        let mut store = store(&self.store, self.clock)?;
        (self.ready)(&mut store, self.clock.now())?;
        self.witness.into_iter().for_each(|witness| store.witnessed(witness));
        let habits = Habits { seed: self.clock.nanos() | 1, ..Habits::default() };
        Driver::open(self.core, store, self.vault, habits, self.clock.now())
    }
}

fn store(path: &Path, clock: PacedClock) -> Result<EmbeddedStore, Stop> {
    let store = EmbeddedStore::open(path, Setup::new(move || clock.nanos()))?;
    super::watchdog::watch(path.display().to_string(), store.commit_since(), clock);
    Ok(store)
}

/// Refuses timers in an order in which a party gives up before the one it asked (rules 5).
fn checked(times: Times) -> Result<Times, End> {
    times.check().map(|()| times).map_err(|rule| End::usage(rule, rule))
}

/// The departures from the week that the calendar file knows, for the deadlines of cases.
fn working_days() -> Result<WorkingDays, End> {
    let fault = |fault: CalendarFault| End::environment(fault.to_string(), fault.to_string());
    let calendar = Calendar::china().map_err(fault)?;
    let mut table = WorkingDays::default();
    let Some((first, last)) = calendar.years() else { return Ok(table) };
    let day = |year, month, day| BusinessDate { year, month, day }.days();
    for date in (day(first, 1, 1)..=day(last, 12, 31)).map(BusinessDate::from_days) {
        let working = calendar.is_working(date).map_err(fault)?;
        match (WorkingDays::default().works(date), working) {
            (true, false) => table.off.push(date),
            (false, true) => table.worked.push(date),
            _ => {}
        }
    }
    Ok(table)
}

/// A host in its own folder.
fn opening<N: Node>(core: N, home: &Path, clock: PacedClock) -> Result<Opening<N>, End> {
    let (vault, store) = (keys::open(home)?, home.join("store"));
    Ok(Opening { core, vault, store, clock, witness: None, ready: |_, _| Ok(()) })
}

/// The acquirer of a network folder.
pub fn acquirer(dir: &Path, clock: PacedClock, times: Times) -> Result<Opening<Acquirer>, End> {
    let home = dir.join("acquirer");
    let core = Acquirer::new(sample::ACQUIRER, checked(times)?)
        .keeping(working_days()?)
        .disputing(disputes(dir, working_days()?)?)
        .keeping_slips(Settings::of(dir)?.keeping);
    Ok(Opening { ready: index::whole, ..opening(core, &home, clock)? })
}

/// The switch of a network folder.
pub fn switch(dir: &Path, clock: PacedClock, times: Times) -> Result<Opening<Switch>, End> {
    let home = dir.join("switch");
    let core = Switch::new(sample::SWITCH, checked(times)?).disputing(disputes(dir, working_days()?)?);
    opening(core, &home, clock)
}

/// Issuer 0 or 1 of a network folder.
pub fn issuer(dir: &Path, index: usize, clock: PacedClock) -> Result<Opening<Issuer>, End> {
    let home = dir.join(format!("issuer{}", index + 1));
    let core =
        Issuer::new([sample::ISSUER_1, sample::ISSUER_2][index.min(1)]).disputing(disputes(dir, working_days()?)?);
    opening(core, &home, clock)
}

/// A bank of terminals of a network folder, with a store of its own. With a password a store that was never there is set up
/// for operators who have it; without one the store must be there.
pub fn bank(
    dir: &Path,
    name: &str,
    seats: &[(TerminalId, usize)],
    clock: PacedClock,
    password: Option<&str>,
) -> Result<Opening<TerminalBank>, End> {
    let home = dir.join("terminals");
    let vault = keys::open(&home)?;
    let path = home.join(name);
    if let Some(password) = password {
        let mut rows = Vec::new();
        for (id, index) in seats {
            rows.extend(seat(&vault, *id, *index, schemes::read(&home, *id)?, password)?);
        }
        once(&path, clock, |store| Driver::<TerminalBank, _, SoftVault>::seed(store, &rows).map_err(Stop::Store))?;
    }
    Ok(Opening {
        core: TerminalBank::new(Config::default()),
        vault,
        store: path,
        clock,
        witness: None,
        ready: |_, _| Ok(()),
    })
}

fn seat(
    vault: &SoftVault,
    id: TerminalId,
    index: usize,
    keying: Keying,
    password: &str,
) -> Result<Vec<(Key, TerminalRow)>, End> {
    let merchant = sample::merchant_of(index);
    let about = Seat {
        terminal: id,
        keying,
        merchant: merchant.id,
        merchant_name: Short::cut(merchant.name),
        keyed: merchant.keyed,
        trade: Trade { moto: merchant.keyed, ..Trade::default() },
        test: true,
    };
    about.rows(vault, password)
}

/// What a terminal is set up with, apart from its keys.
#[derive(Clone, Debug)]
pub struct Seat {
    /// DE 41.
    pub terminal: TerminalId,
    /// Its key scheme.
    pub keying: Keying,
    /// DE 42.
    pub merchant: MerchantId,
    /// As on the slip.
    pub merchant_name: Short<40>,
    /// May key card numbers.
    pub keyed: bool,
    /// What it may do beyond the plain sale.
    pub trade: Trade,
    /// Slips carry the test lines.
    pub test: bool,
}

impl Seat {
    /// Its first rows, for operators who have this password.
    fn rows(&self, vault: &SoftVault, password: &str) -> Result<Vec<(Key, TerminalRow)>, End> {
        let password_key = KeyName::of(KeyUse::Token, "terminals");
        let password = Pin::new(password).map_err(|bad| End::usage(bad.0, bad.0))?;
        let value = vault
            .password_value(&password_key, &password)
            .map_err(|_| End::environment("缺少密钥 token/terminals", "the key token/terminals is missing"))?;
        Ok(new_terminal(NewTerminal {
            profile: Profile {
                terminal: self.terminal,
                merchant: self.merchant,
                merchant_name: self.merchant_name,
                tmk: KeyName::of(KeyUse::Tmk, self.terminal.as_str()),
                keying: self.keying,
                injection: 0,
                password_key,
                serial: Short::cut(self.terminal.as_str()),
                operators: [0, 1].map(|no| Operator { no: OperatorNo(no), value }).to_vec(),
                may_key_cards: self.keyed,
                test: self.test,
                seal_key: KeyName::of(KeyUse::Seal, "terminals"),
                trade: self.trade.clone(),
            },
            first_stan: Stan::FIRST,
            mark: device_mark()?,
        }))
    }
}

/// A new device's mark. Whoever fills a store makes one: a store that was wiped is another device.
fn device_mark() -> Result<DeviceMark, End> {
    let mut bytes = [0; 8];
    SystemRandom
        .fill(&mut bytes)
        .map_err(|_| End::environment("系统随机源失败", "the source of random bytes failed"))?;
    Ok(DeviceMark(u64::from_be_bytes(bytes)))
}

/// The store of one terminal that belongs to no network's folder: set up once, then only opened.
pub fn lone(dir: &Path, seat: &Seat, clock: PacedClock, password: &str) -> Result<Opening<TerminalBank>, End> {
    let home = dir.join("terminals");
    let vault = keys::open(&home)?;
    let path = home.join("store");
    let rows = seat.rows(&vault, password)?;
    once(&path, clock, |store| Driver::<TerminalBank, _, SoftVault>::seed(store, &rows).map_err(Stop::Store))?;
    Ok(Opening {
        core: TerminalBank::new(Config::default()),
        vault,
        store: path,
        clock,
        witness: None,
        ready: |_, _| Ok(()),
    })
}

/// Makes a network's folder: keys and first rows of every host. Nothing may have run in it before.
pub fn create(dir: &Path, plan: &Plan, clock: PacedClock) -> Result<(), End> {
    keys::make_all(dir, &plan.keyed(), &plan.outside)?;
    schemes::write(&dir.join("terminals"), &plan.keyed())?;
    let seats: Vec<_> = plan.seats().collect();
    bank(dir, crate::desk::BANK, &seats, clock, Some(&plan.secrets.operator))?;
    let at = clock.now();
    write(&dir.join("acquirer/store"), clock, acquirer_rows(plan, at))?;
    crate::settle::registered::write(dir)?;
    write(&dir.join("switch/store"), clock, switch_rows(at)?)?;
    for index in 0..2 {
        let home = dir.join(format!("issuer{}", index + 1));
        let mut vault = keys::open(&home)?;
        write(&home.join("store"), clock, issuer_rows(plan, index, &mut vault, at)?)?;
    }
    Ok(())
}

/// Rows per commit of a seed.
const SEED_ROWS: usize = 2_000;

fn write<R: Rows>(path: &Path, clock: PacedClock, rows: Vec<(Key, R)>) -> Result<(), End> {
    let mut store = store(path, clock)?;
    for part in rows.chunks(SEED_ROWS) {
        let mut batch = slipway_node::Batch::default();
        for (key, row) in part {
            let mut bytes = Vec::new();
            row.encode(&mut bytes);
            batch.puts.push((*key, bytes));
        }
        store.commit(&batch).map_err(Stop::Store)?;
    }
    Ok(Store::close(store).map_err(Stop::Store)?)
}

/// Fills a new store once; a store with its mark is left alone.
fn once(path: &Path, clock: PacedClock, fill: impl FnOnce(&mut EmbeddedStore) -> Result<(), Stop>) -> Result<(), End> {
    let mark = path.with_extension("seeded");
    if mark.exists() {
        return Ok(());
    }
    if path.exists() {
        // A set-up that was interrupted, or a copy of a folder that is not whole: slips and stored reversals may lie in it.
        let (path, mark) = (path.display(), mark.display());
        return Err(End::environment(
            format!("{path} 存在但缺少 {mark}：未改动任何内容；若该网络从未运行过，请删除整个目录后重建"),
            format!(
                "{path} is there and {mark} is not: nothing was changed; if this network never ran, remove its folder and make it anew"
            ),
        ));
    }
    let mut new = store(path, clock)?;
    fill(&mut new)?;
    Store::close(new).map_err(Stop::Store)?;
    std::fs::write(&mark, b"1")?;
    Ok(std::fs::File::open(&mark)?.sync_all()?)
}

fn acquirer_rows(plan: &Plan, at: Moment) -> Vec<(Key, AcquirerRow)> {
    let mut rows = Vec::new();
    for merchant in sample::merchants() {
        rows.extend(acquirer::seed_merchant(acquirer::Merchant {
            id: merchant.id,
            name_place: Short::cut(merchant.name),
            mcc: merchant.mcc,
            keyed_cards: merchant.keyed,
            offline_max_minor: if merchant.keyed { 50_000 } else { 0 },
            active: true,
        }));
    }
    for (id, index) in plan.seats() {
        let (keying, merchant) = (plan.schemes.of(index), sample::merchant_of(index).id);
        let base = keying.scheme.base_key(&sample::ACQUIRER);
        let profile = acquirer::Profile::Slipway;
        rows.extend(acquirer::seed_keyed_terminal(id, merchant, BatchNo(1), profile, keying, base));
    }
    // Programs of another make: they may settle without a code, as the trade does.
    for (id, _) in &plan.outside {
        rows.extend(acquirer::seed_terminal(
            *id,
            sample::merchant_of(1).id,
            BatchNo(1),
            acquirer::Profile::UnionpayCompat,
        ));
    }
    rows.push(day::seed(Times::default().business_date(at), at));
    rows.push(index::from_the_first(at));
    rows
}

fn switch_rows(at: Moment) -> Result<Vec<(Key, SwitchRow)>, End> {
    let member = |id, acquires| Member { id, acquires, issues: !acquires, active: true, up: false };
    let members = [member(sample::ACQUIRER, true), member(sample::ISSUER_1, false), member(sample::ISSUER_2, false)];
    let routes =
        sample::ROUTES.map(|(prefix, issuer, card)| (prefix, [sample::ISSUER_1, sample::ISSUER_2][issuer], card));
    let mut rows = switch::seed(&members, &routes).map_err(|bad| End::usage(bad.0, bad.0))?;
    rows.push(day::seed(Times::default().business_date(at), at));
    Ok(rows)
}

fn issuer_rows(plan: &Plan, index: usize, vault: &mut SoftVault, at: Moment) -> Result<Vec<(Key, IssuerRow)>, End> {
    let id = [sample::ISSUER_1, sample::ISSUER_2][index];
    let (token_key, pvk) = (KeyName::of(KeyUse::Token, id.as_str()), KeyName::of(KeyUse::Pvk, id.as_str()));
    let missing = |_| End::environment("发卡行缺少密钥", "the issuer lacks a key");
    let pin = Pin::new(&plan.secrets.card_pin).map_err(|bad| End::usage(bad.0, bad.0))?;
    let mut seeds = Seeds::new(id, at);
    for card in plan.cards(index) {
        let reference = vault.pin_offset(&pvk, &pin, &card.pan).map_err(missing)?;
        let line = if card.credit { 5_000_000 } else { 0 };
        seeds.account(card.account, line, if card.credit { 0 } else { plan.opening_fen });
        seeds.card(
            token(vault, token_key, &card)?,
            Card {
                account: card.account,
                tail: card.pan.tail(),
                status: CardStatus::Active,
                expiry: card.expiry,
                reference: Some(reference),
                pin_required: true,
                limits: Limits {
                    sale_max: 5_000_000,
                    day_max: plan.opening_fen.max(20_000_000),
                    day_count_max: 1_000_000,
                },
                phone: Short::cut("139****0000"),
                script: false,
            },
        );
    }
    Ok(seeds.finish())
}

/// A card's token under an institution's key.
fn token(vault: &mut SoftVault, key: KeyName, card: &SampleCard) -> Result<CardToken, End> {
    match vault.answer(&Ask::Token(key, card.pan.clone()), &[], None) {
        Told::Token(token) => Ok(token),
        _ => Err(End::environment("发卡行缺少密钥 token", "the issuer lacks its token key")),
    }
}
