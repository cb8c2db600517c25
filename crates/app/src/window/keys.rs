//! Which key of the keyboard is which key of the terminal. Digits and the pad's own keys go to the terminal as they are;
//! letters are what hands do around it.

use super::place::PaperState;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use slipway_node::KeyPress;
use slipway_slip::printer::Fault;

/// What a hand does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Deed {
    /// A key of the pad.
    Pad(KeyPress),
    /// Another card of the tray: up or down.
    Choose(bool),
    /// The chosen card is drawn.
    Swipe,
    /// It is drawn the wrong way round.
    SwipeWrong,
    /// Its number is keyed.
    KeyCard,
    /// It is inserted, or held to the terminal.
    Chip {
        /// Held to it.
        tap: bool,
    },
    /// A state of the printer; a fault that is there already is mended.
    Printer(PaperState),
    /// The paper is torn off.
    Tear,
    /// The paper is looked at further up or down.
    Scroll(bool),
    /// The next answer is lost on the line.
    LoseAnswer,
    /// The other language.
    Language,
    /// Away.
    Leave,
}

/// What this key does.
pub fn deed(key: KeyEvent) -> Option<Deed> {
    if key.kind == KeyEventKind::Release {
        return None;
    }
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        return (key.code == KeyCode::Char('c')).then_some(Deed::Leave);
    }
    Some(match key.code {
        KeyCode::Char(c @ '0'..='9') => Deed::Pad(KeyPress::Digit(u8::try_from(c.to_digit(10)?).ok()?)),
        KeyCode::Char('.') => Deed::Pad(KeyPress::DoubleZero),
        KeyCode::Enter => Deed::Pad(KeyPress::Enter),
        KeyCode::Backspace | KeyCode::Delete => Deed::Pad(KeyPress::Clear),
        KeyCode::Esc => Deed::Pad(KeyPress::Cancel),
        KeyCode::Char('m') | KeyCode::F(1) => Deed::Pad(KeyPress::Menu),
        KeyCode::Char('p') | KeyCode::F(2) => Deed::Pad(KeyPress::Print),
        KeyCode::Up => Deed::Choose(false),
        KeyCode::Down | KeyCode::Tab => Deed::Choose(true),
        KeyCode::Char('s') => Deed::Swipe,
        KeyCode::Char('w') => Deed::SwipeWrong,
        KeyCode::Char('k') => Deed::KeyCard,
        KeyCode::Char('i') => Deed::Chip { tap: false },
        KeyCode::Char('t') => Deed::Chip { tap: true },
        KeyCode::Char('o') => Deed::Printer(PaperState::Faulty(Fault::PaperOut { after: 0 })),
        KeyCode::Char('j') => Deed::Printer(PaperState::Faulty(Fault::Jam { after: 0 })),
        KeyCode::Char('c') => Deed::Printer(PaperState::Faulty(Fault::CoverOpen { after: 0 })),
        KeyCode::Char('b') => Deed::Printer(PaperState::Blank),
        KeyCode::Char('d') => Deed::Printer(PaperState::Faulty(Fault::DeadHead)),
        KeyCode::Char('r') => Deed::Printer(PaperState::Good),
        KeyCode::Char('x') => Deed::Tear,
        KeyCode::PageUp => Deed::Scroll(false),
        KeyCode::PageDown => Deed::Scroll(true),
        KeyCode::Char('a') => Deed::LoseAnswer,
        KeyCode::Char('l') => Deed::Language,
        KeyCode::Char('q') => Deed::Leave,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found() {
        let check = |code, want| assert_eq!(deed(KeyEvent::from(code)), want, "{code:?}");
        check(KeyCode::Char('7'), Some(Deed::Pad(KeyPress::Digit(7))));
        check(KeyCode::Char('.'), Some(Deed::Pad(KeyPress::DoubleZero)));
        check(KeyCode::F(1), Some(Deed::Pad(KeyPress::Menu)));
        check(KeyCode::Char('i'), Some(Deed::Chip { tap: false }));
        check(KeyCode::Char('ß'), None);
        check(KeyCode::Char('Z'), None);
        let with = |modifiers| deed(KeyEvent::new(KeyCode::Char('c'), modifiers));
        assert_eq!(with(KeyModifiers::CONTROL), Some(Deed::Leave));
        assert_eq!(with(KeyModifiers::NONE), Some(Deed::Printer(PaperState::Faulty(Fault::CoverOpen { after: 0 }))));
    }
}
