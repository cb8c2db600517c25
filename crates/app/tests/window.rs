//! The terminal window as a person sees it: a real pseudo-terminal, real keys, screens compared with goldens.

#![allow(clippy::unwrap_used, reason = "tests may")]

#[path = "common/pty.rs"]
mod pty;

use pty::Pty;
use std::process::{Command, Stdio};

/// The smallest window with narrow paper.
const SMALL: (u16, u16) = (80, 24);
const ENGLISH: [&str; 4] = ["--lang", "en", "terminal", "--demo"];

/// Starts the demonstration and signs the cashier in.
fn signed_in(at: (u16, u16), env: &[(&str, &str)]) -> Pty {
    let mut pty = Pty::start(&ENGLISH, at, env);
    pty.until("the line and the first screen", |s| s.contains("● line up") && s.contains("Key your number"));
    pty.press("01\r");
    pty.shows("Password");
    pty.press("0000\r");
    pty.shows("Signed on");
    pty
}

/// Keys a sale up to the last key.
fn sell(pty: &mut Pty, keys: &str, yuan: &str) {
    pty.press(keys);
    pty.until("the amount", |s| s.contains("Check the decimals") && s.contains(&format!("CNY {yuan}")));
    pty.press("\r");
    pty.shows("Swipe the card");
    pty.press("s");
    pty.shows("Check the card number");
    pty.press("\r");
    pty.shows("PIN pad");
    pty.press("123456");
    pty.shows("PIN pad ******");
}

#[test]
fn a_sale_its_slip_no_paper_and_the_other_language() {
    let mut pty = signed_in(SMALL, &[]);
    pty.golden("window-signed-on", |s| s.contains("Batch 000001"));
    sell(&mut pty, "8800", "88.00");
    pty.golden("window-pin", |s| s.contains("PIN pad ******"));
    pty.press("\r");
    // The cardholder's copy is the second one: it hangs out to its end, and has no line to sign on.
    let out = |s: &str| {
        let foot = s.lines().nth(21).unwrap_or_default();
        foot.contains("- - - -") && s.contains("RMB 88.00") && !s.contains("ACKNOWLEDGE")
    };
    pty.golden("window-slip", |s| out(s) && s.contains("Approved: check the signature"));
    pty.press("\r");
    pty.shows("Sale: key the amount");
    pty.press("x");
    pty.until("no paper", |s| !s.contains("tears it off"));

    pty.press("o");
    pty.shows("Printer: out of paper");
    sell(&mut pty, "12.", "12.00");
    pty.press("\r");
    let coded = |s: &str| s.contains('█') && s.contains('▄');
    pty.until("the code of its page", |s| s.contains("No paper: scan for the slip") && coded(s));
    pty.press("l");
    pty.until("the same in Chinese", |s| s.contains("未打印，请扫码取电子签购单") && s.contains("短码") && coded(s));
    pty.press("rp");
    pty.until("the slip, printed again", |s| {
        s.contains("重打印") && s.contains("打印机 正常") && s.contains("RMB 12.00")
    });

    pty.press("q");
    let (code, _) = pty.ended();
    assert!(code == 0 && pty.given_back());
}

#[test]
fn the_menu_and_misreads() {
    let mut pty = signed_in(SMALL, &[]);
    pty.press("m");
    pty.golden("window-menu", |s| s.contains("1 Sale 2 Void 3 Refund"));
    pty.press("5");
    pty.shows("Swipe the card");
    pty.press("w");
    pty.shows("Swiped the wrong way");
    pty.press("i");
    pty.shows("Check the card number");
    pty.press("\x1b\x1b");
    pty.shows("Sale: key the amount");
    // The last card of the tray is another bank's, and its number is keyed.
    pty.press("500\r");
    pty.shows("Swipe the card");
    pty.press("\t\t\tk");
    pty.until("that card", |s| s.contains("Check the card number") && s.contains("│999002******0019"));
}

#[test]
fn keys_typed_ahead_are_taken_in_their_order() {
    let mut pty = signed_in(SMALL, &[]);
    pty.press("8800\rs\r123456\r");
    pty.until("the approval", |s| s.contains("Approved: check the signature") && s.contains("CNY 88.00"));
}

#[test]
fn the_window_takes_any_size() {
    let mut pty = signed_in(SMALL, &[]);
    pty.resize((40, 10));
    pty.shows("The window is too small");
    pty.resize((100, 40));
    pty.until("room for all", |s| s.contains("Line and phone") && s.contains("Signed on"));
    pty.resize(SMALL);
    pty.until("the small window", |s| !s.contains("Line and phone") && s.contains("Keypad"));
    pty.press("\x03");
    assert_eq!(pty.ended().0, 0);
}

#[test]
fn no_colour_where_none_is_wanted() {
    let pty = signed_in(SMALL, &[]);
    assert!(pty.coloured());
    let pty = signed_in(SMALL, &[("NO_COLOR", "1")]);
    assert!(!pty.coloured());
}

#[test]
fn a_signal_gives_the_screen_back() {
    let mut pty = signed_in(SMALL, &[]);
    let sent = Command::new("kill").args(["-TERM", &pty.pid().to_string()]).status().unwrap();
    assert!(sent.success());
    let (code, _) = pty.ended();
    assert!(code == 0 && pty.given_back());
}

#[test]
fn wrong_use_is_told_on_one_line() {
    let check = |args: &[&str], code: i32, want: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_slipway"))
            .args(["--lang", "en", "terminal"])
            .args(args)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(code) && said.contains(want), "{args:?}: {:?} {said}", output.status);
    };
    check(&["--demo"], 2, "the window needs a screen");
    check(&[], 2, "the window needs a screen");
    check(&["--demo", "--connect", "127.0.0.1:1"], 2, "cannot be used with");
    check(&["--demo", "--script", "no-such-file"], 2, "cannot read the script");
}

#[test]
fn a_script_tells_the_page_of_a_slip_without_paper() {
    let home = tempfile::tempdir().unwrap();
    let script = home.path().join("no-paper.txt");
    let text = "sign-in 01 0000\npaper-out\nsale 88.00 card 1\nwait-screen 短码\npaper-in\nsign 10,40 60,10 / 90,20\nreprint last\nquiet\n";
    std::fs::write(&script, text).unwrap();
    let run = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_slipway"));
        command.args(["--lang", "en", "terminal", "--demo", "--script"]).arg(&script).args(more);
        let output = command.stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let told: serde_json::Value = serde_json::from_str(&run(&["--json"])).unwrap();
    let pages = told["pages"].as_array().unwrap();
    let address = pages[0].as_str().unwrap();
    assert!(pages.len() == 1 && address.starts_with("http://127.0.0.1:7880/s/") && address.len() == 48, "{pages:?}");
    let plain = run(&[]);
    assert!(plain.lines().any(|line| line.trim().starts_with("http://127.0.0.1:7880/s/")), "{plain}");
}
