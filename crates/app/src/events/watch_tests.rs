use super::*;
use crate::events::book::Hooked;
use crate::events::facts::Ending;
use slipway_node::Key;
use slipway_terms::MerchantId;

fn hooked(id: &str, events: &[&str], made: i64) -> Hooked {
    Hooked {
        id: id.into(),
        merchant: None,
        url: "https://shop.example/".into(),
        events: events.iter().map(|&word| word.into()).collect(),
        side: None,
        who: "market".into(),
        made: Moment(made),
        turn: 1,
        two: false,
        ended: None,
        proof: crate::events::book::Proof::Old,
    }
}

fn book(dir: &Path, events: &[&str]) -> Arc<Book> {
    let book = Book::of(dir).unwrap();
    book.add(hooked("w1", events, 10), || Ok(())).unwrap();
    Arc::new(book)
}

fn watcher(journal: &Path, book: &Arc<Book>) -> Watcher {
    Watcher::of(journal, Arc::clone(book), AllMarks::default()).unwrap()
}

fn fact(id: &str, kind: &'static str, at: i64) -> Fact {
    Fact {
        id: id.into(),
        kind,
        merchant: MerchantId::new("999290054110001").unwrap(),
        about: "x".into(),
        at: Moment(at),
        open: None,
        ending: Ending::open("签购单", "its slip"),
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
    let book = book(dir.path(), &["payment.*"]);
    let mut watcher = watcher(&journal, &book);
    let all = || {
        vec![
            fact("a", "payment.approved", 10),
            fact("b", "payment.declined", 11),
            fact("a", "payment.approved", 10),
            fact("c", "refund.approved", 12),
            fact("d", "payment.approved", 9),
        ]
    };
    watcher.take(all(), None);
    watcher.write();
    assert_eq!(ids(&journal), ["a", "b"]);
    let mut watcher = self::watcher(&journal, &book);
    watcher.take(all(), None);
    watcher.take(vec![fact("e", "payment.reversed", 12)], None);
    watcher.write();
    assert_eq!(ids(&journal), ["a", "b", "e"]);
}

#[test]
fn what_the_disk_does_not_take_waits() {
    let dir = tempfile::tempdir().unwrap();
    let journal = dir.path().join("events.jsonl");
    let mut watcher = watcher(&journal, &book(dir.path(), &["*"]));
    std::fs::create_dir(&journal).unwrap();
    watcher.take(vec![fact("a", "payment.approved", 10)], None);
    watcher.write();
    assert!(watcher.stuck && watcher.waiting.len() == 1);
    std::fs::remove_dir(&journal).unwrap();
    watcher.write();
    assert_eq!((ids(&journal), watcher.waiting.len()), (vec!["a".to_owned()], 0));
}

fn lines(journal: &Path) -> Vec<(String, i64)> {
    let text = std::fs::read_to_string(journal).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str::<Said>(line).unwrap()).map(|said| (said.id, said.at_ms)).collect()
}

#[test]
fn what_became_so_after_a_subscription_is_told_though_it_began_before() {
    let dir = tempfile::tempdir().unwrap();
    let journal = dir.path().join("events.jsonl");
    let book = book(dir.path(), &["*"]);
    let (waits, over) = (Key::of(7).with(&1_u8), Key::of(7).with(&2_u8));
    let marks = AllMarks::default();
    marks.lock().unwrap().insert("w1".into(), Arc::new(Marks::from([waits])));
    let mut watcher = Watcher::of(&journal, Arc::clone(&book), marks).unwrap();
    let slip = |id: &str, open: Key, at: i64| Fact { open: Some(open), ..fact(id, "slip.printed", at) };
    // Its answer was before, its slip came at 40; another's slip was there before and its row is written again for a refund.
    watcher.take(vec![fact("a", "payment.approved", 5), slip("b", waits, 5), slip("c", over, 5)], Some(Moment(40)));
    // One that began after says when it was heard, and one that was found in the rows says at least not before.
    watcher.take(vec![slip("d", over, 11)], Some(Moment(41)));
    watcher.take(vec![slip("e", waits, 6)], None);
    watcher.write();
    assert_eq!(lines(&journal), [("b".into(), 40), ("d".into(), 41), ("e".into(), 10)]);
    let line = std::fs::read_to_string(&journal).unwrap();
    assert!(line.lines().all(|line| line.contains("\"final\":false") && line.contains("its slip")), "{line}");
}

#[test]
fn what_is_committed_while_somebody_subscribes_is_told_once_they_have() {
    let dir = tempfile::tempdir().unwrap();
    let journal = dir.path().join("events.jsonl");
    let book = Arc::new(Book::of(dir.path()).unwrap());
    let mut watcher = watcher(&journal, &book);
    let (tell, heard) = std::sync::mpsc::sync_channel(9);
    watcher.take(vec![fact("before", "payment.approved", 9), fact("while", "payment.approved", 10)], None);
    book.add(hooked("w1", &["*"], 10), || Ok(())).unwrap();
    tell.send(Seen::Subscribed).unwrap();
    tell.send(Seen::Facts(vec![fact("after", "payment.approved", 12)])).unwrap();
    tell.send(Seen::Stop).unwrap();
    watcher.run(&heard);
    assert_eq!(ids(&journal), ["while", "after"]);
}
