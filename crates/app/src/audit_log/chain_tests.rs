//! Everything that can be done to a log by whoever can write its folder and has no key.

use super::*;
use crate::network::sample;
use slipway_terms::{KeyName, KeyUse};
use slipway_vault::{Algorithm, ClearKey, DerivationCost, KeyFile, Master, Signs, SoftVault, SystemRandom};

pub fn key(dir: &Path) -> SigningKey {
    let mut random = SystemRandom;
    let master = Master::new_file(&dir.join("master.key"), &mut random).unwrap();
    let mut file = KeyFile::create(&dir.join("keys.slk"), &master, DerivationCost::LEAST, &mut random).unwrap();
    let token = ClearKey::new(Algorithm::Hmac, &[9; 32]).unwrap();
    let name = KeyName::of(KeyUse::Token, sample::ACQUIRER.as_str());
    file.put(&name, KeyUse::Token, &token, &mut random).unwrap();
    let seal = ClearKey::new(Algorithm::Aes256, &[8; 32]).unwrap();
    let name = KeyName::of(KeyUse::Seal, sample::ACQUIRER.as_str());
    file.put(&name, KeyUse::Seal, &seal, &mut random).unwrap();
    let vault = SoftVault::new(file.ring().unwrap(), Box::new(random));
    assert_ne!(
        vault.signing_key(Signs::Slips, &sample::ACQUIRER).unwrap().public(),
        vault.signing_key(Signs::AuditLog, &sample::ACQUIRER).unwrap().public()
    );
    vault.signing_key(Signs::AuditLog, &sample::ACQUIRER).unwrap()
}

struct Bench {
    dir: tempfile::TempDir,
    chain: Chain,
}

impl Bench {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let chain = Chain::of(dir.path().join("log.jsonl"), key(dir.path()));
        Self { dir, chain }
    }

    fn with(lines: u64) -> Self {
        let bench = Self::new();
        (1..=lines).for_each(|no| bench.write(no));
        bench
    }

    fn write(&self, no: u64) {
        let line = json!({"who": "li", "what": format!("{no} <b>“\u{202e}seal\":\"”")});
        self.chain.append(line.as_object().unwrap().clone()).unwrap();
    }

    fn path(&self, end: &str) -> PathBuf {
        self.dir.path().join("log").with_extension(end)
    }

    fn text(&self) -> Vec<String> {
        std::fs::read_to_string(self.path("jsonl")).unwrap().lines().map(str::to_owned).collect()
    }

    fn put(&self, lines: &[String]) {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        std::fs::write(self.path("jsonl"), text).unwrap();
    }

    fn stands(&self) -> Standing {
        self.chain.verify(None).unwrap()
    }
}

const fn broken(line: u64, fault: Fault) -> Standing {
    Standing::Broken { line, fault }
}

fn whole(lines: u64, standing: &Standing) {
    assert!(
        matches!(standing, Standing::Whole { head, .. } if head.as_ref().map_or(0, |head| head.no) == lines),
        "{standing:?}"
    );
}

#[test]
fn a_log_that_nobody_touched_holds() {
    whole(0, &Bench::new().stands());
    for lines in [1, 2, 5] {
        let bench = Bench::with(lines);
        whole(lines, &bench.stands());
        bench.write(9);
        whole(lines + 1, &bench.stands());
    }
}

#[test]
fn what_was_changed_taken_out_put_in_moved_or_cut_is_found() {
    let check = |name: &str, spoil: fn(&mut Vec<String>), want: Standing| {
        let bench = Bench::with(5);
        let mut lines = bench.text();
        spoil(&mut lines);
        bench.put(&lines);
        assert_eq!(bench.stands(), want, "{name}");
        // Going on mends nothing.
        bench.write(6);
        assert!(matches!(bench.stands(), Standing::Broken { .. }), "{name}: mended by going on");
    };
    check("changed", |lines| lines[2] = lines[2].replace("li", "wang"), broken(3, Fault::Changed));
    check("seal taken off", |lines| lines[2].truncate(40), broken(3, Fault::Changed));
    check("taken out", |lines| drop(lines.remove(2)), broken(3, Fault::Order));
    check("first taken out", |lines| drop(lines.remove(0)), broken(1, Fault::Order));
    check("twice", |lines| lines.insert(3, lines[2].clone()), broken(4, Fault::Order));
    check("moved", |lines| lines.swap(1, 2), broken(2, Fault::Order));
    check("put in", |lines| lines.insert(2, "{\"who\":\"li\"}".into()), broken(3, Fault::Changed));
    check("tail cut", |lines| lines.truncate(3), broken(4, Fault::Cut));
    check("emptied", Vec::clear, broken(1, Fault::Cut));
}

