//! Bad bytes and wrong messages on real sockets: each is answered or cut off and counted, and the service goes on.

#![allow(clippy::unwrap_used, reason = "tests may")]

#[path = "common/live.rs"]
mod live;
#[path = "common/pos.rs"]
mod pos;

use live::{Up, folder, until, up_on};
use pos::{Pos, frame, hear};
use serde_json::json;
use slipway_terms::{BatchNo, MerchantId, Message, Mti, TerminalId, Till60};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::time::Duration;

/// Waits until a link of this party has counted `what` more than `before` times.
fn counted(up: &Up, party: &str, what: &str, before: u64) {
    let parts = ["slipway_link_events_total", &format!("party=\"{party}\""), &format!("what=\"{what}\"")];
    until(what, 2_000, || (up.port.counted(&parts) > before).then_some(()));
}

/// Whether the other side has ended the line within ten seconds.
fn ended(line: &mut TcpStream) -> bool {
    line.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    matches!(line.read(&mut [0; 64]), Ok(0)) || line.take_error().unwrap().is_some()
}

#[test]
fn bad_bytes_are_cut_off_or_dropped_and_counted() {
    let dir = folder("bad-bytes").join("net");
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let up = Up::from(up_on(&dir, 0, free.port()), &dir);
    let cards = up.ready["cards"].clone();
    let mut good = Pos::signed_on(&up.ready, 0);
    let mut fen = 5_000;
    let mut check = |party: &str, bytes: &[u8], hang_up: bool, what: &str| {
        let at: SocketAddr = if party == "acquirer" { up.acquirer() } else { free };
        let mut line = TcpStream::connect(at).unwrap();
        line.write_all(bytes).unwrap();
        if hang_up {
            line.shutdown(Shutdown::Write).unwrap();
        }
        counted(&up, party, what, 0);
        if what.starts_with("cut") {
            assert!(ended(&mut line), "{what}");
        }
        fen += 1;
        // Two hundred seconds of the network's clock may have passed: this line was silent too.
        good.line = TcpStream::connect(up.acquirer()).unwrap();
        let sale = good.sale(fen, &cards[0]);
        assert_eq!(good.ask(&sale), "00", "after {what}");
    };
    check("acquirer", b"GET / HTTP/1.1\r\n\r\n", false, "cut: frame length impossible or too long");
    check("switch", b"POST / HTTP/1.1\r\n\r\n", false, "cut: frame length impossible or too long");
    check("switch", b"9999", false, "cut: frame length impossible or too long");
    check(
        "acquirer",
        &[0, 20, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20],
        false,
        "frame that does not decode",
    );
    check("acquirer", &[0, 100, 0x60, 0, 5, 0, 0, 0x60], true, "closed in the middle of a frame");
    check("switch", b"0100", true, "closed in the middle of a frame");
    // Nobody says anything any more, and nobody hangs up.
    check("acquirer", &[], false, "cut: silent (half open)");
}

/// One request of a signed-on terminal, sent as `bend` leaves it; what is answered.
fn check(up: &Up, pos: &mut Pos, bend: impl FnOnce(&mut Message), want: &str) {
    let before = up.port.counted(&["acquirer_refused"]);
    let mut sale = pos.sale(2_000, &up.ready["cards"][1]);
    bend(&mut sale);
    assert_eq!(pos.ask(&sale), want);
    assert_eq!(up.port.counted(&["acquirer_refused"]), before + 1, "{want}");
}

#[test]
fn wrong_messages_are_refused_and_move_nothing() {
    let dir = folder("wrong-messages").join("net");
    let up = Up::start(&dir);
    let mut pos = Pos::signed_on(&up.ready, 0);
    check(&up, &mut pos, |m| m.merchant = Some(MerchantId::new("999290070110002").unwrap()), "03");
    check(&up, &mut pos, |m| m.till60 = Some(Till60::financial(22, BatchNo(77))), "77");
    check(&up, &mut pos, |m| m.terminal = Some(TerminalId::new("29999999").unwrap()), "97");
    // A type of the dialect that no terminal sends.
    check(&up, &mut pos, |m| m.mti = Mti(420), "12");
    // A type that no dialect has cannot be answered: its sender's timer does the rest.
    let mut unknown = pos.sale(2_000, &up.ready["cards"][1]);
    unknown.mti = Mti(600);
    let bytes = pos.sealed(&unknown);
    pos.tell(&bytes);
    counted(&up, "acquirer", "message of unknown type", 0);
    // A MAC over other bytes; then the same terminal goes on with a right one.
    let sale = pos.sale(2_001, &up.ready["cards"][1]);
    let mut bent = pos.sealed(&sale);
    *bent.last_mut().unwrap() ^= 1;
    assert_eq!(pos.ask_bytes(&bent), "A0");
    assert_eq!(pos.ask(&sale), "00");
    let audit = up.port.get("/api/v1/audit").unwrap();
    assert_eq!((&audit["debits"], &audit["rule_holds"]), (&json!(1), &json!(true)), "{audit}");
}

