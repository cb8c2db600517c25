//! The courier against a world that fails it, killed at every point: before and after each thing it writes and sends.

use super::super::journal::Said;
use super::*;
use std::collections::BTreeMap;

const PATIENCE: Patience = Patience { first_ms: 1_000, max_ms: 60_000, give_up_ms: None };

fn line(no: u64, holder: Option<&str>) -> Entry {
    let text = || format!("notice {no}");
    let said = Said {
        id: format!("id-{no}"),
        kind: "debit".into(),
        holder: holder.map(str::to_owned),
        card: "999001******0014".into(),
        amount: "88.00".into(),
        amount_fen: 8_800,
        at_ms: 1,
        written_ms: 1,
        zh: text(),
        en: text(),
        about: None,
    };
    Entry { said, from: no * 100, next: no * 100 + 100 }
}

fn to(entry: &Entry) -> Option<To> {
    let holder = entry.said.holder.as_deref().filter(|holder| *holder != "nobody")?;
    Some(To { address: holder.into(), masked: format!("{holder}***"), wanted: Wanted::Both })
}

/// What survives a kill: journal and record. And the world, which remembers what it heard.
#[derive(Default)]
struct World {
    journal: Vec<Entry>,
    record: Vec<Told>,
    heard: Vec<(String, String)>,
    now: i64,
    acts: usize,
    kill_at: Option<usize>,
}

impl World {
    /// One more act; `false`: killed before it.
    fn lives(&mut self) -> bool {
        self.acts += 1;
        self.kill_at != Some(self.acts)
    }

    fn courier(&self) -> Courier {
        let low = self.record.last().map_or(0, |told| told.low);
        let mut courier = Courier::new(PATIENCE, 7, low, self.record.iter().filter(|told| told.next > low).cloned());
        self.journal.iter().filter(|entry| entry.from < low).for_each(|entry| courier.know(&entry.said.id, entry.from));
        courier
    }

    /// Runs until nothing is left to do, or a kill. The world answers by `answers`, counted over its whole life.
    fn run(&mut self, answers: &mut dyn FnMut(&Letter) -> Answer) -> Option<()> {
        let mut courier = self.courier();
        loop {
            let read: Vec<Entry> = self.journal.iter().filter(|entry| entry.from >= courier.read()).cloned().collect();
            read.into_iter().for_each(|entry| {
                let wanted = to(&entry).is_some();
                courier.take(entry, wanted);
            });
            match courier.next(self.now, to) {
                Step::Write(told) => {
                    self.lives().then_some(())?;
                    self.record.push(told);
                }
                Step::Send(told, letter) => {
                    self.lives().then_some(())?;
                    self.record.push(told);
                    self.lives().then_some(())?;
                    let answer = answers(&letter);
                    if matches!(answer, Answer::Said(_) | Answer::Down { unsure: true, .. }) {
                        self.heard.push((letter.to.address.clone(), letter.entry.said.id.clone()));
                    }
                    self.lives().then_some(())?;
                    let told = courier.answered(self.now, &letter, answer);
                    self.record.push(told);
                }
                Step::Wait(Some(until)) => self.now = self.now.max(until),
                Step::Wait(None) => return Some(()),
            }
        }
    }

    fn times(&self) -> BTreeMap<&str, usize> {
        let mut times = BTreeMap::new();
        for (_, id) in &self.heard {
            *times.entry(id.as_str()).or_default() += 1;
        }
        times
    }
}

fn journal() -> Vec<Entry> {
    let holders = [Some("ann"), Some("bob"), Some("nobody"), Some("ann"), None, Some("bob"), Some("ann")];
    let mut lines: Vec<Entry> = holders.iter().zip(0..).map(|(holder, no)| line(no, *holder)).collect();
    // The second copy of the first line, as a kill between the journal and the outbox leaves it.
    let copy = Entry { from: 700, next: 800, ..line(0, Some("ann")) };
    lines.push(copy);
    lines
}

#[test]
fn killed_at_every_point_it_says_each_once_or_twice_and_in_order() {
    // In turn: arrives, is lost on the way back, is put off, arrives.
    let mut whole = World { journal: journal(), ..World::default() };
    let answers = || {
        let mut nth = 0;
        move |_: &Letter| {
            nth += 1;
            match nth % 4 {
                2 => Answer::Down { why: "no answer".into(), unsure: true },
                3 => Answer::Later("not now".into()),
                _ => Answer::Said(None),
            }
        }
    };
    whole.run(&mut answers()).unwrap();
    assert!(whole.acts > 15, "{}", whole.acts);
    for kill_at in 1..=whole.acts {
        let mut world = World { journal: journal(), kill_at: Some(kill_at), ..World::default() };
        let mut answer = answers();
        let mut doubtful = 0;
        let mut counted = |letter: &Letter| {
            let given = answer(letter);
            doubtful += usize::from(matches!(given, Answer::Down { unsure: true, .. }));
            given
        };
        assert_eq!(world.run(&mut counted), None, "killed at {kill_at}");
        world.run(&mut counted).unwrap();
        let times = world.times();
        assert_eq!(times.keys().copied().collect::<Vec<_>>(), ["id-0", "id-1", "id-3", "id-5", "id-6"], "{kill_at}");
        let doubles: usize = times.values().map(|times| times - 1).sum();
        assert!(doubles <= doubtful + 1, "killed at {kill_at}: {times:?} for {doubtful} lost answers and one kill");
        for who in ["ann", "bob"] {
            let mut ids: Vec<&String> = world.heard.iter().filter(|(to, _)| to == who).map(|(_, id)| id).collect();
            ids.dedup();
            assert!(ids.is_sorted(), "killed at {kill_at}, to {who}: {ids:?}");
        }
        let low = world.record.last().unwrap().low;
        assert_eq!(low, 800, "killed at {kill_at}: everything has ended");
    }
}

