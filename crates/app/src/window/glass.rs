//! The window: keys in, the terminal's screen and paper out. The keyboard's screen is given back as it was on every way out.

use super::keys::{Deed, deed};
use super::place::{PaperState, Place};
use super::strip::Strip;
use super::view::View;
use crate::demo::stage::Seen;
use crate::demo::telling;
use crate::proxy::MONEY;
use crate::say::{End, Say};
use crate::told::Told;
use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event};
use slipway_node::{Act, CardRead, KeyPress, Show};
use slipway_terms::{Lang, Pin, Text};
use std::collections::VecDeque;
use std::time::Duration;
use tokio::signal::unix::SignalKind;
use zeroize::Zeroize;

/// Between two looks at what has happened; also the time of one line of paper.
const LOOK: Duration = Duration::from_millis(25);
/// What is kept of what happened around.
const AROUND_MAX: usize = 100;

/// Opens the window and comes back when it is left.
///
/// # Errors
/// 3 the screen cannot be drawn on.
pub fn show(place: &mut Place, say: &Say) -> Result<(), End> {
    let gone = Told::to(&[SignalKind::terminate(), SignalKind::hangup()])?;
    let mut terminal = ratatui::try_init()?;
    // A panic of this thread gives the screen back before it is told; one of a party is that party's own matter, and its
    // words would tear the window.
    let (restoring, own) = (std::panic::take_hook(), std::thread::current().id());
    std::panic::set_hook(Box::new(move |panic| {
        if std::thread::current().id() == own {
            restoring(panic);
        }
    }));
    let mut window = Window::new(place, say);
    let looked = window.run(&mut terminal, place, &gone);
    let _ = std::panic::take_hook();
    ratatui::restore();
    looked
}

/// Digits on the PIN pad; wiped when it closes.
#[derive(Default)]
struct Pad {
    digits: [u8; 12],
    len: usize,
}

impl Pad {
    fn push(&mut self, digit: u8) {
        if let Some(place) = self.digits.get_mut(self.len) {
            *place = b'0' + digit;
            self.len += 1;
        }
    }

    fn pop(&mut self) {
        self.len = self.len.saturating_sub(1);
        self.digits[self.len] = 0;
    }

    fn wipe(&mut self) {
        self.digits.zeroize();
        self.len = 0;
    }
}

/// Does something at the terminal. The next key finds what this one showed: a PIN typed ahead never goes to the screen.
fn act(place: &Place, act: Act) {
    place.till.act(act);
    // A terminal that is gone is noticed by the loop.
    let _ = place.decided();
}

struct Window {
    lang: Lang,
    colour: bool,
    shown: Show,
    line: Option<bool>,
    pad: Pad,
    chosen: usize,
    printer: PaperState,
    strip: Strip,
    around: VecDeque<Text>,
    said: Option<Text>,
}

impl Window {
    fn new(place: &Place, say: &Say) -> Self {
        let hint = |who| {
            Text::new(
                format!("操作员 / 密码：{who}，各按 Enter"),
                format!("Operator / password: {who}, Enter after each"),
            )
        };
        Self {
            lang: say.lang,
            colour: say.colour,
            shown: Show::default(),
            line: None,
            pad: Pad::default(),
            chosen: 0,
            printer: PaperState::Good,
            strip: Strip::default(),
            around: VecDeque::new(),
            said: place.operator.map(hint),
        }
    }

    fn run(&mut self, terminal: &mut DefaultTerminal, place: &mut Place, gone: &Told) -> Result<(), End> {
        let mut fresh = true;
        loop {
            place.stage.drain();
            for (_, seen) in std::mem::take(&mut place.stage.seen) {
                self.sees(&seen);
                fresh = true;
            }
            fresh |= self.strip.turn();
            if std::mem::take(&mut fresh) {
                terminal.draw(|frame| self.view(place).draw(frame))?;
            }
            if gone.is_told() || place.ended() {
                return Ok(());
            }
            if !event::poll(LOOK)? {
                continue;
            }
            fresh = true;
            if let Event::Key(key) = event::read()? {
                match deed(key) {
                    Some(Deed::Leave) => return Ok(()),
                    Some(deed) => self.does(deed, place),
                    None => {}
                }
            }
        }
    }

