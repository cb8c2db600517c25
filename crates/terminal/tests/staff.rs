//! Operators: locks that outlive the power, passwords by role, people who come and go, and the journal of deeds.
#![allow(clippy::unwrap_used, reason = "the bodies of the cases are tests, clippy sees only the outermost one")]

mod bench;
use bench::*;
use slipway_node::Act;
use slipway_terminal::{Config, Deed, Profile, Staff, What};
use slipway_terms::{Amount, Kind, OperatorNo, Pin};

fn sign_in(no: u8, password: &str) -> Act {
    Act::SignIn(OperatorNo(no), Pin::new(password).unwrap())
}

/// The locks, one line a try: who, with what, and a word of the screen.
#[test]
fn locks_open_only_from_above() {
    let mut bench = Bench::new();
    let tries = |all: &[(u8, &str, &str)], bench: &mut Bench| {
        for (no, password, word) in all {
            bench.act(sign_in(*no, password));
            assert!(bench.screen().contains(word), "{no} {password}: {}", bench.screen());
            // A plug is no way around it.
            bench.power_cut();
        }
    };
    tries(&[(1, "0000", "2 次"), (7, "1234", "1 次"), (1, "0000", "已锁定"), (1, "1234", "已锁定")], &mut bench);
    for left in ["4 次", "3 次", "2 次", "1 次", "请管理员 99"] {
        tries(&[(0, "0000", left)], &mut bench);
    }
    tries(&[(0, "9876", "请管理员 99"), (99, "11112222", "4 次"), (99, "99887766", "签到")], &mut bench);
    tries(&[(0, "9876", "签到"), (1, "1234", "签到")], &mut bench);
    for _ in 0..5 {
        bench.act(sign_in(99, "11112222"));
    }
    bench.act(sign_in(99, "99887766"));
    assert!(bench.screen().contains("请十分钟后再试"));
    bench.pass(600_000);
    bench.act(sign_in(99, "99887766"));
    assert!(!bench.screen().contains("十分钟"));
}

#[test]
fn the_supervisor_opens_the_cashiers_lock() {
    let mut bench = Bench::new();
    for _ in 0..3 {
        bench.act(sign_in(1, "0000"));
    }
    bench.act(sign_in(0, "9876"));
    bench.act(sign_in(1, "1234"));
    let whats: Vec<What> = bench.all::<Deed>().iter().map(|deed| deed.what).collect();
    let wrong = What::WrongPassword(OperatorNo(1));
    let locked = What::Locked(OperatorNo(1));
    assert_eq!(whats, [wrong, wrong, wrong, locked, What::Opened, What::SignedIn, What::SignedIn]);
}

#[test]
fn a_shipped_password_is_changed_first() {
    let mut bench = Bench::with(Config::default());
    bench.put_profile(Profile { test: false, ..profile() });
    bench.act(sign_in(1, "1234"));
    assert!(bench.screen().contains("请修改初始密码") && bench.sent.is_empty());
    bench.act(Act::Sale(Amount::fen(8_800)));
    assert!(bench.screen().contains("请操作员签到"));
    bench.act(sign_in(1, "1234"));
    bench.keys("123E");
    assert!(bench.screen().contains("至少 4 位"));
    bench.keys("1234E1234E");
    assert!(bench.screen().contains("不能使用原密码"));
    bench.keys("5678E5679E");
    assert!(bench.screen().contains("两次输入不一致"));
    bench.keys("5678E5678E");
    let answer = bench.sign_on_answer(7);
    bench.hear(answer);
    bench.sell();
    bench.power_cut();
    bench.act(sign_in(1, "1234"));
    assert!(bench.screen().contains("操作员号或密码错"));
    bench.act(sign_in(1, "5678"));
    assert!(!bench.screen().contains("修改初始密码"));
}

