//! Stands between terminals and a host: takes ASCII lengths in front, hands on with binary ones, pairs the answers.
//!
//!     cargo run --features client --example proxy -- 127.0.0.1:8584 127.0.0.1:8583

use std::net::TcpListener;
use std::time::Duration;

use slipway_iso8583::client::{Client, Key, Pool, Served, Settings, serve};
use slipway_iso8583::{ISO87_BCD, LengthForm, Wire};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(near), Some(far)) = (args.next(), args.next()) else {
        return Err("usage: proxy NEAR-ADDRESS FAR-ADDRESS".into());
    };
    let line = || Client::start(&far, Settings { key: Key::of([7, 11, 41]), ..Settings::new(&ISO87_BCD) });
    let pool = Pool::new(vec![line(), line()]);
    let wire = Wire { length: LengthForm::Ascii4, ..Wire::default() };
    serve(&TcpListener::bind(near)?, &wire, move |request| match pool.ask(request, Duration::from_secs(30)) {
        Ok(answer) => Served::Answer(answer),
        // Whether the host acted is the terminal's doubt now, as it would be without a proxy.
        Err(_) => Served::Silence,
    })?;
    Ok(())
}
