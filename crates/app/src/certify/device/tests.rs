//! Days at a device: what goes up and comes down, and what is said about it. A case is one line.

use super::*;
use slipway_iso8583::{Encoder, UNIONPAY_POS, decode};

/// A message of fields in order.
fn bytes(mti: &[u8; 4], fields: &[(u8, &str)]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = Encoder::begin(&mut out, &UNIONPAY_POS, *mti).unwrap();
    for (n, value) in fields {
        encoder.field(*n, value.as_bytes()).unwrap();
    }
    encoder.finish().unwrap();
    out
}

fn sale(stan: &str, fen: &str) -> Vec<u8> {
    bytes(b"0200", &[(3, "000000"), (4, fen), (11, stan), (22, "021"), (25, "00"), (49, "156"), (60, "22000001")])
}

fn reversal(stan: &str, fen: &str, reason: &str) -> Vec<u8> {
    let head = [(3, "000000"), (4, fen), (11, stan), (22, "021"), (25, "00"), (39, reason), (49, "156")];
    bytes(b"0400", &[&head[..], &[(60, "22000001")]].concat())
}

fn answer(mti: &[u8; 4], stan: &str, code: &str) -> Vec<u8> {
    bytes(mti, &[(3, "000000"), (11, stan), (39, code), (60, "22000001")])
}

/// A day at the device: what goes up or comes down, and what is said about it.
enum Passes {
    Up(Vec<u8>),
    Down(Vec<u8>, Option<Deed>),
}

fn check(name: &str, day: &[Passes], want: &[&str]) {
    let mut device = Device::default();
    let mut said = Vec::new();
    for one in day {
        match one {
            Passes::Up(bytes) => said.extend(device.up(&decode(&UNIONPAY_POS, bytes).unwrap(), 1, &["98"]).1),
            Passes::Down(bytes, deed) => {
                let _ = device.down(&decode(&UNIONPAY_POS, bytes).unwrap(), *deed);
            }
        }
    }
    said.extend(device.left(1));
    assert_eq!(said.len(), want.len(), "{name}: {said:?}");
    for (text, want) in said.iter().zip(want) {
        assert!(text.en.contains(want) && !text.zh.is_ascii(), "{name}: {text:?}");
    }
}

#[test]
fn what_a_device_owes_is_told_once() {
    use Passes::{Down, Up};
    let a = || Up(sale("000001", "000000001000"));
    let b = || Up(sale("000002", "000000002000"));
    let yes = |stan: &str| Down(answer(b"0210", stan, "00"), None);
    let lost = || Down(answer(b"0210", "000001", "00"), Some(Deed::Lose));
    let undo = |reason: &str| Up(reversal("000001", "000000001000", reason));
    let undone = || Down(answer(b"0410", "000001", "00"), None);
    check("clean", &[a(), yes("000001"), b(), yes("000002")], &[]);
    check("reversed", &[a(), lost(), undo("98"), undone(), b(), yes("000002")], &[]);
    check("not reversed", &[a(), lost(), b(), yes("000002")], &["no reversal of SALE 10.00 #000001"]);
    check("left", &[a(), lost()], &["no reversal of SALE 10.00 #000001"]);
    check("given up", &[a(), lost(), undo("98"), undo("98"), undo("98")], &["given up after 3 sends"]);
    check("wrong reason", &[a(), lost(), undo("06"), undone()], &["reason is 06, not 98"]);
    let other = || Up(reversal("000001", "000000001001", "98"));
    check("other amount", &[a(), lost(), other(), undone()], &["field 4 of the reversal differs"]);
    check("clean reversed", &[a(), yes("000001"), undo("98"), undone()], &["had reached it clean"]);
    let no = |code: &str| Down(answer(b"0210", "000001", code), None);
    check("decline reversed", &[a(), no("51"), undo("98"), undone()], &["which was declined (51)"]);
    check("no sign-on", &[a(), no("77"), b(), yes("000002")], &["without a sign-on after 77"]);
    check("98 is doubt", &[a(), no("98"), b(), yes("000002")], &["no reversal of SALE 10.00"]);
    check("used", &[a(), yes("000001"), a(), yes("000001")], &["STAN 000001 was used before"]);
    check("stranger", &[undo("98")], &["are those of no exchange"]);
    let bad = || Down(answer(b"0210", "000001", "00"), Some(Deed::SpoilMac));
    check("bad MAC is doubt", &[a(), bad()], &["no reversal of SALE 10.00"]);
}