#[test]
fn what_may_have_arrived_is_marked_and_nothing_else() {
    let mut world = World { journal: vec![line(0, Some("ann"))], kill_at: Some(3), ..World::default() };
    assert_eq!(world.run(&mut |_| Answer::Said(None)), None, "killed after the sending");
    world.run(&mut |letter| {
        assert!(letter.again);
        Answer::Said(Some("77".into()))
    });
    let last = world.record.last().unwrap();
    assert_eq!((last.word, last.again, last.reference.as_deref()), (Word::Said, true, Some("77")));

    let mut world = World { journal: vec![line(0, Some("ann"))], ..World::default() };
    let mut refused = true;
    world.run(&mut |letter| {
        assert!(!letter.again);
        if std::mem::take(&mut refused) { Answer::Later("500".into()) } else { Answer::Said(None) }
    });
    assert!(!world.record.last().unwrap().again);
}

#[test]
fn one_who_cannot_be_reached_holds_up_nobody_else() {
    let journal = vec![line(0, Some("ann")), line(1, Some("bob")), line(2, Some("ann")), line(3, Some("bob"))];
    let mut world = World { journal, ..World::default() };
    let mut no = 0;
    world.run(&mut |letter| {
        no += 1;
        if letter.to.address == "ann" && no < 9 { Answer::Later("full".into()) } else { Answer::Said(None) }
    });
    let ids: Vec<&str> = world.heard.iter().map(|(_, id)| id.as_str()).collect();
    assert_eq!(ids, ["id-1", "id-3", "id-0", "id-2"]);
}

#[test]
fn one_notice_that_breaks_the_sink_holds_up_nobody_else() {
    let journal = (0..6).map(|no| line(no, Some(if no % 2 == 0 { "ann" } else { "bob" }))).collect();
    let mut world = World { journal, ..World::default() };
    let mut tries = 0;
    world.run(&mut |letter| match letter.entry.said.id.as_str() {
        "id-0" if tries < 20 => {
            tries += 1;
            Answer::Down { why: "http 500".into(), unsure: false }
        }
        _ => Answer::Said(None),
    });
    let ids: Vec<&str> = world.heard.iter().map(|(_, id)| id.as_str()).collect();
    assert_eq!(ids, ["id-1", "id-3", "id-5", "id-0", "id-2", "id-4"]);
}

#[test]
fn waits_double_up_to_the_longest() {
    let mut courier = Courier::new(PATIENCE, 7, 0, []);
    courier.take(line(0, Some("ann")), true);
    let mut now = 0;
    let mut waits = Vec::new();
    for _ in 0..9 {
        let Step::Send(_, letter) = courier.next(now, to) else { panic!("due at {now}") };
        courier.answered(now, &letter, Answer::Down { why: "refused".into(), unsure: false });
        let Step::Wait(Some(until)) = courier.next(now, to) else { panic!("no wait at {now}") };
        waits.push(until - now);
        now = until;
    }
    let least = [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000];
    for (wait, least) in waits.iter().zip(least) {
        assert!((least..=least + least / 4).contains(wait), "{waits:?}");
    }
}

#[test]
fn what_ends_unsaid_is_listed() {
    let first = |patience: Patience, now: i64, answer: Option<Answer>, reachable: bool| {
        let mut courier = Courier::new(patience, 7, 0, []);
        courier.take(line(0, Some("ann")), true);
        let step = courier.next(now, |entry| to(entry).filter(|_| reachable));
        let told = match (step, answer) {
            (Step::Send(_, letter), Some(answer)) => courier.answered(now, &letter, answer),
            (Step::Write(told), None) => told,
            (step, _) => panic!("{step:?}"),
        };
        (told.word, told.why.unwrap_or_default(), courier.waiting())
    };
    let day = Patience { give_up_ms: Some(86_400_000), ..PATIENCE };
    let undelivered = |why: &str| (Word::Undelivered, why.to_owned(), 0);
    assert_eq!(first(day, 86_400_001, None, true), undelivered("已过时限 / too old; 尚未尝试 / not tried"));
    assert_eq!(first(day, 5, Some(Answer::Refused("no such number".into())), true), undelivered("no such number"));
    assert_eq!(first(day, 5, None, false), undelivered("地址已删除 / the address was taken out"));
    assert_eq!(first(PATIENCE, i64::MAX / 2, Some(Answer::Said(None)), true), (Word::Said, String::new(), 0));
    assert_eq!(first(day, 5, Some(Answer::Stop("410".into())), true), (Word::Failed, "410".into(), 1));
}

#[test]
fn who_wants_nothing_any_more_is_left_alone_until_a_restart() {
    let mut courier = Courier::new(PATIENCE, 7, 0, []);
    courier.take(line(0, Some("ann")), true);
    let Step::Send(_, letter) = courier.next(5, to) else { panic!("nothing sent") };
    courier.answered(5, &letter, Answer::Stop("410".into()));
    courier.take(line(1, Some("bob")), true);
    assert_eq!(courier.next(i64::MAX / 2, to), Step::Wait(None));
    assert_eq!(courier.waiting(), 2);
}

#[test]
fn what_was_nobodys_stays_nobodys() {
    // Ann waits, so the beginning stands still; the one after her had no address then and has one after the restart.
    let journal = vec![line(0, Some("ann")), line(1, Some("nobody")), line(2, Some("bob"))];
    let mut world = World { journal, kill_at: Some(5), ..World::default() };
    assert_eq!(world.run(&mut |_| Answer::Later("no".into())), None);
    let mut courier = world.courier();
    for entry in world.journal.clone() {
        courier.take(entry, true);
    }
    assert_eq!(courier.waiting(), 2, "{:?}", world.record);
}
