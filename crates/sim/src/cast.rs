//! Who is in the world: six tills of three shops on five devices, two acquirers, one switch, two issuers, fifteen cards, and
//! the test keys of each. Constant in every world: a seed decides what happens, never who it happens to.

use crate::disputing::disputes;
use crate::prng::Prng;
use crate::queue::EPOCH;
use crate::station::{Slot, Station};
use slipway_hosts::acquirer::{self, Acquirer};
use slipway_hosts::day;
use slipway_hosts::issuer::{Card, CardStatus, Issuer, Limits, Seeds};
use slipway_hosts::keeping::Keeping;
use slipway_hosts::switch::{self, Switch};
use slipway_hosts::times::Times;
use slipway_node::{Ask, Told, Vault};
use slipway_runtime::drive::Habits;
use slipway_terminal::{
    Config, NewTerminal, OfflineLimits, Operator, Profile, TerminalBank, TerminalRow, Trade, hand_over, new_terminal,
    take_over,
};
use slipway_terms::{
    BatchNo, CardType, DeviceMark, Expiry, InstitutionId, KeyName, KeyScheme, KeyUse, Keying, Ksn, Mcc, MerchantId,
    Moment, OperatorNo, Pan, Pin, Short, Stan, TerminalId,
};
use slipway_vault::{Algorithm, CardKey, ClearKey, KeyRing, Schedule, SoftVault, aes_initial_key, tdes_initial_key};

/// Tills, by device: the first device has two, so that one power cut meets two tills at once.
pub const DEVICES: [&[usize]; 5] = [&[0, 1], &[2], &[3], &[4], &[5]];
/// How many tills.
pub const SEATS: usize = 6;
/// The nodes of the acquirers; devices stand before them. The second has the last two tills.
pub const ACQUIRERS: [usize; 2] = [DEVICES.len(), DEVICES.len() + 1];
/// The node of the switch.
pub const SWITCH: usize = ACQUIRERS[1] + 1;
/// The nodes of the issuers.
pub const ISSUERS: [usize; 2] = [SWITCH + 1, SWITCH + 2];
/// The nodes of the members.
pub const MEMBER_NODES: [usize; 4] = [ISSUERS[0], ISSUERS[1], ACQUIRERS[0], ACQUIRERS[1]];
/// How many nodes.
pub const NODES: usize = SWITCH + 3;
/// What every operator of the test bench keys in.
pub const PASSWORD: &str = "80461573";

const TERMINALS: [&str; SEATS] = ["10000001", "10000002", "10000003", "10000004", "20000001", "20000002"];
const MERCHANTS: [(&str, &str, u16); 3] = [
    ("999290054110001", "海棠便利店", 5411),
    ("999290058120002", "Lantern Noodles", 5812),
    ("999310055410003", "北桥加油站", 5541),
];
const MEMBERS: [&str; 4] = ["99900100", "99900200", "99902900", "99903100"];
const SWITCH_ID: &str = "00010000";

/// What a card of the bench is like.
#[derive(Clone, Copy, Debug)]
pub struct CardPlan {
    /// Number without check digit.
    pub stem: &'static str,
    /// Its PIN: ten digits, so that no time or amount looks like it to the checker of secrets.
    pub pin: &'static str,
    /// YYMM.
    pub expiry: &'static str,
    /// Status at the issuer.
    pub status: CardStatus,
    /// Credit line, 0 for a debit card. Unit: fen.
    pub line: i64,
    /// Opening money. Unit: fen.
    pub money: u64,
    /// Largest single sale. Unit: fen.
    pub sale_max: u64,
    /// Most sales a day.
    pub day_count_max: u32,
    /// A command of its issuer waits for its chip.
    pub script: bool,
}

const fn card(stem: &'static str, pin: &'static str, line: i64, money: u64) -> CardPlan {
    CardPlan {
        stem,
        pin,
        expiry: "3012",
        status: CardStatus::Active,
        line,
        money,
        sale_max: 5_000_000,
        day_count_max: 2_000,
        script: false,
    }
}

