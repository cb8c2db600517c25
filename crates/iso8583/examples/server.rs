//! A host that approves what it can read: answers 0x00 by 0x10 with the request's fields, F38 and F39.
//!
//!     cargo run --features client --example server -- 127.0.0.1:8583

use std::net::TcpListener;

use slipway_iso8583::client::{Served, serve};
use slipway_iso8583::{Encoder, Fault, ISO87_BCD, Wire, decode};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8583".to_owned());
    serve(&TcpListener::bind(address)?, &Wire::default(), |request| match answer(request) {
        Ok(answer) => Served::Answer(answer),
        // What cannot be read cannot be answered: the fault names field and byte, never content.
        Err(fault) => {
            use std::io::Write;
            let _ = writeln!(std::io::stderr(), "{fault}");
            Served::Silence
        }
    })?;
    Ok(())
}

fn answer(request: &[u8]) -> Result<Vec<u8>, Fault> {
    let message = decode(&ISO87_BCD, request)?;
    let [version, class, function, origin] = message.mti();
    let mut bytes = Vec::new();
    let mut to = Encoder::begin(&mut bytes, &ISO87_BCD, [version, class, function | 1, origin])?;
    for n in (2..=128).filter(|n| *n != 65) {
        match n {
            38 if class == b'2' => drop(to.text(38, "A1B2C3")?),
            39 => drop(to.text(39, "00")?),
            // Track, PIN and MAC of a request are never repeated.
            35 | 36 | 45 | 52 | 64 | 128 => {}
            _ if message.has(n) => drop(to.copy(n, &message)?),
            _ => {}
        }
    }
    to.finish()?;
    Ok(bytes)
}