    fn view<'a>(&'a self, place: &'a Place) -> View<'a> {
        View {
            lang: self.lang,
            colour: self.colour,
            seat: place.till.seat.as_str(),
            merchant: &place.merchant,
            line: self.line,
            shown: &self.shown,
            pages: &place.pages,
            pin: self.pad.len,
            cards: (&place.cards, self.chosen),
            printer: self.printer,
            strip: (&self.strip, u16::try_from(place.columns.count()).unwrap_or(48)),
            around: &self.around,
            said: self.said.as_ref(),
        }
    }

    fn sees(&mut self, seen: &Seen) {
        match seen {
            Seen::Screen(show) => {
                self.pad.wipe();
                self.shown = show.clone();
            }
            Seen::Paper(_, _, text) => self.strip.feed(text),
            Seen::Line(_, up) => self.line = Some(*up),
            Seen::Crossed(_) | Seen::Noticed(_) => {
                if let Some((at, text)) = telling::event(seen) {
                    let at = at.trim();
                    self.around.push_back(Text::new(format!("{at} {}", text.zh), format!("{at} {}", text.en)));
                }
                if self.around.len() > AROUND_MAX {
                    self.around.pop_front();
                }
            }
            Seen::Told(..) => {}
        }
    }

    fn does(&mut self, deed: Deed, place: &Place) {
        self.said = None;
        let card = place.cards.get(self.chosen);
        match deed {
            Deed::Pad(key) if self.shown.pin_entry => self.pin_key(key, place),
            Deed::Pad(key) => act(place, Act::Key(key)),
            Deed::Choose(down) => {
                let last = place.cards.len().saturating_sub(1);
                self.chosen = if down { (self.chosen + 1).min(last) } else { self.chosen.saturating_sub(1) };
            }
            Deed::Swipe => match card.and_then(super::cards::Card::swipe) {
                Some(act) => self::act(place, act),
                None => self.say("此卡没有磁条，请手输", "This card has no stripe: key its number"),
            },
            Deed::SwipeWrong => act(place, Act::Card(CardRead::WrongWay)),
            Deed::KeyCard => {
                if let Some(card) = card {
                    act(place, card.key());
                }
            }
            Deed::Chip { tap } => match place.chip(self.chosen, tap) {
                Some(act) => self::act(place, act),
                None => self.say("此卡没有芯片，请刷卡", "This card has no chip: swipe it"),
            },
            Deed::Printer(state) => {
                self.printer = if self.printer == state { PaperState::Good } else { state };
                place.put_printer(self.printer);
            }
            Deed::Tear => self.strip.tear(),
            Deed::Scroll(down) => self.strip.scroll(down),
            Deed::LoseAnswer if place.proxied => {
                place.lose(true, MONEY, 1);
                self.say("下一个应答将在线路上丢失", "The next answer will be lost on the line");
            }
            Deed::LoseAnswer => self.say("只有 --demo 才能丢失应答", "Answers are lost with --demo only"),
            Deed::Language => {
                self.lang = match self.lang {
                    Lang::Zh => Lang::En,
                    Lang::En => Lang::Zh,
                };
            }
            Deed::Leave => {}
        }
    }

    /// While the pad waits for a PIN its digits go nowhere else.
    fn pin_key(&mut self, key: KeyPress, place: &Place) {
        match key {
            KeyPress::Digit(digit) => self.pad.push(digit),
            KeyPress::Clear => self.pad.pop(),
            KeyPress::Cancel => act(place, Act::Key(key)),
            KeyPress::Enter if self.pad.len == 0 => act(place, Act::Pin(None)),
            KeyPress::Enter => {
                let typed = std::str::from_utf8(&self.pad.digits[..self.pad.len]).ok();
                match typed.and_then(|digits| Pin::new(digits).ok()) {
                    Some(pin) => act(place, Act::Pin(Some(pin))),
                    None => self.say("密码为 4 到 12 位数字", "A PIN has 4 to 12 digits"),
                }
                self.pad.wipe();
            }
            KeyPress::DoubleZero | KeyPress::Print | KeyPress::Menu => {}
        }
    }

    fn say(&mut self, zh: &str, en: &str) {
        self.said = Some(Text::new(zh, en));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pin_pad_forgets() {
        let mut pad = Pad::default();
        (0..20).for_each(|no| pad.push(no % 10));
        assert_eq!((pad.len, &pad.digits), (12, b"012345678901"));
        pad.pop();
        assert_eq!((pad.len, pad.digits[11]), (11, 0));
        pad.wipe();
        assert_eq!((pad.len, pad.digits), (0, [0; 12]));
        pad.pop();
        assert_eq!(pad.len, 0);
    }
}