#[test]
fn a_head_that_was_taken_or_put_back_is_found() {
    let bench = Bench::with(3);
    let (old, lines) = (std::fs::read(bench.path("head")).unwrap(), bench.text());
    bench.write(4);
    bench.write(5);
    let kept = bench.chain.head().unwrap();
    std::fs::write(bench.path("head"), &old).unwrap();
    assert_eq!(bench.stands(), broken(5, Fault::Head));
    // Log and head of yesterday together look right; whoever wrote a head down elsewhere sees it.
    bench.put(&lines);
    whole(3, &bench.stands());
    assert_eq!(bench.chain.verify(Some(&kept)).unwrap(), broken(4, Fault::Cut));
    std::fs::remove_file(bench.path("head")).unwrap();
    assert_eq!(bench.stands(), broken(3, Fault::Head));
    bench.write(4);
    assert_eq!(bench.stands(), broken(4, Fault::Head));
    assert_eq!(Head::read(&kept.to_string()), Some(kept));
    for bad in ["", "5", "5:", "x:00", "5:zz"] {
        assert_eq!(Head::read(bad), None, "{bad}");
    }
}

#[test]
fn a_stop_between_line_and_head_accuses_nobody() {
    let bench = Bench::with(3);
    let old = std::fs::read(bench.path("head")).unwrap();
    bench.write(4);
    std::fs::write(bench.path("head"), &old).unwrap();
    whole(4, &bench.stands());
    let mut text = std::fs::read_to_string(bench.path("jsonl")).unwrap();
    text.push_str("{\"who\":\"half");
    std::fs::write(bench.path("jsonl"), text).unwrap();
    whole(4, &bench.stands());
    bench.write(5);
    whole(5, &bench.stands());
    let first = Bench::with(1);
    std::fs::remove_file(first.path("head")).unwrap();
    whole(1, &first.stands());
    first.write(2);
    whole(2, &first.stands());
}

#[test]
fn lines_of_before_there_was_a_chain_are_held_by_its_first() {
    let bench = Bench::new();
    bench.put(&["{\"who\":\"old\"}".into(), "{\"who\":\"older\"}".into()]);
    bench.write(1);
    assert!(matches!(bench.stands(), Standing::Whole { unsealed: 2, .. }));
    let mut lines = bench.text();
    lines[0] = "{\"who\":\"new\"}".into();
    bench.put(&lines);
    assert_eq!(bench.stands(), broken(3, Fault::Order));
}

#[test]
fn another_key_signs_another_log() {
    let (bench, other) = (Bench::with(2), tempfile::tempdir().unwrap());
    std::fs::write(other.path().join("x"), b"").unwrap();
    let mut random = SystemRandom;
    let master = Master::new_file(&other.path().join("master.key"), &mut random).unwrap();
    let mut file = KeyFile::create(&other.path().join("k"), &master, DerivationCost::LEAST, &mut random).unwrap();
    let name = KeyName::of(KeyUse::Token, sample::ACQUIRER.as_str());
    let token = ClearKey::generate(Algorithm::Hmac, &mut random).unwrap();
    file.put(&name, KeyUse::Token, &token, &mut random).unwrap();
    let key =
        SoftVault::new(file.ring().unwrap(), Box::new(random)).signing_key(Signs::AuditLog, &sample::ACQUIRER).unwrap();
    let forger = Chain::of(bench.path("jsonl"), key);
    assert_eq!(forger.verify(None).unwrap(), broken(1, Fault::Changed));
    forger.append(Map::new()).unwrap();
    assert!(matches!(bench.stands(), Standing::Broken { .. }));
}

#[test]
fn two_writers_make_one_chain() {
    let bench = Bench::new();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| (0..10).for_each(|no| bench.write(no)));
        }
    });
    whole(20, &bench.stands());
}

#[test]
fn a_line_without_its_own_signature_says_nothing() {
    let bench = Bench::new();
    bench.write(3);
    let mut lines = bench.text();
    let all = |bench: &Bench| bench.chain.signed_lines(10, |_| true).unwrap().len();
    let before = all(&bench);
    assert_eq!(before, lines.len());
    let forged = lines[0].replacen("\"no\":1", "\"no\":9", 1);
    lines.push(forged);
    lines.push("{\"act\":\"order_approved\",\"order\":1}".into());
    bench.put(&lines);
    assert_eq!((all(&bench), bench.chain.lines(10, |_| true).unwrap().len()), (before, lines.len()));
}
