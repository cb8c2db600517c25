//! The other side, for examples and tests: answers each message of each connection by a function.

use alloc::sync::Arc;
use alloc::vec::Vec;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use crate::frame::Wrapped;
use crate::wire::Wire;

/// What a server does with one message.
pub enum Served {
    /// Send this back (MTI first, no framing).
    Answer(Vec<u8>),
    /// Say nothing.
    Silence,
    /// Cut the connection.
    Cut,
}

/// Accepts connections until the listener fails, one thread each. `each` gets a message without framing.
///
/// # Errors
/// Of the listener.
pub fn serve(
    listener: &TcpListener,
    wire: &Wire,
    each: impl Fn(&[u8]) -> Served + Send + Sync + 'static,
) -> std::io::Result<()> {
    let each = Arc::new(each);
    for stream in listener.incoming() {
        let (stream, wire, each) = (stream?, wire.clone(), Arc::clone(&each));
        std::thread::spawn(move || {
            let _ = connection(stream, &wire, &*each);
        });
    }
    Ok(())
}

fn connection(mut stream: TcpStream, wire: &Wire, each: &dyn Fn(&[u8]) -> Served) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let (mut held, mut piece) = (Vec::new(), [0; 4_096]);
    loop {
        loop {
            let (frame, consumed) = match wire.split(&held, usize::MAX) {
                Ok(Some(found)) => found,
                Ok(None) => break,
                // A lying length: nothing behind it can be found.
                Err(_) => return Ok(()),
            };
            let bytes = held.get(frame).unwrap_or_default();
            let framing = wire.find(bytes, Some(Wrapped::Header));
            let served = match &framing {
                Ok(framing) if !framing.body.is_empty() => each(bytes.get(framing.body.clone()).unwrap_or_default()),
                _ => Served::Silence,
            };
            if let Served::Answer(answer) = &served {
                let mut out = Vec::new();
                let mark = wire.open(framing.ok().and_then(|framing| framing.tpdu).map(|tpdu| tpdu.answer()), &mut out);
                out.extend_from_slice(answer);
                if wire.close(&mut out, mark).is_ok() {
                    stream.write_all(&out)?;
                }
            }
            held.drain(..consumed);
            if matches!(served, Served::Cut) || consumed == 0 {
                return Ok(());
            }
        }
        match stream.read(&mut piece)? {
            0 => return Ok(()),
            len => held.extend_from_slice(piece.get(..len).unwrap_or_default()),
        }
    }
}
