//! The simulated line: each fault shows where it belongs, can be armed while the line stands, and goes away when mended.

use super::*;
use crate::os::{Pace, SimLine, Stack, Stage};
use slipway_terms::TerminalId;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::LocalSet;

fn host() -> Peer {
    Peer::Host(TerminalId::new("10000001").unwrap())
}

/// A terminal on a simulated line to a listener that the test holds.
struct Rig {
    links: Rc<Links<()>>,
    line: Arc<SimLine>,
    host: TcpListener,
}

impl Rig {
    async fn new(stack: Stack, fault: Option<LineFault>) -> Self {
        let clock = PacedClock::start(Pace::FAST);
        let links = Links::<()>::new(None, clock);
        let line = Arc::new(SimLine::new(clock, stack, fault));
        let host_at = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let bearer: Arc<dyn Bearer> = Arc::<SimLine>::clone(&line);
        let way = Way { bearer, ..Way::plain(host_at.local_addr().unwrap()) };
        tokio::task::spawn_local(Rc::clone(&links).dial(host(), way));
        Self { links, line, host: host_at }
    }

    /// The next thing the terminal is told.
    async fn told(&self) -> Hand {
        loop {
            let first = self.links.inbox.borrow_mut().drain(..).next();
            match first.map(|arrived| arrived.input) {
                Some(Input::Hand(hand)) => return hand,
                Some(other) => panic!("{other:?}"),
                None => self.links.arrived.notified().await,
            }
        }
    }
}

fn run(work: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let bounded = async { tokio::time::timeout(Duration::from_secs(20), work).await.unwrap() };
    LocalSet::new().block_on(&runtime, bounded);
}

#[test]
fn every_fault_before_the_line_is_told_and_mended() {
    run(async {
        for fault in LineFault::ALL.into_iter().filter(|fault| Stage::of(*fault) != Stage::Line) {
            let rig = Rig::new(Stack::Gprs, Some(fault)).await;
            assert!(
                matches!(rig.told().await, Hand::NoLine(peer, told) if (peer, told) == (host(), fault)),
                "{fault:?}"
            );
            assert!(rig.links.counts.borrow().contains_key(fault.counted()));
            rig.line.arm(None);
            assert!(matches!(rig.told().await, Hand::Link { up: true, .. }), "{fault:?}");
        }
    });
}

#[test]
fn a_standing_line_breaks_when_a_fault_is_armed() {
    run(async {
        for stack in [Stack::Gprs, Stack::Modem, Stack::Ethernet] {
            let rig = Rig::new(stack, None).await;
            assert!(matches!(rig.told().await, Hand::Link { up: true, .. }));
            rig.line.arm(Some(LineFault::PppAuth));
            assert!(matches!(rig.told().await, Hand::Link { up: false, .. }));
            assert!(matches!(rig.told().await, Hand::NoLine(_, LineFault::PppAuth)));
            // Another reason is told, the same one is not.
            rig.line.arm(Some(LineFault::NoSignal));
            assert!(matches!(rig.told().await, Hand::NoLine(_, LineFault::NoSignal)));
            rig.line.arm(None);
            assert!(matches!(rig.told().await, Hand::Link { up: true, .. }));
        }
    });
}

/// What is sent gets lost on the way back, or the line breaks just behind it: both leave the core in doubt, as they must.
#[test]
fn an_answer_can_be_lost() {
    run(async {
        let rig = Rig::new(Stack::Ethernet, None).await;
        let (mut stream, _) = rig.host.accept().await.unwrap();
        assert!(matches!(rig.told().await, Hand::Link { up: true, .. }));
        rig.line.arm(Some(LineFault::NoAnswer));
        let mut frame = Vec::new();
        let message = slipway_terms::Message::new(slipway_terms::Mti(810));
        wire::pack(host(), None, &message, super::served::NO_MAC, &mut frame).unwrap();
        stream.write_all(&frame).await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(rig.links.waiting(), 0, "a deaf line let an answer through");

        rig.line.arm(Some(LineFault::LostWaiting));
        rig.links.send(host(), &message, super::served::NO_MAC);
        let mut heard = vec![0; frame.len()];
        stream.read_exact(&mut heard).await.unwrap();
        assert!(matches!(rig.told().await, Hand::Link { up: false, .. }));
        assert!(matches!(rig.told().await, Hand::Link { up: true, .. }), "the next line is sound");
    });
}
