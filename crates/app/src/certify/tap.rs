//! The tap: a relay between the foreign device and the acquirer. It tells every frame before it passes it on, and does to it
//! what the running step has armed.

use super::proof::{Keys, MacSeen, PinSeen};
use super::spoil::{self, Deed, HEAD_BYTES, Inject, Way, alter, message, text};
use slipway_node::limits::FRAME_BYTES_MAX;
use slipway_runtime::os::PacedClock;
use std::net::SocketAddr;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// Something that the script waits for. Has no printing form: its frames are not masked.
pub enum Event {
    /// The device connected, or its line went down.
    Line(bool),
    /// A frame passed, or was to pass.
    Frame(Frame),
    /// What came is no frame.
    Rubbish,
    /// A line that somebody typed, or the driver of the device wrote.
    Said(String),
    /// Nobody will say anything any more.
    Deaf,
}

/// One frame, as the device sent it or was to receive it.
#[derive(Clone)]
pub struct Frame {
    /// Milliseconds since the script began.
    pub ms: u64,
    /// Direction.
    pub way: Way,
    /// TPDU, header, message.
    pub bytes: Vec<u8>,
    /// What was done to it.
    pub deed: Option<Deed>,
    /// Its MAC, if it is the device's.
    pub mac: MacSeen,
    /// Its PIN block.
    pub pin: PinSeen,
}

/// What is armed and known, shared by script and relay.
struct State {
    rules: Vec<Inject>,
    keys: Keys,
    /// Answers that are late.
    held: Vec<Vec<u8>>,
    /// The batch number that an upward frame really had.
    batch: Option<Vec<u8>>,
    tell: Sender<Event>,
}

/// The tap as the script holds it.
#[derive(Clone)]
pub struct Tap {
    state: Arc<Mutex<State>>,
    clock: PacedClock,
}

impl Tap {
    /// Listens on a thread of its own until the process ends or the returned sender is dropped.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(
        listener: std::net::TcpListener,
        to: SocketAddr,
        keys: Keys,
        clock: PacedClock,
        tell: Sender<Event>,
    ) -> std::io::Result<(Self, mpsc::Sender<()>)> {
        let state = State { rules: Vec::new(), keys, held: Vec::new(), batch: None, tell };
        let tap = Self { state: Arc::new(Mutex::new(state)), clock };
        let (alive, mut ended) = mpsc::channel::<()>(1);
        let serving = tap.clone();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::Builder::new().name("tap".into()).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = serve(listener, to, serving) => {}
                    _ = ended.recv() => {}
                }
            });
        })?;
        Ok((tap, alive))
    }

    /// Arms what a step injects, and forgets what another left.
    pub fn arm(&self, rules: &[Inject]) {
        let mut state = self.state();
        state.rules = rules.to_vec();
        state.held.clear();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn say(&self, event: Event) {
        // A script that has ended hears nothing any more.
        let _ = self.state().tell.send(event);
    }

    fn milliseconds(&self) -> u64 {
        self.clock.nanos() / 1_000_000
    }

    /// A frame of the device: what goes on to the acquirer, what goes back to the device, whether the line stays.
    fn up(&self, bytes: Vec<u8>) -> (Vec<Vec<u8>>, Vec<Vec<u8>>, bool) {
        let ms = self.milliseconds();
        let mut state = self.state();
        let deed = meets(&mut state.rules, Way::Up, &bytes);
        let (mac, pin) = match message(&bytes) {
            Some(read) => state.keys.judge(&read),
            None => (MacSeen::None, PinSeen::None),
        };
        let late = std::mem::take(&mut state.held);
        let _ = state.tell.send(Event::Frame(Frame { ms, way: Way::Up, bytes: bytes.clone(), deed, mac, pin }));
        let mut changed = bytes;
        if deed == Some(Deed::OtherBatch) {
            state.batch = batch_of(&changed).and_then(|at| changed.get(at..at + 3).map(<[u8]>::to_vec));
        }
        if let Some(deed) = deed {
            alter(deed, &mut changed, state.keys.mac());
        }
        let on = copies(deed, changed);
        (on, late, deed != Some(Deed::Cut))
    }

    /// A frame of the acquirer, the same way.
    fn down(&self, mut bytes: Vec<u8>) -> (Vec<Vec<u8>>, bool) {
        let ms = self.milliseconds();
        let mut state = self.state();
        let deed = meets(&mut state.rules, Way::Down, &bytes);
        if let Some(batch) = state.batch.take()
            && let Some(at) = batch_of(&bytes)
        {
            spoil::put(&mut bytes, at, &batch);
            spoil::restamp(&mut bytes, state.keys.mac());
        }
        if let Some(read) = message(&bytes)
            && read.mti() == *b"0810"
            && text(&read, 39) == "00"
        {
            state.keys.learn(&read);
        }
        if let Some(deed) = deed {
            alter(deed, &mut bytes, state.keys.mac());
        }
        let (mac, pin) = (MacSeen::None, PinSeen::None);
        let _ = state.tell.send(Event::Frame(Frame { ms, way: Way::Down, bytes: bytes.clone(), deed, mac, pin }));
        if deed == Some(Deed::Late) {
            state.held.push(bytes);
            return (Vec::new(), true);
        }
        (copies(deed, bytes), deed != Some(Deed::Cut))
    }
}