/// All cards. The one with 999003 has a BIN that no issuer owns.
pub const CARDS: [CardPlan; 15] = [
    card("999001071830604", "7391848096", 0, 9_000_000),
    card("999001160492817306", "4609275913", 20_000_000, 0),
    card("999001083361592", "8153067214", 0, 30_000),
    card("999001170248193", "5927189842", 9_000_000, 0),
    CardPlan { script: true, ..card("999001094470681523", "9471632797", 0, 7_000_000) },
    card("999002061938274", "2840192461", 0, 9_000_000),
    card("999002150617283940", "6738502150", 9_000_000, 0),
    card("999002073829461", "3081463174", 0, 4_000_000),
    CardPlan { status: CardStatus::Lost, ..card("999002095162738", "9164029438", 0, 1_000_000) },
    CardPlan { expiry: "2510", ..card("999001051723946", "2508734287", 0, 1_000_000) },
    CardPlan { sale_max: 5_000, ..card("999002046281735", "5710389922", 0, 1_000_000) },
    card("999003012345678", "1847362384", 0, 0),
    CardPlan { status: CardStatus::Stolen, ..card("999001062738491", "6201748395", 0, 1_000_000) },
    CardPlan { status: CardStatus::Inactive, ..card("999002017364829", "7492016358", 0, 1_000_000) },
    CardPlan { day_count_max: 3, ..card("999001028374650", "5038261947", 0, 1_000_000) },
];

impl CardPlan {
    /// The whole number, with its check digit.
    pub fn number(&self) -> String {
        let sum: u32 = self.stem.bytes().rev().enumerate().fold(0, |sum, (at, digit)| {
            let doubled = u32::from(digit - b'0') * if at % 2 == 0 { 2 } else { 1 };
            sum + if doubled > 9 { doubled - 9 } else { doubled }
        });
        format!("{}{}", self.stem, (10 - sum % 10) % 10)
    }

    /// The stripe: service code 121, so no chip.
    pub fn stripe(&self) -> String {
        format!("{}={}121{}", self.number(), self.expiry, &self.pin.chars().rev().collect::<String>())
    }

    pub fn issuer(&self) -> Option<usize> {
        ["999001", "999002"].iter().position(|bin| self.stem.starts_with(bin))
    }
}

/// The account of a card.
pub fn account(plan: &CardPlan) -> Short<19> {
    Short::cut(&format!("62{}", plan.stem.chars().rev().take(10).collect::<String>()))
}

/// A till's number.
pub fn terminal(seat: usize) -> TerminalId {
    TerminalId::new(TERMINALS[seat]).unwrap_or_else(|bad| unreachable!("{bad}"))
}

/// The shop a till stands in.
pub fn merchant(seat: usize) -> MerchantId {
    MerchantId::new(MERCHANTS[seat / 2].0).unwrap_or_else(|bad| unreachable!("{bad}"))
}

/// The till with this number.
pub fn seat_of(id: &TerminalId) -> Option<usize> {
    (0..SEATS).find(|seat| terminal(*seat) == *id)
}

/// The device a till is on.
pub fn device_of(seat: usize) -> usize {
    DEVICES.iter().position(|seats| seats.contains(&seat)).unwrap_or(0)
}

/// Whether a node is an acquirer.
pub fn is_acquirer(node: usize) -> bool {
    ACQUIRERS.contains(&node)
}

/// The acquirer a till belongs to.
pub const fn acquirer_of(seat: usize) -> usize {
    ACQUIRERS[seat / 4]
}

/// A node's institution number; devices and the switch send none.
pub fn institution(node: usize) -> Option<InstitutionId> {
    let at = MEMBER_NODES.iter().position(|own| *own == node)?;
    Some(member(at))
}

fn member(at: usize) -> InstitutionId {
    id(MEMBERS[at])
}

fn id(digits: &str) -> InstitutionId {
    InstitutionId::new(digits).unwrap_or_else(|bad| unreachable!("{bad}"))
}

/// A node's kind, for situations.
pub const fn name(node: usize) -> &'static str {
    match node {
        SWITCH => "switch",
        n if n > SWITCH => "issuer",
        n if n < ACQUIRERS[0] => "terminal",
        _ => "acquirer",
    }
}