#[test]
fn people_come_and_go() {
    let mut bench = Bench::ready();
    bench.keys("M962");
    assert!(bench.screen().contains("此操作员无权办理"));
    bench.act(sign_in(0, "9876"));
    bench.keys("M9621E");
    assert!(bench.screen().contains("操作员已存在"));
    bench.keys("M9625E4321E4321E");
    assert!(bench.screen().contains("操作成功"), "{}", bench.screen());
    bench.act(sign_in(5, "4321"));
    bench.sell();
    bench.pass(60_000);
    bench.act(sign_in(0, "9876"));
    bench.keys("M9635E");
    assert!(bench.screen().contains("操作成功"));
    bench.act(sign_in(5, "4321"));
    assert!(bench.screen().contains("操作员号或密码错"));
    // Nobody removes the supervisor or the administrator, and the supervisor sets no password but the cashiers'.
    bench.act(sign_in(0, "9876"));
    for keys in ["M9630E", "M96399E", "M96499E", "M9640E"] {
        bench.keys(keys);
        assert!(bench.screen().contains("此操作员无权办理"), "{keys}");
    }
    bench.keys("M9641E7777E7777E");
    bench.act(sign_in(1, "7777"));
    assert!(!bench.screen().contains("密码错"));
    bench.act(sign_in(99, "99887766"));
    bench.keys("M9640E777777E777777E");
    assert!(bench.screen().contains("操作成功"), "{}", bench.screen());
    bench.act(sign_in(0, "777777"));
    bench.keys("M966");
    assert!(bench.screen().contains("签到") && bench.till().signed_on);
    assert!(!bench.all::<Staff>()[0].members.iter().any(|member| member.no == OperatorNo(5)));
}

/// A trusted cashier voids alone, and its word is enough for another; taken back, it is not.
#[test]
fn rights_are_given_and_taken_back() {
    let mut bench = Bench::for_kind(Kind::SaleVoid);
    let sale = slipway_node::Named::Voucher(bench.last().key.stan);
    for trusted in [true, false] {
        bench.act(sign_in(0, "9876"));
        bench.keys("M9651E");
        assert_eq!(bench.screen().contains("可自行撤销"), trusted, "{}", bench.screen());
        bench.act(sign_in(1, "1234"));
        bench.act(Act::Begin(Kind::SaleVoid, None, Some(sale)));
        assert_eq!(bench.screen().contains("须主管授权"), !trusted);
        bench.keys("X");
    }
    bench.keys("M965");
    assert!(bench.screen().contains("此操作员无权办理"));
}

#[test]
fn the_administrator_sells_nothing() {
    let mut bench = Bench::ready();
    bench.act(sign_in(99, "99887766"));
    for kind in [Kind::Sale, Kind::Balance, Kind::PreAuth] {
        bench.act(Act::Begin(kind, Some(Amount::fen(5_000)), None));
        assert!(bench.screen().contains("管理员不能做交易"), "{kind:?}");
    }
}

/// Every entry is stamped over the one before it: what is changed, left out or put in between breaks the chain.
#[test]
fn deeds_are_chained_and_stamped() {
    let mut bench = Bench::for_kind(Kind::SaleVoid);
    bench.act(sign_in(1, "1234"));
    bench.act(sign_in(1, "9999"));
    bench.keys("PPP");
    bench.act(sign_in(1, "1234"));
    for _ in 0..20 {
        bench.keys("X");
    }
    let deeds = bench.all::<Deed>();
    assert!(deeds.len() >= 7);
    let mut before = [0; 16];
    for (no, deed) in deeds.iter().enumerate() {
        assert_eq!((deed.no, deed.stamp), (no as u64, Some(stamp(&deed.stamped(&before)))), "{deed:?}");
        before = deed.stamp.unwrap();
    }
    assert_eq!(bench.till().deeds.last, before);
    let mut forged = deeds[1].clone();
    forged.by = Some(OperatorNo(0));
    forged.at = forged.at.plus_ms(1);
    assert_ne!(Some(stamp(&forged.stamped(&deeds[0].stamp.unwrap()))), deeds[1].stamp);
    // Power cuts lose no entry and no stamp.
    bench.act(sign_in(1, "1234"));
    bench.power_cut();
    bench.power_cut();
    bench.keys("XX");
    assert!(bench.all::<Deed>().iter().all(|deed| deed.stamp.is_some()));
}