#[test]
fn the_same_bytes_twice_are_one_debit() {
    let dir = folder("replay").join("net");
    let up = Up::start(&dir);
    let mut pos = Pos::signed_on(&up.ready, 1);
    let sale = pos.sale(3_000, &up.ready["cards"][2]);
    let bytes = pos.sealed(&sale);
    pos.tell(&bytes);
    let first = pos.hear();
    pos.tell(&bytes);
    let again = pos.hear();
    assert_eq!(first.code.unwrap().as_str(), "00");
    assert_eq!((first.code, first.rrn, first.auth, first.amount), (again.code, again.rrn, again.auth, again.amount));
    // Another line brings it a third time, and then the same number with another amount.
    let mut other = TcpStream::connect(up.acquirer()).unwrap();
    other.write_all(&bytes).unwrap();
    assert_eq!(hear(&mut other).unwrap().rrn, first.rrn);
    let mut conflict = pos.sale(3_001, &up.ready["cards"][2]);
    conflict.stan = sale.stan;
    assert_eq!(pos.ask(&conflict), "94");
    let audit = up.port.get("/api/v1/audit").unwrap();
    assert_eq!((&audit["debits"], &audit["refunds"]), (&json!(1), &json!(0)), "{audit}");
}

#[test]
fn a_reversal_without_its_original_leaves_a_tombstone() {
    let dir = folder("tombstone").join("net");
    let up = Up::start(&dir);
    let mut pos = Pos::signed_on(&up.ready, 2);
    let late = pos.sale(4_000, &up.ready["cards"][3]);
    let reversal = pos.reversal(&late);
    assert_eq!(pos.ask(&reversal), "00");
    assert_eq!(pos.ask(&reversal), "00");
    assert_eq!(pos.ask(&late), "12");
    // A reversal is judged against the batch it names, open or not: never 77.
    let mut old = pos.sale(4_001, &up.ready["cards"][3]);
    old.till60 = Some(Till60::financial(22, BatchNo(77)));
    let reversal = pos.reversal(&old);
    assert_eq!(pos.ask(&reversal), "00");
    // Under a wrong MAC nothing is undone.
    let sale = pos.sale(4_002, &up.ready["cards"][3]);
    assert_eq!(pos.ask(&sale), "00");
    let mut bent = pos.sealed(&pos.reversal(&sale));
    *bent.last_mut().unwrap() ^= 1;
    assert_eq!(pos.ask_bytes(&bent), "A0");
    let audit = up.port.get("/api/v1/audit").unwrap();
    assert_eq!((&audit["debits"], &audit["refunds"]), (&json!(1), &json!(0)), "{audit}");
    let reversal = pos.reversal(&sale);
    assert_eq!(pos.ask(&reversal), "00");
    up.port.wait_quiet();
    let audit = up.port.get("/api/v1/audit").unwrap();
    assert_eq!((&audit["refunds"], &audit["rule_holds"]), (&json!(1), &json!(true)), "{audit}");
}

/// Lines that a shell holds open until its standard input ends.
const IDLE_LINES: usize = 2_000;

#[test]
fn two_thousand_idle_terminals_leave_room_for_sales() {
    let dir = folder("idle").join("net");
    // Wall time: a terminal may be silent for minutes. Both sides need more descriptors than a shell gives by default.
    let mut command = Command::new("bash");
    let up = format!(
        "ulimit -n 4096 && exec {} up --demo --pace real --json --http 127.0.0.1:0 --acquirer-port 0 --switch-port 0 --dir {}",
        env!("CARGO_BIN_EXE_slipway"),
        dir.display()
    );
    command.args(["-c", &up]);
    let up = Up::from(command, &dir);
    let lines = format!(
        "ulimit -n 4096 && for i in $(seq {IDLE_LINES}); do exec {{line}}<>/dev/tcp/127.0.0.1/{} || exit 1; done; echo all; read end",
        up.acquirer().port()
    );
    let mut idle =
        Command::new("bash").args(["-c", &lines]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    BufReader::new(idle.stdout.take().unwrap()).read_line(&mut said).unwrap();
    assert_eq!(said, "all\n");
    let mut pos = Pos::signed_on(&up.ready, 3);
    for index in 0..40 {
        let sale = pos.sale(6_000 + index, &up.ready["cards"][4]);
        assert_eq!(pos.ask(&sale), "00");
    }
    assert_eq!(up.port.counted(&["accept failed"]), 0);
    drop(idle.stdin.take());
    idle.wait().unwrap();
    // All hang up at once, and the next sale does not notice.
    let sale = pos.sale(6_100, &up.ready["cards"][4]);
    assert_eq!(pos.ask(&sale), "00");
    assert_eq!(up.stop(), 0);
}

#[test]
fn a_frame_without_a_number_is_answered_30() {
    let dir = folder("no-number").join("net");
    let up = Up::start(&dir);
    let mut pos = Pos::signed_on(&up.ready, 0);
    let mut sale = pos.sale(2_000, &up.ready["cards"][1]);
    sale.stan = None;
    assert_eq!(pos.ask(&sale), "30");
    let bare = frame(pos.terminal, &Message::new(Mti(200)), None);
    assert_eq!(pos.ask_bytes(&bare), "30");
}
