//! The modelled disk, damaged in any way after any trouble: opening refuses, or gives exactly what stood after some batch —
//! not before the last one that the mark knows, and not behind the last one that was written.
#![no_main]

use libfuzzer_sys::fuzz_target;
use slipway_fuzz::{Choices, batch, damage, model, rows};
use slipway_node::{Store, StoreFault};
use slipway_store::crash::{CrashStore, Tail, Trouble};

/// The mark is synced at every so many batches; a power cut leaves no younger one.
const MARK_SYNC_EVERY: u64 = 64;
const TROUBLES: [Trouble; 5] =
    [Trouble::Full, Trouble::SyncError, Trouble::CutBefore, Trouble::CutUnsynced, Trouble::CutSynced];

fuzz_target!(|data: &[u8]| {
    let mut choices = Choices(data);
    let acknowledged = choices.below(140) as u64;
    let mut store = CrashStore::new();
    (1..=acknowledged).for_each(|n| store.commit(&batch(n)).expect("a sound disk"));
    let mut written = acknowledged;
    if let Some(trouble) = TROUBLES.get(choices.below(TROUBLES.len() + 1)) {
        store.plan(1, *trouble);
        store.commit(&batch(acknowledged + 1)).expect_err("planned");
        written += 1;
    }
    let (tail, mark) = match choices.below(3) {
        0 => (Tail::Kept, acknowledged),
        1 => (Tail::Lost, acknowledged - acknowledged % MARK_SYNC_EVERY),
        _ => (Tail::Torn(usize::from(choices.word())), acknowledged - acknowledged % MARK_SYNC_EVERY),
    };
    let mut image = store.image(tail);
    let sound = choices.is_over();
    while !choices.is_over() {
        image.spoil(|bytes| damage(bytes, &mut choices));
    }
    let mut store = match image.reopen() {
        Ok(store) => store,
        Err(fault) => {
            assert!(!sound, "nothing was damaged: {fault}");
            assert!(matches!(fault, StoreFault::Damaged(_)), "{fault}");
            return;
        }
    };
    let found = store.number();
    assert!(found >= if sound { acknowledged } else { mark } && found <= written, "{mark} {found} {written}");
    assert!(rows(&store).expect("open") == model(found), "wrong rows after batch {found}");
    store.commit(&batch(found + 1)).expect("it works on");
    let store = store.crash(Tail::Lost).expect("sound again");
    assert!(store.number() == found + 1 && rows(&store).expect("open") == model(found + 1));
});