/// A node's own name, for stories: `d0`…`d4` the devices, `a0` `a1` the acquirers, `s` the switch, `i0` `i1` the issuers.
pub fn call_name(node: usize) -> String {
    match node {
        SWITCH => "s".into(),
        n if n > SWITCH => format!("i{}", n - ISSUERS[0]),
        n if n < ACQUIRERS[0] => format!("d{n}"),
        n => format!("a{}", n - ACQUIRERS[0]),
    }
}

/// The institution number of a member's node.
pub fn member_id(node: usize) -> InstitutionId {
    MEMBER_NODES.iter().position(|of| *of == node).map_or_else(|| id(SWITCH_ID), member)
}

/// The node of this name.
pub fn called(name: &str) -> Option<usize> {
    (0..NODES).find(|node| call_name(*node) == name)
}

/// The bytes of a test key: the same in every world and at both ends of a line.
fn key_bytes(usage: KeyUse, owner: &str, algorithm: Algorithm) -> Vec<u8> {
    let text = format!("{}/{owner}", usage.word());
    let matter = text
        .bytes()
        .fold(0xCBF2_9CE4_8422_2325, |sum: u64, b| (sum ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01B3));
    let mut bytes = vec![0; algorithm.key_bytes()];
    Prng::new(matter).fill(&mut bytes);
    bytes
}

/// How a till is keyed: every scheme is in every world, with open and with closed tracks.
pub const KEYING: [Keying; SEATS] = [
    Keying::of(KeyScheme::Tdes),
    Keying { scheme: KeyScheme::Tdes, track: true },
    Keying { scheme: KeyScheme::Sm4, track: true },
    Keying::of(KeyScheme::DukptTdes),
    Keying::of(KeyScheme::DukptAes),
    Keying::of(KeyScheme::Sm4),
];

/// The zones of the second issuer and the second acquirer have their PINs under SM4.
fn algorithm(usage: KeyUse, owner: &str) -> Algorithm {
    let sm4_till = (0..SEATS).any(|seat| TERMINALS[seat] == owner && KEYING[seat].scheme == KeyScheme::Sm4);
    match usage {
        KeyUse::Tmk if sm4_till => Algorithm::Sm4,
        KeyUse::Zpk if owner == MEMBERS[1] || owner == MEMBERS[3] => Algorithm::Sm4,
        KeyUse::Bdk if owner.ends_with(".aes") => Algorithm::Aes128,
        KeyUse::Token => Algorithm::Hmac,
        KeyUse::Seal => Algorithm::Aes256,
        KeyUse::Tmk | KeyUse::Pik | KeyUse::Mak | KeyUse::Zpk | KeyUse::Zak | KeyUse::Pvk => Algorithm::Tdes,
        KeyUse::Zmk | KeyUse::Tdk | KeyUse::Bdk | KeyUse::Ipek | KeyUse::Imk => Algorithm::Tdes,
    }
}

/// Owners of the base keys.
const BASES: [&str; 4] = ["99902900.tdes", "99902900.aes", "99903100.tdes", "99903100.aes"];

/// An initial key of a till, from its acquirer's base key.
fn initial_key(seat: usize, injection: u8) -> Option<ClearKey> {
    let scheme = KEYING[seat].scheme;
    let base = scheme.base_key(&member(2 + seat / 4));
    let owner = base.0.as_str().strip_prefix("bdk/")?;
    let algorithm = algorithm(KeyUse::Bdk, owner);
    let base = ClearKey::new(algorithm, &key_bytes(KeyUse::Bdk, owner, algorithm)).ok()?;
    match Ksn::first(scheme, terminal(seat), injection)? {
        Ksn::Tdes(ksn) => tdes_initial_key(&base, ksn).ok(),
        Ksn::Aes(ksn) => aes_initial_key(&Schedule::new(&base).ok()?, ksn).ok(),
    }
}

