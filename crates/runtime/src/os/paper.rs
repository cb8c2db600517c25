//! Where slips come out. A sink prints one copy and says what became of it; bytes queued are not "printed".

use slipway_node::Print;
use slipway_slip::printer::{STATUS_BYTES, Status, Written, fate, finish_query, is_finished, status_query};
use slipway_terms::{Copy, PaperFate};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A printer of the process: told one copy, answers its fate.
pub trait PaperSink: Send {
    /// Prints one copy.
    fn print(&mut self, print: &Print, copy: Copy) -> PaperFate;
}

/// Where a terminal's slips go.
#[derive(Clone)]
pub enum PaperOut {
    /// Nowhere: the printer is missing.
    None,
    /// A sink in this process (simulated printer, demo paper).
    Sink(Arc<Mutex<dyn PaperSink>>),
    /// ESC/POS bytes appended to a file, synced before they count as printed.
    File(PathBuf),
    /// ESC/POS to a printer on TCP port 9100, with its status asked before and after.
    Tcp(SocketAddr),
}

impl std::fmt::Debug for PaperOut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::None => "no printer",
            Self::Sink(_) => "sink",
            Self::File(_) => "file",
            Self::Tcp(_) => "tcp",
        })
    }
}

impl PaperOut {
    /// Prints one copy on a printer that answers at once; a network printer is told by [`PaperOut::print`].
    pub(super) fn print_now(&self, print: &Print, copy: Copy) -> PaperFate {
        match self {
            Self::None | Self::Tcp(_) => PaperFate::Missing,
            Self::Sink(sink) => sink.lock().map_or(PaperFate::Unknown, |mut sink| sink.print(print, copy)),
            Self::File(path) => to_file(path, &bytes(print, copy)),
        }
    }

    /// Prints one copy.
    pub(super) async fn print(&self, print: &Print, copy: Copy) -> PaperFate {
        match self {
            Self::Tcp(addr) => to_printer(*addr, &bytes(print, copy)).await,
            _ => self.print_now(print, copy),
        }
    }
}

fn bytes(print: &Print, copy: Copy) -> Vec<u8> {
    slipway_slip::escpos(&slipway_slip::render(&print.slip, copy, slipway_slip::Columns::C32))
}

fn to_file(path: &std::path::Path, bytes: &[u8]) -> PaperFate {
    use std::io::Write;
    let open = std::fs::OpenOptions::new().create(true).append(true).open(path);
    let Ok(mut file) = open else { return PaperFate::Missing };
    match file.write_all(bytes).and_then(|()| file.sync_data()) {
        Ok(()) => PaperFate::Printed,
        Err(_) => PaperFate::Half,
    }
}

/// A printer that does not answer its status within this leaves the fate unknown.
const STATUS_WAIT: Duration = Duration::from_secs(3);

async fn to_printer(addr: SocketAddr, bytes: &[u8]) -> PaperFate {
    let connect = tokio::time::timeout(STATUS_WAIT, TcpStream::connect(addr)).await;
    let Ok(Ok(mut stream)) = connect else { return PaperFate::Missing };
    let before = status(&mut stream).await;
    if before.is_some_and(|status| !status.ready()) {
        return PaperFate::Missing;
    }
    let written = if stream.write_all(bytes).await.is_err() {
        Written::Part
    } else if finished(&mut stream).await {
        Written::Finished
    } else {
        Written::Queued
    };
    fate(before, written, status(&mut stream).await)
}

/// Asks behind the slip's bytes whether the printer has worked through them.
async fn finished(stream: &mut TcpStream) -> bool {
    let mut answer = [0];
    stream.write_all(finish_query()).await.is_ok() && heard(stream, &mut answer).await && is_finished(answer[0])
}

async fn status(stream: &mut TcpStream) -> Option<Status> {
    stream.write_all(status_query()).await.ok()?;
    let mut answer = [0; STATUS_BYTES];
    if !heard(stream, &mut answer).await {
        return None;
    }
    Status::decode(&answer)
}

async fn heard(stream: &mut TcpStream, answer: &mut [u8]) -> bool {
    matches!(tokio::time::timeout(STATUS_WAIT, stream.read_exact(answer)).await, Ok(Ok(_)))
}
