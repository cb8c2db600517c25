//! The fault proxy: a real TCP relay between two parties that loses, doubles, delays, holds, reorders or garbles chosen frames.
//! The parties know nothing of it. Demonstrations only: `demo`, `terminal`, and `up --demo` on loopback.

use crate::network::{Wiring, listen};
use crate::say::End;
use slipway_iso8583::{Family, split};
use slipway_node::limits::FRAME_BYTES_MAX;
use slipway_runtime::wire;
use slipway_terms::{Message, TerminalId};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
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
    /// It arrives so much later, by the wall.
    Delay(Duration),
    /// The next frame of its hop overtakes it.
    Reorder,
}

/// In a rule: whatever type moves money or holds it (01xx, 02xx), reversals and management not.
pub const MONEY: u16 = 0;
/// In a rule: any message at all.
pub const ANY: u16 = u16::MAX;

/// A fault for the next so many frames of one type on one hop.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// 1..=6: T→A, A→S, S→I, I→S, S→A, A→T.
    pub hop: u8,
    /// Message type, [`MONEY`] or [`ANY`].
    pub mti: u16,
    /// What happens.
    pub fault: Fault,
    /// To how many frames.
    pub times: u32,
}

/// One frame crossing one hop, as a watcher is told: once when it comes, and once more when a frame that was kept goes on.
#[derive(Clone, Debug)]
pub struct Crossing {
    /// The hop.
    pub hop: u8,
    /// What it said, if it decodes. Its types mask what is secret.
    pub message: Option<Message>,
    /// What the proxy did to it.
    pub fault: Option<Fault>,
    /// It was kept, and goes on now.
    pub late: bool,
}

/// Whoever is told of crossings, with the frame's bytes: they hold secrets, and are for a masked dump only.
type Told = dyn Fn(Crossing, &[u8]) + Send + Sync;

/// The faults that are armed, shared by all proxies of a stage.
#[derive(Clone)]
pub struct Faults {
    rules: Arc<Mutex<Vec<Rule>>>,
    released: watch::Sender<u64>,
    only: Option<TerminalId>,
    told: Arc<Told>,
}

impl Faults {
    /// No faults; every crossing is told.
    pub fn new(told: impl Fn(Crossing, &[u8]) + Send + Sync + 'static) -> Self {
        Self { rules: Arc::default(), released: watch::Sender::new(0), only: None, told: Arc::new(told) }
    }

    /// The same for the messages of one terminal only: others pass untouched and untold.
    pub fn only(self, terminal: TerminalId) -> Self {
        Self { only: Some(terminal), ..self }
    }

    /// What is armed and has not been used up.
    pub fn armed(&self) -> Vec<Rule> {
        self.rules.lock().map(|rules| rules.iter().copied().filter(|rule| rule.times > 0).collect()).unwrap_or_default()
    }

    /// Forgets what is armed on one hop.
    pub fn disarm(&self, hop: u8) {
        if let Ok(mut rules) = self.rules.lock() {
            rules.retain(|rule| rule.hop != hop);
        }
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
        let fits =
            |rule: &Rule| rule.mti == ANY || rule.mti == mti || (rule.mti == MONEY && matches!(mti / 100, 1 | 2));
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

/// Puts a proxy on every line of a network in this process: where its terminals dial then, and what keeps the proxies running.
///
/// # Errors
/// 3: a port or the thread is refused.
pub fn on_every_line(wiring: &mut Wiring, faults: &Faults) -> Result<(SocketAddr, mpsc::Sender<()>), End> {
    let (acquirer, switch) = (wiring.acquirer.local_addr()?, wiring.switch.local_addr()?);
    let mut proxies = Vec::new();
    let mut between = |to, family, there, back| -> Result<SocketAddr, End> {
        let listener = listen(0)?;
        let at = listener.local_addr()?;
        proxies.push(Proxy { listener, to, family, there, back });
        Ok(at)
    };
    let for_terminals = between(acquirer, Family::Pos, 1, 6)?;
    wiring.switch_for_acquirer = between(switch, Family::Cups, 2, 5)?;
    // Issuers dial the switch, so "there" is the way of their answers.
    wiring.switch_for_issuers = [between(switch, Family::Cups, 4, 3)?, between(switch, Family::Cups, 4, 3)?];
    Ok((for_terminals, run(proxies, faults)?))
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
        let (mut buffer, mut overtaken) = (Vec::new(), Vec::new());
        loop {
            match from.read_buf(&mut buffer).await {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
            while let Ok(Some((frame, consumed))) = split(&buffer, family, FRAME_BYTES_MAX) {
                let message = wire::unpack(family, &buffer[frame]).ok().map(|unpacked| unpacked.message);
                let bytes: Vec<u8> = buffer.drain(..consumed).collect();
                let mine = faults.only.is_none_or(|only| message.as_ref().and_then(|m| m.terminal) == Some(only));
                let fault = if mine { faults.meets(hop, message.as_ref()) } else { None };
                let frame = Frame { hop, message, bytes, told: mine.then(|| Arc::clone(&faults.told)) };
                frame.tell(fault, false);
                if fault == Some(Fault::Reorder) {
                    overtaken.push(frame);
                    continue;
                }
                pass(frame, fault, &queue, &faults);
                for frame in overtaken.drain(..) {
                    frame.go_on(&queue);
                }
            }
        }
    };
    tokio::join!(writing, reading);
}

/// A frame on its way.
struct Frame {
    hop: u8,
    message: Option<Message>,
    bytes: Vec<u8>,
    /// Who watches it.
    told: Option<Arc<Told>>,
}

impl Frame {
    fn tell(&self, fault: Option<Fault>, late: bool) {
        if let Some(told) = &self.told {
            told(Crossing { hop: self.hop, message: self.message.clone(), fault, late }, &self.bytes);
        }
    }

    /// It was kept, and goes on now.
    fn go_on(self, queue: &mpsc::UnboundedSender<Vec<u8>>) {
        // A line that was cut meanwhile takes it with it.
        if !queue.is_closed() {
            self.tell(None, true);
            let _ = queue.send(self.bytes);
        }
    }
}

fn pass(mut frame: Frame, fault: Option<Fault>, queue: &mpsc::UnboundedSender<Vec<u8>>, faults: &Faults) {
    match fault {
        Some(Fault::Lose) => return,
        Some(Fault::Double) => drop(queue.send(frame.bytes.clone())),
        Some(Fault::SpoilMac) => {
            if let Some(last) = frame.bytes.last_mut() {
                *last = if *last == b'0' { b'1' } else { b'0' };
            }
        }
        Some(Fault::Hold) => {
            let (queue, mut released) = (queue.clone(), faults.released.subscribe());
            tokio::spawn(async move {
                let _ = released.changed().await;
                frame.go_on(&queue);
            });
            return;
        }
        Some(Fault::Delay(by)) => {
            let queue = queue.clone();
            tokio::spawn(async move {
                tokio::time::sleep(by).await;
                frame.go_on(&queue);
            });
            return;
        }
        Some(Fault::Reorder) | None => {}
    }
    let _ = queue.send(frame.bytes);
}
