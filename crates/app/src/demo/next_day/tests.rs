//! Nights that no fault on the wire makes: a switch that has lost a day, and somebody who never stops asking.

use super::hours::{calm, pass};
use super::journal::Journal;
use super::{MONDAY, at};
use crate::audit;
use crate::clearing::daily::Daily;
use crate::demo::stage::Stage;
use crate::demo::stories::scene;
use crate::network::sample;
use crate::proxy::{Fault, Rule};
use slipway_hosts::acquirer::{self, AcquirerRow, By};
use slipway_hosts::day::{Days, after};
use slipway_hosts::issuer::{self, IssuerRow};
use slipway_hosts::switch::{Switch, SwitchRow};
use slipway_hosts::times::Times;
use slipway_node::{Batch, Clock, Hand, Key, Scan, Store, StoreFault};
use slipway_runtime::drive::{Driver, Habits};
use slipway_runtime::os::{Control, Pace, PacedClock, PartyPlan, spawn};
use slipway_store::{EmbeddedStore, Setup};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

#[test]
fn what_only_the_acquirer_has_is_taken_back_by_itself() {
    let home = tempfile::tempdir().unwrap();
    let (dir, store) = (home.path().join("net"), home.path().join("net/switch/store"));
    let (clock, forward) = PacedClock::led(Pace::FAST, at(MONDAY, 10, 0));
    let open = || Stage::on(&dir, 2, clock).unwrap();
    // A sale, and a copy of the switch's store from behind it.
    let mut stage = open();
    let mut first = scene(&mut stage, 2).unwrap();
    first.till().unwrap().sale(500, &first.card, sample::CARD_PIN).unwrap();
    first.until_crossed(&mut stage, first.from, 6, 630).unwrap();
    first.till.take().unwrap().pull_the_plug().unwrap();
    stage.hosts.take().unwrap().stop().unwrap();
    drop(stage);
    copy(&store, &home.path().join("copy"));
    // A sale whose answer the till never gets.
    let mut stage = open();
    let mut scene = scene(&mut stage, 1).unwrap();
    let from = stage.place();
    stage.faults.arm(Rule { hop: 6, mti: 210, fault: Fault::Lose, times: 1 });
    scene.till().unwrap().sale(8_800, &scene.card, sample::CARD_PIN).unwrap();
    scene.until_crossed(&mut stage, from, 6, 210).unwrap();
    scene.till.take().unwrap().pull_the_plug().unwrap();
    calm(&mut stage).unwrap();
    stage.hosts.take().unwrap().stop().unwrap();
    drop(stage);
    // The switch's disk died, and that copy is all there is.
    std::fs::remove_dir_all(&store).unwrap();
    copy(&home.path().join("copy"), &store);
    let mut stage = open();
    let daily = Daily::new(&dir);
    pass(&mut stage, &forward, at(MONDAY, 23, 2)).unwrap();
    let hosts = stage.hosts.as_ref().unwrap();
    let told = daily.tick(hosts, stage.now());
    let repaired = |told: &[slipway_terms::Text]| told.iter().filter(|line| line.en.contains("by itself")).count();
    assert_eq!(repaired(&told), 1, "{told:?}");
    assert_eq!(daily.tick(hosts, stage.now()), [], "once");
    calm(&mut stage).unwrap();
    let hosts = stage.hosts.as_ref().unwrap();
    let all = audit::table::<acquirer::Exchange, AcquirerRow>(&hosts.acquirer).unwrap();
    let undone: Vec<_> = all
        .iter()
        .filter_map(|row| match row {
            acquirer::Exchange::Original(original) => original.undo.map(|undo| undo.by),
            acquirer::Exchange::Tombstone(_) => None,
        })
        .collect();
    assert_eq!(undone, [By::Repair]);
    let back = hosts.issuers.iter().flat_map(|issuer| audit::table::<issuer::Exchange, IssuerRow>(issuer).unwrap());
    assert_eq!(back.filter(|exchange| exchange.suspense.is_back()).count(), 1, "the suspense is released");
    let journal = Journal::read(&dir).unwrap();
    let found = audit::against(hosts, &journal.rows).unwrap();
    assert!(found.rule_holds && found.ledgers_zero, "{:?}", found.faults);
    // What was put right behind the cut stands near it, and so it agrees when the day after has its lists too.
    let mut day = MONDAY;
    for _ in 0..2 {
        day = after(day);
        pass(&mut stage, &forward, at(day, 23, 2)).unwrap();
        let hosts = stage.hosts.as_ref().unwrap();
        assert_eq!(repaired(&daily.tick(hosts, stage.now())), 0);
    }
    let kept = crate::recon::daily::differences(&dir, stage.now()).unwrap();
    assert!(kept.iter().all(|seen| seen.open == 0) && kept.iter().any(|seen| seen.ended > 0), "{kept:?}");
    stage.hosts.take().unwrap().stop().unwrap();
}

/// A store whose rows are asked for again as soon as they are read.
struct Asked {
    store: EmbeddedStore,
    again: Arc<OnceLock<UnboundedSender<Control>>>,
}

impl Store for Asked {
    fn read(&self, keys: &[Key], out: &mut Vec<Option<Vec<u8>>>) -> Result<(), StoreFault> {
        self.store.read(keys, out)
    }
    fn range(&self, scan: &Scan, out: &mut Vec<(Key, Vec<u8>)>) -> Result<(), StoreFault> {
        self.store.range(scan, out)
    }
    fn below(&self, prefix: &Key, below: &Key, rows_max: u16, out: &mut Vec<(Key, Vec<u8>)>) -> Result<(), StoreFault> {
        self.store.below(prefix, below, rows_max, out)
    }
    fn each(&self, space: u8, visit: &mut dyn FnMut(Key, &[u8])) -> Result<(), StoreFault> {
        if let Some(again) = self.again.get() {
            let _ = again.send(Control::Rows(space, oneshot::channel().0));
        }
        self.store.each(space, visit)
    }
    fn commit(&mut self, batch: &Batch) -> Result<(), StoreFault> {
        self.store.commit(batch)
    }
    fn syncs(&self) -> u64 {
        self.store.syncs()
    }
}

#[test]
fn who_asks_again_at_once_keeps_no_step_away() {
    let home = tempfile::tempdir().unwrap();
    let (clock, _forward) = PacedClock::led(Pace::FAST, at(MONDAY, 10, 0));
    Stage::on(home.path(), 1, clock).unwrap().hosts.take().unwrap().stop().unwrap();
    let dir = home.path().join("switch");
    let asks = Arc::<OnceLock<_>>::default();
    let plan = PartyPlan {
        name: "switch".into(),
        own: Some(sample::SWITCH),
        clock,
        links: Vec::new(),
        papers: BTreeMap::new(),
        notifier: None,
        watch: None,
    };
    let vault = crate::network::keys::open(&dir).unwrap();
    let opened = Arc::clone(&asks);
    let party = spawn(plan, move || {
        let store = EmbeddedStore::open(&dir.join("store"), Setup::new(move || clock.nanos()))?;
        let core = Switch::new(sample::SWITCH, Times::default());
        Driver::open(core, Asked { store, again: opened }, vault, Habits::default(), clock.now())
    });
    let party = party.unwrap();
    asks.set(party.sender()).unwrap();
    let to = after(MONDAY);
    assert!(party.tell(Control::Hand(Hand::CutOver { to })));
    let days = || audit::table::<Days, SwitchRow>(&party).unwrap().pop().unwrap();
    assert!((0..10).any(|_| days().date == to), "the order was not decided");
    party.stop().unwrap();
}