/// The key names of one node.
fn names(node: usize) -> Vec<(KeyUse, &'static str)> {
    let tmks = |seats: &[usize]| {
        let with = seats.iter().filter(|seat| !KEYING[**seat].scheme.is_dukpt());
        with.map(|seat| (KeyUse::Tmk, TERMINALS[*seat])).collect::<Vec<_>>()
    };
    let mut names = match node {
        n if is_acquirer(n) => tmks(&(0..SEATS).filter(|seat| acquirer_of(*seat) == n).collect::<Vec<_>>()),
        SWITCH => {
            MEMBERS.iter().flat_map(|m| [KeyUse::Zak, KeyUse::Zpk, KeyUse::Zmk].map(|usage| (usage, *m))).collect()
        }
        n if n < ACQUIRERS[0] => tmks(DEVICES[n]),
        _ => Vec::new(),
    };
    let own = match node {
        SWITCH => SWITCH_ID,
        n if n == ISSUERS[0] => MEMBERS[0],
        n if n == ISSUERS[1] => MEMBERS[1],
        n if n == ACQUIRERS[0] => MEMBERS[2],
        n if n == ACQUIRERS[1] => MEMBERS[3],
        _ => "tills",
    };
    names.extend([(KeyUse::Token, own), (KeyUse::Seal, own)]);
    if is_acquirer(node) || node > SWITCH {
        names.extend([KeyUse::Zak, KeyUse::Zpk, KeyUse::Zmk].map(|usage| (usage, own)));
    }
    if is_acquirer(node) {
        names.extend(BASES.iter().filter(|base| base.starts_with(own)).map(|base| (KeyUse::Bdk, *base)));
    }
    if node > SWITCH {
        names.extend([(KeyUse::Pvk, own), (KeyUse::Imk, own)]);
    }
    names
}

/// Every test key of the world in clear, for the checker that looks for them where they must not be.
pub fn keys() -> Vec<Vec<u8>> {
    let all = (0..NODES).flat_map(names);
    all.map(|(usage, owner)| key_bytes(usage, owner, algorithm(usage, owner))).collect()
}

/// A node's vault; its nonces and new keys come from `chance`.
pub fn vault(node: usize, mut chance: Prng) -> SoftVault {
    let working = ClearKey::new(Algorithm::Aes256, &key_bytes(KeyUse::Seal, name(node), Algorithm::Aes256));
    let ring = working.ok().and_then(|key| KeyRing::new(&key).ok());
    let Some(mut ring) = ring else { unreachable!("32 bytes are an AES-256 key") };
    for (usage, owner) in names(node) {
        let algorithm = algorithm(usage, owner);
        if let Ok(key) = ClearKey::new(algorithm, &key_bytes(usage, owner, algorithm)) {
            let _ = ring.put(KeyName::of(usage, owner), usage, &key);
        }
    }
    for seat in DEVICES.get(node).copied().unwrap_or_default() {
        for injection in 0..8 {
            if let Some(key) = initial_key(*seat, injection) {
                let owner = format!("{}.{injection}", TERMINALS[*seat]);
                let _ = ring.put(KeyName::of(KeyUse::Ipek, &owner), KeyUse::Ipek, &key);
            }
        }
    }
    SoftVault::new(ring, Box::new(move |out: &mut [u8]| chance.fill(out)))
}

/// The key of a card's chip, as its issuer made it.
pub fn card_key(no: usize) -> Option<CardKey> {
    let plan = CARDS.get(no)?;
    // A card whose BIN nobody owns was made by somebody: it never gets as far as its cryptogram.
    let at = plan.issuer().unwrap_or(0);
    let pan = Pan::new(&plan.number()).ok()?;
    vault(ISSUERS[at], Prng::new(0)).card_key(&KeyName::of(KeyUse::Imk, MEMBERS[at]), &pan, 1).ok()
}

