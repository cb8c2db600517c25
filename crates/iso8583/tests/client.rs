//! A line on loopback: answers out of order find their request, late ones are kept, a lost line comes back, a pool goes on.

#![allow(clippy::unwrap_used, reason = "tests may")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use slipway_iso8583::client::{AskFault, Client, Exchange, Key, Pool, Served, Settings, Stray, serve};
use slipway_iso8583::{Decoded, ISO87_BCD, Wire, decode, encode_plain};

const SOON: Duration = Duration::from_secs(10);

fn message(mti: &str, fields: &[(u8, &str)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode_plain(&ISO87_BCD, mti, fields.iter().copied(), &mut bytes).unwrap();
    bytes
}

fn sale(stan: &str) -> Vec<u8> {
    message("0200", &[(3, "000000"), (4, "000000008800"), (11, stan), (41, "10000001")])
}

fn answer(request: &[u8], code: &str) -> Vec<u8> {
    let request = decode(&ISO87_BCD, request).unwrap();
    let text = |n| slipway_iso8583::clear_value(&request, n);
    let mti = String::from_utf8(request.mti().to_vec()).unwrap();
    let fields: Vec<(u8, String)> = [3, 4, 11, 41, 70].into_iter().filter_map(|n| Some((n, text(n)?))).collect();
    let mut fields: Vec<(u8, &str)> = fields.iter().map(|(n, value)| (*n, value.as_str())).collect();
    fields.push((39, code));
    fields.sort_unstable();
    message(&format!("{}{}{}", &mti[..2], '1', &mti[3..]), &fields)
}

fn host(each: impl Fn(&[u8]) -> Served + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || serve(&listener, &Wire::default(), each));
    address
}

fn settings() -> Settings {
    Settings {
        key: Key::of([11, 41]),
        retry_first: Duration::from_millis(20),
        due: Duration::from_secs(2),
        ..Settings::new(&ISO87_BCD)
    }
}

fn up(client: &Client) {
    for _ in 0..500 {
        if client.is_up() {
            return;
        }
        let _ = client.stray(Duration::from_millis(10));
    }
    panic!("the line does not come up");
}

fn code(bytes: &[u8]) -> String {
    decode(&ISO87_BCD, bytes).unwrap().text(39).unwrap().into_owned()
}

/// Takes so many requests of one connection, then answers them from the last to the first.
fn backwards(many: usize) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let (wire, mut held, mut requests) = (Wire::default(), Vec::new(), Vec::new());
        while requests.len() < many {
            let mut piece = [0; 512];
            let len = stream.read(&mut piece).unwrap();
            held.extend_from_slice(&piece[..len]);
            while let Ok(Some((frame, consumed))) = wire.split(&held, 9_999) {
                requests.push(held[frame].to_vec());
                held.drain(..consumed);
            }
        }
        for request in requests.iter().rev() {
            let code = decode(&ISO87_BCD, request).unwrap().number(11).unwrap() % 100;
            let mut out = Vec::new();
            let mark = wire.open(None, &mut out);
            out.extend_from_slice(&answer(request, &format!("{code:02}")));
            wire.close(&mut out, mark).unwrap();
            stream.write_all(&out).unwrap();
        }
        // Ends when the client does.
        let _ = stream.read(&mut [0]);
    });
    address
}

#[test]
fn answers_find_their_requests_in_any_order() {
    let client = Arc::new(Client::start(&backwards(8).to_string(), settings()));
    up(&client);
    let asked: Vec<_> = (1..=8)
        .map(|stan| {
            let client = Arc::clone(&client);
            std::thread::spawn(move || client.ask(&sale(&format!("{stan:06}")), SOON).unwrap())
        })
        .collect();
    for (at, asked) in asked.into_iter().enumerate() {
        assert_eq!(code(&asked.join().unwrap()), format!("{:02}", at + 1));
    }
    assert_eq!(client.stray(Duration::ZERO), None);
}

