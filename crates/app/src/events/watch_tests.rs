use super::*;
use crate::events::book::{Book, Hooked};
use slipway_terms::MerchantId;
use std::collections::BTreeMap;

fn state(dir: &Path, events: &[&str]) -> Arc<Mutex<State>> {
    let mut book = Book::of(dir).unwrap();
    let events = events.iter().map(|&word| word.into()).collect();
    let hooked = Hooked {
        id: "w1".into(),
        merchant: None,
        url: "https://shop.example/".into(),
        events,
        who: "market".into(),
        made: Moment(10),
        turn: 1,
        two: false,
        ended: None,
    };
    book.add(hooked).unwrap();
    Arc::new(Mutex::new(State { book, running: BTreeMap::new() }))
}

fn fact(id: &str, kind: &'static str, at: i64) -> Fact {
    Fact {
        id: id.into(),
        kind,
        merchant: MerchantId::new("999290054110001").unwrap(),
        about: "x".into(),
        at: Moment(at),
        zh: "已批准".into(),
        en: "approved".into(),
        more: json!({"amount_fen": 8_800, "card": "999001******0014"}),
    }
}

fn ids(journal: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(journal).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str::<Said>(line).unwrap().id).collect()
}

#[test]
fn each_fact_is_written_once_over_restarts_and_what_nobody_wants_is_not() {
    let dir = tempfile::tempdir().unwrap();
    let journal = dir.path().join("events.jsonl");
    let state = state(dir.path(), &["payment.*"]);
    let mut watcher = Watcher::of(&journal, Arc::clone(&state)).unwrap();
    let all = || {
        vec![
            fact("a", "payment.approved", 10),
            fact("b", "payment.declined", 11),
            fact("a", "payment.approved", 10),
            fact("c", "refund.approved", 12),
            fact("d", "payment.approved", 9),
        ]
    };
    watcher.take(all());
    watcher.write();
    assert_eq!(ids(&journal), ["a", "b"]);
    let mut watcher = Watcher::of(&journal, state).unwrap();
    watcher.take(all());
    watcher.take(vec![fact("e", "payment.reversed", 12)]);
    watcher.write();
    assert_eq!(ids(&journal), ["a", "b", "e"]);
}

#[test]
fn what_the_disk_does_not_take_waits() {
    let dir = tempfile::tempdir().unwrap();
    let journal = dir.path().join("events.jsonl");
    let mut watcher = Watcher::of(&journal, state(dir.path(), &["*"])).unwrap();
    std::fs::create_dir(&journal).unwrap();
    watcher.take(vec![fact("a", "payment.approved", 10)]);
    watcher.write();
    assert!(watcher.stuck && watcher.waiting.len() == 1);
    std::fs::remove_dir(&journal).unwrap();
    watcher.write();
    assert_eq!((ids(&journal), watcher.waiting.len()), (vec!["a".to_owned()], 0));
}
