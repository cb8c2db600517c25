//! One sale to the host of `server.rs`, after sign-on; echoes while the line is idle.
//!
//!     cargo run --features client --example client -- 127.0.0.1:8583

use std::io::Write;
use std::time::Duration;

use slipway_iso8583::client::{Client, Exchange, Key, Settings};
use slipway_iso8583::{Encoder, Fault, ISO87_BCD, decode};

fn network(code: u64) -> Exchange {
    Exchange {
        make: Box::new(move |number| {
            let mut bytes = Vec::new();
            let made = Encoder::begin(&mut bytes, &ISO87_BCD, *b"0800").and_then(|mut to| {
                to.number(7, 1_122_101_500)?.number(11, u64::from(number % 1_000_000))?.number(70, code)?;
                to.finish().map(drop)
            });
            made.map(|()| bytes).unwrap_or_default()
        }),
        good: Box::new(|answer| answer.text(39).is_some_and(|code| code == "00")),
    }
}

fn sale(stan: u64) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    let mut to = Encoder::begin(&mut bytes, &ISO87_BCD, *b"0200")?;
    to.text(2, "9990010000000014")?.number(3, 0)?.number(4, 8_800)?.number(7, 1_122_101_502)?.number(11, stan)?;
    to.text(41, "10000001")?.text(42, "999290054110001")?.text(49, "156")?;
    to.finish()?;
    Ok(bytes)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8583".to_owned());
    let settings = Settings {
        key: Key::of([7, 11, 41]),
        sign_on: Some(network(1)),
        echo: Some((Duration::from_secs(30), network(301))),
        ..Settings::new(&ISO87_BCD)
    };
    let host = Client::start(&address, settings);
    let mut out = std::io::stdout().lock();
    // The line comes up on its own thread: what is asked before was not sent and may be asked again.
    let mut answer = host.ask(&sale(123)?, Duration::from_secs(5));
    for _ in 0..100 {
        if !matches!(answer, Err(slipway_iso8583::client::AskFault::Down)) {
            break;
        }
        let _ = host.stray(Duration::from_millis(50));
        answer = host.ask(&sale(123)?, Duration::from_secs(5));
    }
    match answer {
        Ok(bytes) => {
            let answer = decode(&ISO87_BCD, &bytes)?;
            let text = |n| answer.text(n).unwrap_or_default();
            writeln!(out, "code {} authorisation {}", text(39), text(38))?;
        }
        Err(fault) if fault.unknown_fate() => writeln!(out, "{fault}: reverse it")?,
        Err(fault) => writeln!(out, "{fault}")?,
    }
    Ok(())
}