#[test]
fn what_cannot_be_paired_is_refused_before_it_is_sent() {
    let address = host(|request| Served::Answer(answer(request, "00")));
    let client = Client::start(&address.to_string(), settings());
    up(&client);
    assert_eq!(client.ask(&message("0200", &[(3, "000000")]), SOON), Err(AskFault::NoKey));
    assert!(matches!(client.ask(b"rubbish", SOON), Err(AskFault::Request(_))));
    assert_eq!(code(&client.ask(&sale("000003"), SOON).unwrap()), "00");
}

#[test]
fn a_late_answer_has_a_home() {
    let release: Arc<Mutex<Vec<Vec<u8>>>> = Arc::default();
    let address = host(move |request| {
        let mut kept = release.lock().unwrap();
        kept.push(request.to_vec());
        // The first is answered when the second comes.
        if kept.len() == 2 { Served::Answer(answer(&kept[0], "00")) } else { Served::Silence }
    });
    let client = Client::start(&address.to_string(), settings());
    up(&client);
    let fault = client.ask(&sale("000001"), Duration::from_millis(50)).unwrap_err();
    assert_eq!((fault, fault.unknown_fate()), (AskFault::TimedOut, true));
    assert_eq!(client.ask(&sale("000002"), Duration::from_millis(300)), Err(AskFault::TimedOut));
    match client.stray(SOON) {
        Some(Stray::Late(bytes)) => assert_eq!(decode(&ISO87_BCD, &bytes).unwrap().number(11), Some(1)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_lost_line_comes_back_and_signs_on_again() {
    let signed = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&signed);
    let address = host(move |request| {
        let message = decode(&ISO87_BCD, request).unwrap();
        match (message.mti(), message.number(11)) {
            (mti, _) if mti == *b"0800" => {
                let times = counted.fetch_add(1, Ordering::SeqCst);
                // The first is refused: the line must try again.
                Served::Answer(answer(request, if times == 0 { "91" } else { "00" }))
            }
            (_, Some(13)) => Served::Cut,
            _ => Served::Answer(answer(request, "00")),
        }
    });
    let sign_on = Exchange {
        make: Box::new(|number| message("0800", &[(11, &format!("{number:06}")), (41, "10000001"), (70, "001")])),
        good: Box::new(|answer: &Decoded<'_>| answer.text(39).is_some_and(|code| code == "00")),
    };
    let client = Client::start(&address.to_string(), Settings { sign_on: Some(sign_on), ..settings() });
    up(&client);
    assert_eq!(signed.load(Ordering::SeqCst), 2);
    assert_eq!(code(&client.ask(&sale("000012"), SOON).unwrap()), "00");
    assert_eq!(client.ask(&sale("000013"), SOON), Err(AskFault::Lost));
    up(&client);
    assert_eq!(code(&client.ask(&sale("000014"), SOON).unwrap()), "00");
    assert_eq!(signed.load(Ordering::SeqCst), 3);
}

#[test]
fn an_idle_line_echoes() {
    let echoes = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&echoes);
    let address = host(move |request| {
        counted.fetch_add(1, Ordering::SeqCst);
        Served::Answer(answer(request, "00"))
    });
    let echo = Exchange {
        make: Box::new(|number| message("0800", &[(11, &format!("{number:06}")), (41, "10000001"), (70, "301")])),
        good: Box::new(|_| true),
    };
    let client =
        Client::start(&address.to_string(), Settings { echo: Some((Duration::from_millis(60), echo)), ..settings() });
    up(&client);
    let _ = client.stray(Duration::from_millis(600));
    assert!(echoes.load(Ordering::SeqCst) >= 2);
    assert!(client.is_up());
}

#[test]
fn a_pool_goes_on_with_the_lines_it_has() {
    let address = host(|request| Served::Answer(answer(request, "00")));
    // Nobody listens on the second.
    let dead = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let lines = vec![Client::start(&address.to_string(), settings()), Client::start(&dead.to_string(), settings())];
    up(&lines[0]);
    let pool = Pool::new(lines);
    assert_eq!(pool.up(), 1);
    for stan in 1..10 {
        assert_eq!(code(&pool.ask(&sale(&format!("{stan:06}")), SOON).unwrap()), "00");
    }
    let none = Pool::new(vec![Client::start(&dead.to_string(), settings())]);
    assert_eq!(none.ask(&sale("000001"), SOON), Err(AskFault::Down));
}