fn device(node: usize, habits: Habits, seed: u64) -> Slot<TerminalBank> {
    let vault_of = move |chance| vault(node, chance);
    let bench = vault_of(Prng::new(0));
    let password_key = KeyName::of(KeyUse::Token, "tills");
    let value = Pin::new(PASSWORD).ok().and_then(|p| bench.password_value(&password_key, &p).ok()).unwrap_or_default();
    let profile = move |seat: usize, no: u64| Profile {
        terminal: terminal(seat),
        merchant: merchant(seat),
        merchant_name: Short::cut(MERCHANTS[seat / 2].1),
        tmk: KeyName::of(KeyUse::Tmk, TERMINALS[seat]),
        keying: KEYING[seat],
        injection: u8::try_from(no).unwrap_or(u8::MAX),
        password_key,
        serial: Short::cut(TERMINALS[seat]),
        operators: [0, 1].map(|no| Operator { no: OperatorNo(no), value }).to_vec(),
        may_key_cards: seat == 3,
        test: true,
        seal_key: KeyName::of(KeyUse::Seal, "tills"),
        trade: Trade {
            moto: seat == 3,
            offline: OfflineLimits { single_fen: 30_000, count_max: 5, sum_fen: 60_000 },
            ..Trade::default()
        },
    };
    let new = move |seat: usize, no: u64| {
        new_terminal(NewTerminal { profile: profile(seat, no), first_stan: first_stan(seat), mark: mark(seat, no) })
    };
    let rows: Vec<_> = DEVICES[node].iter().flat_map(|seat| new(*seat, 0)).collect();
    let succession = move |old: Option<&[TerminalRow]>, at: Moment, no: u64| {
        let Some(old) = old else { return DEVICES[node].iter().flat_map(|seat| new(*seat, no)).collect() };
        // The old device opens the cards of its stored advices, the new one seals them: the parcel itself is the vault's matter.
        let mut vault = vault_of(Prng::of(seed, (no << 8) + node as u64));
        let mut rows = Vec::new();
        for seat in DEVICES[node] {
            let own = profile(*seat, no);
            let handed = hand_over(old, own.terminal, at, |sealed| vault.open_pan(sealed));
            // One that took over itself and was not heard yet has nothing to hand over: it stays.
            let Ok(handed) = handed else { return Vec::new() };
            let seal = |pan: &Pan| match vault.answer(&Ask::Seal(own.seal_key, pan.clone()), &[], None) {
                Told::Sealed(sealed) => Some(sealed),
                _ => None,
            };
            rows.extend(take_over(&handed.bytes, &own, mark(*seat, no), at, seal).unwrap_or_default());
        }
        rows
    };
    Slot::new(|| TerminalBank::new(Config::default()), vault_of, &rows, habits, seed).replaced_by(succession)
}

/// The mark of the device at a till, and of those that come in its place.
pub const fn mark(seat: usize, no: u64) -> DeviceMark {
    DeviceMark(((seat as u64 + 1) << 32) + no)
}

/// One till begins near the end of its numbers, so that every world sees a STAN wrap.
fn first_stan(seat: usize) -> Stan {
    if seat == 2 { Stan::new(999_997).unwrap_or(Stan::FIRST) } else { Stan::FIRST }
}

fn acquirer_slot(at: usize, habits: Habits, seed: u64) -> Slot<Acquirer> {
    let node = ACQUIRERS[at];
    let seats: Vec<usize> = (0..SEATS).filter(|seat| acquirer_of(*seat) == node).collect();
    let mut rows = Vec::new();
    for (shop, (_, name, mcc)) in MERCHANTS.iter().enumerate().filter(|(shop, _)| seats.contains(&(shop * 2))) {
        rows.extend(acquirer::seed_merchant(acquirer::Merchant {
            id: merchant(shop * 2),
            name_place: Short::cut(name),
            mcc: Mcc(*mcc),
            keyed_cards: shop == 1,
            offline_max_minor: 50_000,
            active: true,
        }));
    }
    for seat in seats {
        let base = KEYING[seat].scheme.base_key(&member(2 + at));
        let till = (terminal(seat), merchant(seat), BatchNo(1));
        let profile = acquirer::Profile::Slipway;
        rows.extend(acquirer::seed_keyed_terminal(till.0, till.1, till.2, profile, KEYING[seat], base));
    }
    rows.push(day::seed(EPOCH.date(), EPOCH));
    // Slips are kept for the day: a world has no years.
    let keeping = Keeping { slip_years: 0, ..Keeping::default() };
    let core = move || Acquirer::new(member(2 + at), Times::default()).disputing(disputes()).keeping_slips(keeping);
    Slot::new(core, move |chance| vault(node, chance), &rows, habits, seed)
}

