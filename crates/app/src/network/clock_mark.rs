//! How far the clock of a network in one process has come. A clock that runs faster than the wall would fall back by all that it was
//! ahead when its process starts again, and so would one whose wall was set back: records would be older than those before them. So
//! its standing is written down every few seconds, and a start goes on behind it, however the process before it ended.

use crate::clocks::Wall;
use crate::say::End;
use serde::{Deserialize, Serialize};
use slipway_node::Clock;
use slipway_runtime::os::{Pace, PacedClock};
use slipway_terms::Moment;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

const FILE: &str = "clock.json";
/// Between two marks. Unit: the wall's.
const BEAT: Duration = Duration::from_secs(5);
/// The longest that a process can have lived behind its last mark; what is longer was spent without a process. Unit: ms of the wall.
const BEHIND_MS_MAX: i64 = 60_000;

/// The file.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Mark {
    /// Where the network's clock stood. Unit: ms.
    network_ms: i64,
    /// What the wall said then. Unit: ms.
    wall_ms: i64,
    /// How fast it ran.
    pace: u32,
    /// Nothing was decided after it.
    ended: bool,
}

impl Mark {
    /// The latest that the clock may have shown before the wall came to `wall_ms`.
    fn shown_until(self, wall_ms: i64) -> i64 {
        if self.ended {
            return self.network_ms;
        }
        // A wall that was set back says nothing about how long the process lived.
        let passed = match wall_ms - self.wall_ms {
            back if back < 0 => BEHIND_MS_MAX,
            passed => passed.min(BEHIND_MS_MAX),
        };
        self.network_ms.saturating_add(passed.saturating_mul(i64::from(self.pace)))
    }
}

fn read(dir: &Path) -> Result<Option<Mark>, End> {
    let path = dir.join(FILE);
    match std::fs::read(&path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|_| {
            let path = path.display();
            End::environment(
                format!("{path} 已损坏：网络未启动，没有交易受影响；请从备份恢复，或删除它（时钟将从本机时间开始）"),
                format!("{path} is damaged: the network was not started, no payment is affected; restore it from a copy, or remove it (the clock then begins at this machine's time)"),
            )
        }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Whole or not at all, and on the disk.
fn write(dir: &Path, mark: Mark) -> std::io::Result<()> {
    let fresh = dir.join("clock.new");
    let mut file = std::fs::File::create(&fresh)?;
    file.write_all(&serde_json::to_vec(&mark).map_err(std::io::Error::other)?)?;
    file.sync_all()?;
    std::fs::rename(fresh, dir.join(FILE))
}

/// Writes down where a clock stands, as long as it is held.
#[derive(Debug)]
pub struct Marks {
    dir: PathBuf,
    clock: PacedClock,
    end: Sender<()>,
    thread: Option<JoinHandle<()>>,
}

/// The clock of a network in this folder: at the wall's time, and never before what it has shown.
///
/// # Errors
/// 3: its mark is damaged or cannot be written.
pub fn start(dir: &Path, pace: Pace) -> Result<(PacedClock, Marks), End> {
    let shown = read(dir)?.map_or(0, |mark| mark.shown_until(Wall::now().0));
    let clock = PacedClock::not_before(Moment(shown), pace);
    let marks = Marks::keep(dir, clock)?;
    Ok((clock, marks))
}

/// The network's time for a command beside it, as its mark tells: a running network shows it to within a mark, a stopped one goes on from here,
/// and one whose parties run alone, or that never ran, is at the wall's. A damaged mark says nothing.
pub fn now_in(dir: &Path) -> Moment {
    beside(dir).now()
}

/// The same as a clock, for a command that reads a stopped network.
pub fn beside(dir: &Path) -> PacedClock {
    let shown = read(dir).ok().flatten().map_or(0, |mark| mark.shown_until(Wall::now().0));
    PacedClock::not_before(Moment(shown), Pace::REAL)
}

impl Marks {
    fn keep(dir: &Path, clock: PacedClock) -> Result<Self, End> {
        // Before anything is decided by this clock.
        write(dir, now(clock, false))?;
        let (end, ended) = channel();
        let home = dir.to_owned();
        let beat = move || {
            let mut trouble = false;
            while ended.recv_timeout(BEAT) == Err(RecvTimeoutError::Timeout) {
                let written = write(&home, now(clock, false));
                if let Some(error) = written.as_ref().err().filter(|_| !trouble) {
                    eprintln!(
                        "slipway: 时钟标记无法写入：{error}；重启后时钟可能倒退 / the mark of the clock cannot be written: {error}; after a restart it may fall back"
                    );
                }
                trouble = written.is_err();
            }
        };
        let thread = std::thread::Builder::new().name("clock".into()).spawn(beat)?;
        Ok(Self { dir: dir.to_owned(), clock, end, thread: Some(thread) })
    }

    /// Nothing is decided any more: a start goes on from here, however long it lets wait.
    pub fn end(mut self) {
        self.rest();
        // Without it the mark before holds, and what has passed since is added.
        let _ = write(&self.dir, now(self.clock, true));
    }

    fn rest(&mut self) {
        let _ = self.end.send(());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Marks {
    fn drop(&mut self) {
        self.rest();
    }
}

fn now(clock: PacedClock, ended: bool) -> Mark {
    Mark { network_ms: clock.now().0, wall_ms: Wall::now().0, pace: clock.pace(), ended }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_is_never_before_what_was_shown() {
        let mark = |ended| Mark { network_ms: 5_000_000, wall_ms: 1_000_000, pace: 100, ended };
        let check = |ended, wall_ms, want: i64| assert_eq!(mark(ended).shown_until(wall_ms), want, "{ended} {wall_ms}");
        check(true, 9_000_000, 5_000_000);
        // Killed: every moment since the mark may have been shown, as long as a process can live without a mark.
        check(false, 1_000_000, 5_000_000);
        check(false, 1_004_000, 5_400_000);
        check(false, 90_000_000, 11_000_000);
        check(false, 0, 11_000_000);
    }

    #[test]
    fn stopped_killed_and_damaged() {
        let home = tempfile::tempdir().unwrap();
        let (clock, marks) = start(home.path(), Pace(100)).unwrap();
        let ahead = Mark { network_ms: clock.now().0 + 86_400_000, ..now(clock, true) };
        marks.end();
        assert!(read(home.path()).unwrap().unwrap().ended);
        for ended in [true, false] {
            write(home.path(), Mark { ended, ..ahead }).unwrap();
            let (clock, marks) = start(home.path(), Pace::REAL).unwrap();
            assert!(clock.now().0 >= ahead.network_ms, "{ended}");
            assert!(!read(home.path()).unwrap().unwrap().ended, "a new life");
            drop(marks);
        }
        std::fs::write(home.path().join(FILE), "{").unwrap();
        let end = start(home.path(), Pace::REAL).unwrap_err();
        assert!(end.code == 3 && end.text.en.contains("clock.json is damaged"), "{}", end.text.en);
    }
}
