//! Links under TLS: what works, and each way in which it does not, as both ends see it.

use super::super::tls::{Papers, member_name};
use super::*;
use crate::os::Pace;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use slipway_terms::InstitutionId;
use std::path::Path;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::LocalSet;

/// An authority in a folder of its own.
struct Authority {
    home: tempfile::TempDir,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        std::fs::write(home.path().join("ca.pem"), params.self_signed(&key).unwrap().pem()).unwrap();
        Self { home, issuer: Issuer::new(params, key) }
    }

    /// A certificate for these names, good until the year; believed by who trusts this authority.
    fn issue(&self, names: &[&str], until: i32) -> Papers {
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        let file = |end: &str| self.home.path().join(format!("{}-{until}.{end}", names[0]));
        let mut params = CertificateParams::new(names.clone()).unwrap();
        (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(until, 1, 1));
        let key = KeyPair::generate().unwrap();
        std::fs::write(file("pem"), params.signed_by(&key, &self.issuer).unwrap().pem()).unwrap();
        std::fs::write(file("key"), key.serialize_pem()).unwrap();
        Papers { own: Some((file("pem"), file("key"))), ..self.trust() }
    }

    /// No certificate of one's own.
    fn trust(&self) -> Papers {
        Papers { ca: self.home.path().join("ca.pem"), own: None }
    }
}

const LONG: i32 = 2100;

fn issuer_1() -> InstitutionId {
    InstitutionId::new("99900100").unwrap()
}

/// What the caller is told, and what both ends counted, once the line stands or is known not to.
struct Told {
    up: bool,
    fault: Option<LineFault>,
    counted: Vec<&'static str>,
    heard: bool,
}

/// A member calls the switch.
fn call(server: Option<Listener>, client: Option<Caller>) -> Told {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    LocalSet::new().block_on(&runtime, async {
        let clock = PacedClock::start(Pace::REAL);
        let (switch, member) = (Links::<()>::new(None, clock), Links::<()>::new(Some(issuer_1()), clock));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let way = Way { tls: client, ..Way::plain(listener.local_addr().unwrap()) };
        tokio::task::spawn_local(Rc::clone(&switch).listen(listener, Serves::Members, server));
        tokio::task::spawn_local(Rc::clone(&member).dial(Peer::Switch, way));
        let mut told = Told { up: false, fault: None, counted: Vec::new(), heard: false };
        while told.fault.is_none() && !told.heard {
            tokio::select! {
                () = member.arrived.notified() => {}
                () = switch.arrived.notified() => {}
                () = tokio::time::sleep(Duration::from_secs(5)) => break,
            }
            for arrived in member.take() {
                match arrived.input {
                    Input::Hand(Hand::Link { up, .. }) => told.up |= up,
                    Input::Hand(Hand::NoLine(Peer::Switch, fault)) => told.fault = Some(fault),
                    other => panic!("{other:?}"),
                }
            }
            told.heard |= switch.take().iter().any(|seen| matches!(seen.input, Input::Heard(Peer::Member(_), _)));
        }
        // What the other end made of it.
        tokio::time::sleep(Duration::from_millis(100)).await;
        told.counted = switch.counts.borrow().keys().chain(member.counts.borrow().keys()).copied().collect();
        told
    })
}

fn check(server: Option<Listener>, client: Option<Caller>, want: LineFault, counted: &str) {
    let told = call(server, client);
    assert_eq!(told.fault, Some(want), "{:?}", told.counted);
    assert!(!told.heard && told.counted.iter().any(|what| what.contains(counted)), "{want:?}: {:?}", told.counted);
    // A line that never was must not look as if it stood: what is sent into it would be in doubt for nothing.
    assert!(!told.up || want == LineFault::TlsNotSpoken, "{want:?}");
}

fn demands(papers: &Papers) -> Option<Listener> {
    Some(Listener::new(papers, true).unwrap())
}

fn open(papers: &Papers) -> Option<Listener> {
    Some(Listener::new(papers, false).unwrap())
}

fn caller(papers: &Papers) -> Option<Caller> {
    Some(Caller::new(papers, "switch").unwrap())
}

#[test]
fn a_message_goes_over_tls_with_and_without_client_certificates() {
    let ca = Authority::new();
    let (switch, member) = (ca.issue(&["switch"], LONG), ca.issue(&["issuer1", &member_name(issuer_1())], LONG));
    for (server, client) in [(demands(&switch), caller(&member)), (open(&switch), caller(&ca.trust()))] {
        let told = call(server, client);
        assert!(told.up && told.heard && told.fault.is_none(), "{:?} {:?}", told.fault, told.counted);
    }
}