fn switch_slot(habits: Habits, seed: u64) -> Slot<Switch> {
    let member_of =
        |at: usize| switch::Member { id: member(at), acquires: at >= 2, issues: at < 2, active: true, up: false };
    let members = [0, 1, 2, 3].map(member_of);
    let routes = ["999001", "9990011", "999002", "9990021"].map(|prefix| {
        let card = if prefix.len() == 7 { CardType::Credit } else { CardType::Debit };
        (prefix, member(usize::from(prefix.starts_with("999002"))), card)
    });
    let mut rows = switch::seed(&members, &routes).unwrap_or_default();
    rows.push(day::seed(EPOCH.date(), EPOCH));
    let core = || Switch::new(id(SWITCH_ID), Times::default()).disputing(disputes());
    Slot::new(core, |chance| vault(SWITCH, chance), &rows, habits, seed)
}

fn issuer_slot(at: usize, habits: Habits, seed: u64) -> Slot<Issuer> {
    let node = ISSUERS[at];
    let core = Issuer::new(member(at)).disputing(disputes());
    let mut bench = vault(node, Prng::new(0));
    let mut seeds = Seeds::new(member(at), EPOCH);
    for plan in CARDS.iter().filter(|plan| plan.issuer() == Some(at)) {
        let (Ok(pan), Ok(pin)) = (Pan::new(&plan.number()), Pin::new(plan.pin)) else { continue };
        let account = account(plan);
        seeds.account(account, plan.line, plan.money);
        let Told::Token(token) = bench.answer(&Ask::Token(core.token_key(), pan.clone()), &[], None) else { continue };
        let reference = bench.pin_offset(&KeyName::of(KeyUse::Pvk, MEMBERS[at]), &pin, &pan).ok();
        let Ok(expiry) = Expiry::new(plan.expiry) else { continue };
        let limits = Limits { sale_max: plan.sale_max, day_max: 60_000_000, day_count_max: plan.day_count_max };
        let (status, tail, phone) = (plan.status, pan.tail(), Short::cut("139****0000"));
        seeds.card(
            token,
            Card { account, tail, status, expiry, reference, pin_required: true, limits, phone, script: plan.script },
        );
    }
    Slot::new(move || core.clone(), move |chance| vault(node, chance), &seeds.finish(), habits, seed)
}

/// All nodes, off, in the order of their numbers.
pub fn nodes(habits: Habits, seed: u64) -> Vec<Box<dyn Station>> {
    let seed_of = |node: usize| seed ^ (node as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mut all: Vec<Box<dyn Station>> = Vec::new();
    for node in 0..ACQUIRERS[0] {
        all.push(Box::new(device(node, habits, seed_of(node))));
    }
    for (at, node) in ACQUIRERS.into_iter().enumerate() {
        all.push(Box::new(acquirer_slot(at, habits, seed_of(node))));
    }
    all.push(Box::new(switch_slot(habits, seed_of(SWITCH))));
    for (at, node) in ISSUERS.into_iter().enumerate() {
        all.push(Box::new(issuer_slot(at, habits, seed_of(node))));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use slipway_terms::Track2;

    #[test]
    fn every_card_of_the_bench_is_a_test_card() {
        for plan in CARDS {
            let pan = Pan::new(&plan.number()).unwrap();
            assert!(pan.luhn() && plan.number().starts_with("99900"), "{pan:?}");
            assert_eq!(Track2::new(&plan.stripe()).unwrap().pan().unwrap(), pan);
            assert!(Pin::new(plan.pin).is_ok() && Expiry::new(plan.expiry).is_ok());
        }
    }

    #[test]
    fn every_till_is_on_one_device_and_every_key_name_is_whole() {
        for seat in 0..SEATS {
            assert_eq!(DEVICES.iter().filter(|seats| seats.contains(&seat)).count(), 1);
            assert_eq!(seat_of(&terminal(seat)), Some(seat));
        }
        for node in 0..NODES {
            for (usage, owner) in names(node) {
                assert!(format!("{:?}", KeyName::of(usage, owner)).ends_with(owner));
            }
        }
    }
}
