//! Slips as files, for terminals without a printer of their own.

use slipway_node::Print;
use slipway_runtime::os::{PaperOut, PaperSink};
use slipway_slip::{Columns, escpos, render};
use slipway_terms::{Copy, PaperFate, TerminalId};
use std::collections::BTreeMap;
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// Where each terminal prints: on the network printer if there is one, else into files of this folder.
pub fn papers(
    dir: &Path,
    seats: &[(TerminalId, usize)],
    printer: Option<SocketAddr>,
) -> std::io::Result<BTreeMap<TerminalId, PaperOut>> {
    if printer.is_none() {
        std::fs::create_dir_all(dir)?;
    }
    let paper = |seat: TerminalId| {
        printer.map_or_else(|| PaperOut::Sink(Arc::new(Mutex::new(SlipFiles::of(dir, seat)))), PaperOut::Tcp)
    };
    Ok(seats.iter().map(|(seat, _)| (*seat, paper(*seat))).collect())
}

/// Slips of one terminal as files: ESC/POS bytes as a printer would get them, and text beside them.
pub struct SlipFiles {
    escpos: PathBuf,
    text: PathBuf,
}

impl SlipFiles {
    /// The files of this terminal.
    pub fn of(dir: &Path, seat: TerminalId) -> Self {
        Self { escpos: dir.join(format!("{seat}.escpos")), text: dir.join(format!("{seat}.txt")) }
    }
}

impl PaperSink for SlipFiles {
    fn print(&mut self, print: &Print, copy: Copy) -> PaperFate {
        let lines = render(&print.slip, copy, Columns::C32);
        let append = |path: &Path, bytes: &[u8]| {
            let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path)?;
            file.write_all(bytes)?;
            file.sync_data()
        };
        let text = append(&self.text, format!("{lines}\n\n").as_bytes());
        match append(&self.escpos, &escpos(&lines)).and(text) {
            Ok(()) => PaperFate::Printed,
            Err(_) => PaperFate::Half,
        }
    }
}
