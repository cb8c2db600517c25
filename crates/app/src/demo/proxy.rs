//! The fault proxy: a real TCP relay between two parties that loses, doubles, delays, holds or garbles chosen frames. The
//! parties know nothing of it.

use slipway_iso8583::{Family, split};
use slipway_node::limits::FRAME_BYTES_MAX;
use slipway_runtime::wire;
use slipway_terms::Message;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};

/// What happens to a frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// It never arrives.
    Lose,
    /// It arrives twice.
    Double,
    /// It arrives when [`Faults::release`] is called.
    Hold,
    /// The last byte of its MAC is changed.
    SpoilMac,
}

/// In a rule: whatever type moves money or holds it (01xx, 02xx), reversals and management not.
pub const MONEY: u16 = 0;

/// A fault for the next so many frames of one type on one hop.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// 1..=6: T→A, A→S, S→I, I→S, S→A, A→T.
    pub hop: u8,
    /// Message type, or [`MONEY`].
    pub mti: u16,
    /// What happens.
    pub fault: Fault,
    /// To how many frames.
    pub times: u32,
}

/// One frame crossing one hop, as a watcher is told.
#[derive(Clone, Debug)]
pub struct Crossing {
    /// The hop.
    pub hop: u8,
    /// What it said, if it decodes. Its types mask what is secret.
    pub message: Option<Message>,
    /// What the proxy did to it.
    pub fault: Option<Fault>,
}

/// The faults that are armed, shared by all proxies of a stage.
#[derive(Clone)]
pub struct Faults {
    rules: Arc<Mutex<Vec<Rule>>>,
    released: watch::Sender<u64>,
    told: Arc<dyn Fn(Crossing) + Send + Sync>,
}

impl Faults {
    /// No faults; every crossing is told.
    pub fn new(told: impl Fn(Crossing) + Send + Sync + 'static) -> Self {
        Self { rules: Arc::default(), released: watch::Sender::new(0), told: Arc::new(told) }
    }

    /// Arms a fault.
    pub fn arm(&self, rule: Rule) {
        if let Ok(mut rules) = self.rules.lock() {
            rules.push(rule);
        }
    }

    /// Forgets what is armed and lets go what is held.
    pub fn clear(&self) {
        if let Ok(mut rules) = self.rules.lock() {
            rules.clear();
        }
        self.release();
    }

    /// Lets every held frame go.
    pub fn release(&self) {
        self.released.send_modify(|round| *round += 1);
    }

    fn meets(&self, hop: u8, message: Option<&Message>) -> Option<Fault> {
        let mti = message?.mti.0;
        let mut rules = self.rules.lock().ok()?;
        let fits = |rule: &Rule| rule.mti == mti || (rule.mti == MONEY && matches!(mti / 100, 1 | 2));
        let rule = rules.iter_mut().find(|rule| rule.hop == hop && fits(rule) && rule.times > 0)?;
        rule.times -= 1;
        Some(rule.fault)
    }
}

/// A proxy between a dialling side and a listening side.
pub struct Proxy {
    /// Where the dialling side is accepted.
    pub listener: std::net::TcpListener,
    /// The listening side.
    pub to: SocketAddr,
    /// How the frames look.
    pub family: Family,
    /// Hop from the dialling side to the listening side.
    pub there: u8,
    /// Hop back.
    pub back: u8,
}

/// Runs proxies on a thread of their own until the process ends or the returned sender is dropped.
pub fn run(proxies: Vec<Proxy>, faults: &Faults) -> std::io::Result<mpsc::Sender<()>> {
    let (alive, mut ended) = mpsc::channel::<()>(1);
    let faults = faults.clone();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::Builder::new().name("proxies".into()).spawn(move || {
        runtime.block_on(async {
            for proxy in proxies {
                tokio::spawn(serve(proxy, faults.clone()));
            }
            let _ = ended.recv().await;
        });
    })?;
    Ok(alive)
}

async fn serve(proxy: Proxy, faults: Faults) {
    let listener = proxy.listener.set_nonblocking(true).and_then(|()| TcpListener::from_std(proxy.listener));
    let Ok(listener) = listener else { return };
    while let Ok((near, _)) = listener.accept().await {
        let Ok(far) = TcpStream::connect(proxy.to).await else { continue };
        let _ = (near.set_nodelay(true), far.set_nodelay(true));
        let (near_in, near_out) = near.into_split();
        let (far_in, far_out) = far.into_split();
        let (family, there, back) = (proxy.family, proxy.there, proxy.back);
        let (one, two) = (faults.clone(), faults.clone());
        tokio::spawn(async move {
            // When one direction ends, both sockets close: a cut line is cut both ways.
            tokio::select! {
                () = relay(near_in, far_out, family, there, one) => {}
                () = relay(far_in, near_out, family, back, two) => {}
            }
        });
    }
}

async fn relay(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    family: Family,
    hop: u8,
    faults: Faults,
) {
    let (queue, mut queued) = mpsc::unbounded_channel::<Vec<u8>>();
    let writing = async move {
        while let Some(bytes) = queued.recv().await {
            if to.write_all(&bytes).await.is_err() {
                return;
            }
        }
    };
    let reading = async move {
        let mut buffer = Vec::new();
        loop {
            match from.read_buf(&mut buffer).await {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
            while let Ok(Some((frame, consumed))) = split(&buffer, family, FRAME_BYTES_MAX) {
                let message = wire::unpack(family, &buffer[frame]).ok().map(|unpacked| unpacked.message);
                let whole: Vec<u8> = buffer.drain(..consumed).collect();
                let fault = faults.meets(hop, message.as_ref());
                (faults.told)(Crossing { hop, message, fault });
                pass(whole, fault, &queue, &faults);
            }
        }
    };
    tokio::join!(writing, reading);
}

fn pass(mut frame: Vec<u8>, fault: Option<Fault>, queue: &mpsc::UnboundedSender<Vec<u8>>, faults: &Faults) {
    match fault {
        Some(Fault::Lose) => return,
        Some(Fault::Double) => drop(queue.send(frame.clone())),
        Some(Fault::SpoilMac) => {
            if let Some(last) = frame.last_mut() {
                *last = if *last == b'0' { b'1' } else { b'0' };
            }
        }
        Some(Fault::Hold) => {
            let (queue, mut released) = (queue.clone(), faults.released.subscribe());
            tokio::spawn(async move {
                let _ = released.changed().await;
                let _ = queue.send(frame);
            });
            return;
        }
        None => {}
    }
    let _ = queue.send(frame);
}