fn batch_of(frame: &[u8]) -> Option<usize> {
    message(frame).filter(|m| m.has(60)).map(|m| HEAD_BYTES + m.offset(60) + 1)
}

fn copies(deed: Option<Deed>, frame: Vec<u8>) -> Vec<Vec<u8>> {
    match deed {
        Some(Deed::Lose | Deed::Cut) => Vec::new(),
        Some(Deed::Double) => vec![frame.clone(), frame],
        _ => vec![frame],
    }
}

/// The first armed deed for this type of frame.
fn meets(rules: &mut [Inject], way: Way, frame: &[u8]) -> Option<Deed> {
    let read = message(frame)?;
    let mti = read.mti();
    // A balance inquiry is never spoilt: a device may ask for one whenever it likes.
    if matches!(&mti, b"0200" | b"0210") && !read.has(4) {
        return None;
    }
    let rule = rules.iter_mut().find(|rule| rule.way == way && *rule.mti == mti && rule.times > 0)?;
    if rule.after > 0 {
        rule.after -= 1;
        return None;
    }
    rule.times -= 1;
    Some(rule.deed)
}

async fn serve(listener: std::net::TcpListener, to: SocketAddr, tap: Tap) {
    let listener = listener.set_nonblocking(true).and_then(|()| TcpListener::from_std(listener));
    let Ok(listener) = listener else { return };
    while let Ok((near, _)) = listener.accept().await {
        let Ok(far) = TcpStream::connect(to).await else { continue };
        let _ = (near.set_nodelay(true), far.set_nodelay(true));
        tokio::spawn(relay(near, far, tap.clone()));
    }
}

/// When one direction ends, both sockets close: a cut line is cut both ways.
async fn relay(near: TcpStream, far: TcpStream, tap: Tap) {
    tap.say(Event::Line(true));
    let ((mut near_in, near_out), (mut far_in, far_out)) = (near.into_split(), far.into_split());
    let ((to_near, for_near), (to_far, for_far)) = (mpsc::unbounded_channel(), mpsc::unbounded_channel());
    let (late_to_near, for_up) = (to_near.clone(), tap.clone());
    let up = async move {
        while let Some(frame) = read(&mut near_in, &for_up).await {
            let (on, late, stays) = if frame.is_empty() { (vec![frame], Vec::new(), true) } else { for_up.up(frame) };
            late.into_iter().for_each(|frame| drop(late_to_near.send(frame)));
            on.into_iter().for_each(|frame| drop(to_far.send(frame)));
            if !stays {
                break;
            }
        }
        // What a device sent before it went dark still arrives: the way on ends when it is empty.
        drop(to_far);
        std::future::pending::<()>().await;
    };
    let down = async {
        while let Some(frame) = read(&mut far_in, &tap).await {
            let (on, stays) = if frame.is_empty() { (vec![frame], true) } else { tap.down(frame) };
            on.into_iter().for_each(|frame| drop(to_near.send(frame)));
            if !stays {
                return;
            }
        }
    };
    tokio::select! {
        () = up => {}
        () = down => {}
        () = write(near_out, for_near) => {}
        () = write(far_out, for_far) => {}
    }
    tap.say(Event::Line(false));
}

/// One frame without its length; an empty one keeps the line alive. `None`: the line ended, or what came is no frame.
async fn read(from: &mut OwnedReadHalf, tap: &Tap) -> Option<Vec<u8>> {
    let mut length = [0; 2];
    from.read_exact(&mut length).await.ok()?;
    let length = usize::from(u16::from_be_bytes(length));
    if length > FRAME_BYTES_MAX || (1..HEAD_BYTES + 10).contains(&length) {
        tap.say(Event::Rubbish);
        return None;
    }
    let mut frame = vec![0; length];
    from.read_exact(&mut frame).await.ok()?;
    Some(frame)
}

async fn write(mut to: OwnedWriteHalf, mut queue: mpsc::UnboundedReceiver<Vec<u8>>) {
    while let Some(frame) = queue.recv().await {
        let mut whole = u16::try_from(frame.len()).unwrap_or(0).to_be_bytes().to_vec();
        whole.extend(frame);
        if to.write_all(&whole).await.is_err() {
            return;
        }
    }
}
