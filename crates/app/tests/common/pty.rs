//! A pseudo-terminal with a person before it: keys in, the parsed screen out. Nothing here sleeps; a wait ends when the screen
//! shows what is waited for, or fails with the screen as it is.
#![allow(clippy::unwrap_used, reason = "tests may")]
#![allow(dead_code, reason = "each test file uses its own part")]

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// The longest wait for one screen: builds and other tests may run beside this one.
const PATIENCE: Duration = Duration::from_secs(60);

/// The screen as parsed, and whether the program has closed it.
struct Glass {
    parser: vt100::Parser,
    closed: bool,
}

/// A program in a pseudo-terminal.
pub struct Pty {
    glass: Arc<(Mutex<Glass>, Condvar)>,
    keys: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
}

const fn size((columns, rows): (u16, u16)) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}

fn some(count: u16) -> NonZero<u16> {
    NonZero::new(count).unwrap()
}

impl Pty {
    /// Starts the binary in a screen of so many columns and rows.
    pub fn start(args: &[&str], at: (u16, u16), env: &[(&str, &str)]) -> Self {
        let pair = native_pty_system().openpty(size(at)).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_slipway"));
        command.args(args);
        command.env("TERM", "xterm-256color");
        env.iter().for_each(|(name, value)| command.env(name, value));
        let child = pair.slave.spawn_command(command).unwrap();
        // Ours would keep the line open after the program has gone.
        drop(pair.slave);
        let glass = Glass { parser: vt100::Parser::new(some(at.1), some(at.0), 0), closed: false };
        let glass = Arc::new((Mutex::new(glass), Condvar::new()));
        let (mut reader, seen) = (pair.master.try_clone_reader().unwrap(), Arc::clone(&glass));
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            loop {
                let read = reader.read(&mut bytes).unwrap_or(0);
                let mut glass = seen.0.lock().unwrap();
                glass.parser.process(&bytes[..read]);
                glass.closed = read == 0;
                seen.1.notify_all();
                if read == 0 {
                    return;
                }
            }
        });
        let keys = pair.master.take_writer().unwrap();
        Self { glass, keys, child, master: pair.master }
    }

    /// Presses keys.
    pub fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// Another size of the screen.
    pub fn resize(&self, at: (u16, u16)) {
        self.glass.0.lock().unwrap().parser.screen_mut().set_size(some(at.1), some(at.0));
        self.master.resize(size(at)).unwrap();
    }

    /// Waits until the screen fits, and gives it.
    pub fn until(&self, what: &str, fits: impl Fn(&str) -> bool) -> String {
        self.wait(what, |glass| fits(&text(&glass.parser)))
    }

    /// Waits until the screen shows this.
    pub fn shows(&self, wanted: &str) -> String {
        self.until(wanted, |screen| screen.contains(wanted))
    }

    /// Waits until the screen fits and is its golden, times and numbers of the day masked. `UPDATE_GOLDEN=1` renews it.
    pub fn golden(&self, name: &str, fits: impl Fn(&str) -> bool) {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(format!("{name}.txt"));
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            self.until(name, fits);
            // The rest of the picture; nothing is compared here, so it may be waited for.
            let glass = self.glass.0.lock().unwrap();
            let glass = self.glass.1.wait_timeout_while(glass, Duration::from_millis(500), |_| true).unwrap().0;
            let screen = masked(&text(&glass.parser));
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            return std::fs::write(&path, screen).unwrap();
        }
        let want =
            std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{name}: {e}; make it with UPDATE_GOLDEN=1"));
        self.wait(&format!("{name}, which was\n{want}"), |glass| {
            let screen = text(&glass.parser);
            fits(&screen) && masked(&screen) == want
        });
    }

    fn wait(&self, what: &str, fits: impl Fn(&Glass) -> bool) -> String {
        let glass = self.glass.0.lock().unwrap();
        let (glass, late) =
            self.glass.1.wait_timeout_while(glass, PATIENCE, |glass| !fits(glass) && !glass.closed).unwrap();
        let screen = text(&glass.parser);
        assert!(fits(&glass), "waited for: {what}; late: {}, closed: {}\n{screen}", late.timed_out(), glass.closed);
        screen
    }

    /// Whether any cell has a colour.
    pub fn coloured(&self) -> bool {
        let glass = self.glass.0.lock().unwrap();
        let (screen, (rows, columns)) = (glass.parser.screen(), glass.parser.screen().size());
        let (rows, columns) = (rows.get(), columns.get());
        let plain = |row, column| {
            let cell = screen.cell(row, column);
            cell.is_none_or(|cell| cell.fgcolor() == vt100::Color::Default && cell.bgcolor() == vt100::Color::Default)
        };
        (0..rows).any(|row| (0..columns).any(|column| !plain(row, column)))
    }

    /// Whether the person's own screen is back: no other screen, the cursor seen.
    pub fn given_back(&self) -> bool {
        let glass = self.glass.0.lock().unwrap();
        !glass.parser.screen().alternate_screen() && !glass.parser.screen().hide_cursor()
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    /// Waits until the program has ended: its exit code, and what stands on the screen.
    pub fn ended(&mut self) -> (u32, String) {
        let screen = self.wait("the end", |glass| glass.closed);
        (self.child.wait().unwrap().exit_code(), screen)
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The screen as text, without blanks at the ends of its lines.
fn text(parser: &vt100::Parser) -> String {
    let screen = parser.screen();
    let rows = screen.rows(0, screen.size().1.get());
    rows.map(|row| format!("{}\n", row.trim_end())).collect()
}

/// Times and the numbers that the day makes: dates, clock times, reference numbers. Their width stays.
fn masked(screen: &str) -> String {
    let shape = |text: &str| text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect::<String>();
    let shapes = ["0000/00/00 00:00:00", "0000-00-00 00:00:00", "000000000000"];
    let mut out = String::new();
    for line in screen.lines() {
        let mut chars: Vec<char> = line.chars().collect();
        let kinds: Vec<char> = shape(line).chars().collect();
        for wanted in shapes {
            let wanted: Vec<char> = wanted.chars().collect();
            for at in 0..(kinds.len() + 1).saturating_sub(wanted.len()) {
                let ends = [at.checked_sub(1), Some(at + wanted.len())].into_iter().flatten();
                let alone = ends.into_iter().all(|end| kinds.get(end).is_none_or(|c| *c != '0'));
                if kinds[at..at + wanted.len()] == wanted[..] && alone {
                    chars[at..at + wanted.len()].iter_mut().filter(|c| c.is_ascii_digit()).for_each(|c| *c = '#');
                }
            }
        }
        out.extend(chars);
        out.push('\n');
    }
    out
}