#[test]
fn a_host_that_cannot_be_believed_is_told_why() {
    let (ca, other) = (Authority::new(), Authority::new());
    let member = ca.issue(&["issuer1", &member_name(issuer_1())], LONG);
    let (good, old) = (ca.issue(&["switch"], LONG), ca.issue(&["switch"], 2021));
    check(open(&other.issue(&["switch"], LONG)), caller(&member), LineFault::TlsUntrusted, "does not trust us");
    check(open(&old), caller(&member), LineFault::TlsExpired, "does not trust us");
    check(open(&ca.issue(&["acquirer"], LONG)), caller(&member), LineFault::TlsWrongName, "does not trust us");
    check(demands(&good), caller(&ca.trust()), LineFault::TlsClientRefused, "without a certificate");
    let stranger = Papers { ca: ca.trust().ca, ..other.issue(&["issuer1"], LONG) };
    check(demands(&good), caller(&stranger), LineFault::TlsClientRefused, "certificate not trusted");
    let late = ca.issue(&["issuer1"], 2021);
    check(demands(&good), caller(&late), LineFault::TlsClientRefused, "certificate not trusted");
}

#[test]
fn one_side_without_tls_is_told_so() {
    let ca = Authority::new();
    check(open(&ca.issue(&["switch"], LONG)), None, LineFault::TlsNotSpoken, "no TLS 1.3 on a TLS port");
    check(None, caller(&ca.trust()), LineFault::TlsNotSpoken, "TLS on a plain port");
}

/// Who holds a good certificate of one member may not speak as another.
#[test]
fn a_member_speaks_for_itself_only() {
    let ca = Authority::new();
    let told = call(demands(&ca.issue(&["switch"], LONG)), caller(&ca.issue(&["issuer2", "member-99900200"], LONG)));
    assert!(!told.heard && told.counted.contains(&"cut: certificate of another member"), "{:?}", told.counted);
}

#[test]
fn a_slow_handshake_is_cut_on_both_sides() {
    let ca = Authority::new();
    let listener = open(&ca.issue(&["switch"], LONG)).unwrap();
    let caller = caller(&ca.trust());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    LocalSet::new().block_on(&runtime, async {
        let links = Links::<()>::new(None, PacedClock::start(Pace::REAL));
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = socket.local_addr().unwrap();
        tokio::task::spawn_local(Rc::clone(&links).listen(socket, Serves::Members, Some(listener)));
        let mut line = TcpStream::connect(addr).await.unwrap();
        // The head of a record of 512 bytes, then a drop every three seconds.
        for byte in [0x16, 3, 1, 2, 0, 1, 0] {
            if line.write_all(&[byte]).await.is_err() {
                break;
            }
            tokio::time::sleep(Duration::from_secs(3)).await;
        }
        let _ = line.read(&mut [0; 1]).await;
        assert!(links.counts.borrow().contains_key("cut: TLS handshake too slow"), "{:?}", links.counts.borrow());

        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let way = Way { tls: caller, ..Way::plain(silent.local_addr().unwrap()) };
        tokio::task::spawn_local(Rc::clone(&links).dial(Peer::Switch, way));
        let (_held, _) = silent.accept().await.unwrap();
        links.arrived.notified().await;
        let told = links.take();
        assert!(matches!(told[0].input, Input::Hand(Hand::NoLine(Peer::Switch, LineFault::TlsTimeout))), "{told:?}");
    });
}

#[test]
fn papers_that_cannot_be_used_are_named() {
    let ca = Authority::new();
    let none = Papers { ca: Path::new("nowhere.pem").into(), own: None };
    assert!(Caller::new(&none, "switch").unwrap_err().to_string().contains("nowhere.pem"));
    assert!(Caller::new(&ca.trust(), "not a name").is_err());
    assert!(Listener::new(&ca.trust(), false).is_err(), "a port without a certificate");
    assert!(ca.issue(&["long"], LONG).last(30).unwrap() && !ca.issue(&["soon"], LONG).last(365 * 200).unwrap());
    assert!(ca.issue(&["late"], 2021).last(30).is_err());
    let (one, two) = (ca.issue(&["one"], LONG), ca.issue(&["two"], LONG));
    let mixed = one.own.zip(two.own).map(|((certificate, _), (_, key))| (certificate, key));
    assert!(Listener::new(&Papers { own: mixed, ..ca.trust() }, false).is_err(), "another's key");
}
