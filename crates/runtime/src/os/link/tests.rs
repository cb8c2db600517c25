//! Links that are too slow, in either direction.

use super::served::NO_MAC;
use super::*;
use crate::os::Pace;
use slipway_iso8583::{Family, split};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::LocalSet;

#[test]
fn a_slow_reader_is_cut() {
    let (full, over) = (limits::LINK_QUEUE_BYTES_MAX, limits::LINK_QUEUE_BYTES_MAX + 1);
    let (short, long) = (Some(1_000_000), Some(limits::LINK_STUCK_WALL_MS * 1_000_000 + 1));
    for (queued, stuck, cut) in [
        (full, long, false),
        (over, None, false),
        (over, short, false),
        (over, long, true),
        (limits::LINK_BURST_BYTES_MAX + 1, None, true),
    ] {
        assert_eq!(too_slow(queued, stuck), cut, "{queued} {stuck:?}");
    }
}

async fn linked() -> (Rc<Links<()>>, TcpStream) {
    let links = Links::<()>::new(None, PacedClock::start(super::super::Pace::REAL));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::task::spawn_local(Rc::clone(&links).dial(Peer::Switch, Way::plain(addr)));
    let (stream, _) = listener.accept().await.unwrap();
    while links.connection(Peer::Switch).is_none() {
        links.arrived.notified().await;
    }
    (links, stream)
}

/// The advices of a long outage leave in one go when the line is back. Cutting the line for that would lose them all, and
/// the next line would be cut for the same burst, for ever.
#[test]
fn a_burst_of_our_own_is_no_slow_reader() {
    const FRAMES: usize = 20_000;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, async {
        let (links, stream) = linked().await;
        let message = wire::greeting(Peer::Switch, None, Moment(0), 1).unwrap();
        let mut bytes = Vec::new();
        wire::pack(Peer::Switch, None, &message, NO_MAC, &mut bytes).unwrap();
        assert!(bytes.len() * FRAMES > limits::LINK_QUEUE_BYTES_MAX);
        for _ in 0..FRAMES {
            links.send(Peer::Switch, &message, NO_MAC);
        }
        let mut heard = 0;
        let mut buffer = Vec::new();
        // One more: the link's own greeting.
        while heard < FRAMES + 1 {
            stream.readable().await.unwrap();
            match stream.try_read_buf(&mut buffer) {
                Ok(0) => break,
                Ok(_) => {}
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => continue,
                Err(error) => panic!("{error}"),
            }
            let mut from = 0;
            while let Some((_, consumed)) = split(&buffer[from..], Family::Cups, limits::FRAME_BYTES_MAX).unwrap() {
                (from, heard) = (from + consumed, heard + 1);
            }
            buffer.drain(..from);
        }
        assert_eq!((heard, links.counts.borrow().get("cut: reads too slowly")), (FRAMES + 1, None));
    });
}

/// A frame of ten bytes of which these many come, one every three seconds of a clock that the test turns.
fn check(bytes: usize, want: Option<&'static str>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    LocalSet::new().block_on(&runtime, async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let links = Links::<()>::new(None, PacedClock::start(Pace::REAL));
        tokio::task::spawn_local(Rc::clone(&links).listen(listener, Serves::Terminals, None));
        let mut line = TcpStream::connect(addr).await.unwrap();
        let frame = [0, 10, 0x60, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        for byte in &frame[..bytes] {
            if line.write_all(&[*byte]).await.is_err() {
                break;
            }
            tokio::time::sleep(Duration::from_secs(3)).await;
        }
        if want.is_some() {
            // Cut: the line ends. A line that is kept never ends, and the test with it.
            let _ = line.read(&mut [0; 1]).await;
        }
        let counts = links.counts.borrow();
        assert_eq!(counts.keys().find(|what| what.starts_with("cut")).copied(), want, "{bytes}: {counts:?}");
    });
}

#[test]
fn a_sender_of_drops_is_cut() {
    check(0, None);
    check(2, None);
    check(3, Some("cut: frame too slow"));
    check(12, Some("cut: frame too slow"));
}
