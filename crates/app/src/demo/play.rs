//! One step of a play, and the words it is shared in: a link of the page is a list of them. No card number and no PIN has a place
//! in it: a card is named by its place in the tray, a PIN by being the right or a wrong one.

use super::deal::Deal;
use super::playing::Scene;
use super::stage::Stage;
use crate::proxy::Fault;
use crate::say::End;
use slipway_slip::printer::Fault as PaperFault;

/// What the sale of a story is about, in fen.
pub const AMOUNT_FEN: u64 = 8_800;

/// One step.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// A fault is armed: hop, message type, what happens, to how many frames.
    Arm(u8, u16, Fault, u32),
    /// A sale is keyed, the card is drawn, the PIN is entered.
    Sale {
        /// The right PIN.
        right: bool,
    },
    /// The balance is asked for with the same card.
    Balance,
    /// A transaction is begun, and played to its end by answering what the screen asks.
    Deal(Deal),
    /// One act of the hand by the word of the terminal's door (`settle`, `sign_off`), or `cashier`, who signs in.
    Key(&'static str),
    /// The card is drawn the wrong way round.
    WrongWay,
    /// What is going on, for who watches.
    Tell(&'static str, &'static str),
    /// Frames that are held go on.
    Release,
    /// All lines are good again, and what is held goes on.
    Clear,
    /// A person at the acquirer finds that a payment made twice was one purchase.
    OnePurchase,
    /// The terminal's plug is pulled, and what is held on the lines is forgotten.
    Unplug,
    /// It is put back, and the cashier signs in.
    Plug,
    /// The plug of a host is pulled: it stops where it stands.
    HostOff(&'static str),
    /// It is put back: the host opens its own store.
    HostOn(&'static str),
    /// The business day ends: waits until it is closed, and cleared at every member. Once a day of the network's clock at most.
    EndDay,
    /// Something is wrong with the printer from now on.
    Paper(PaperFault),
    /// The printer is put right.
    Mend,
    /// The last slip is printed again.
    Reprint,
    /// Done by hands that only the stage of a demonstration has: no words for it, and no button on a page.
    Staged(fn(&mut Stage, &mut Scene) -> Result<(), End>),
    /// Waits for something that happens after the last step that did something.
    Until(Sign),
    /// Waits for something that happens, or has happened, since the play began.
    Ever(Sign),
}

/// What a step waits for.
#[derive(Clone, Copy, Debug)]
pub enum Sign {
    /// The Chinese words on the terminal's screen.
    Screen(&'static str),
    /// The cardholder's copy is out, whole.
    Printed,
    /// A copy is not out whole.
    Unprinted,
    /// A message of this type has crossed this hop.
    Crossed(u8, u16),
    /// The terminal's line came up, or went down.
    Line(bool),
}

/// The words of a fault, for doors and links.
pub const FAULTS: [(&str, Fault); 5] = [
    ("lose", Fault::Lose),
    ("double", Fault::Double),
    ("hold", Fault::Hold),
    ("spoil", Fault::SpoilMac),
    ("reorder", Fault::Reorder),
];

/// The word of a fault.
pub fn fault_word(fault: Fault) -> &'static str {
    FAULTS.iter().find(|(_, known)| *known == fault).map_or("delay", |(word, _)| word)
}

impl Step {
    /// How it is written in a link: words between dots. Text has no dot.
    pub fn written(&self) -> String {
        match *self {
            Self::Arm(hop, mti, fault, times) => format!("arm.{hop}.{mti}.{}.{times}", fault_word(fault)),
            Self::Sale { right } => format!("sale.{AMOUNT_FEN}.0.{}", if right { "right" } else { "wrong" }),
            Self::Balance => "balance.0".into(),
            Self::Deal(deal) => deal.written(),
            Self::Key(word) => format!("key.{word}"),
            Self::WrongWay => "card.0.wrong-way".into(),
            Self::Tell(zh, en) => format!("say.{zh}.{en}"),
            Self::Release => "release".into(),
            Self::Clear => "clear".into(),
            Self::OnePurchase => "finding.one-purchase".into(),
            Self::Unplug => "unplug.terminal".into(),
            Self::Plug => "plug.terminal".into(),
            Self::HostOff(party) => format!("unplug.{party}"),
            Self::HostOn(party) => format!("plug.{party}"),
            Self::EndDay => "day".into(),
            Self::Paper(PaperFault::PaperOut { after }) => format!("printer.paper-out.{after}"),
            Self::Paper(PaperFault::Jam { after }) => format!("printer.jam.{after}"),
            Self::Paper(PaperFault::CoverOpen { after }) => format!("printer.cover-open.{after}"),
            Self::Paper(PaperFault::Overheated { after }) => format!("printer.overheated.{after}"),
            // A page has no switch for a printer that lies: no story has one either.
            Self::Paper(_) => "printer.dead-head.0".into(),
            Self::Mend => "printer.ready".into(),
            Self::Reprint => "reprint".into(),
            Self::Staged(_) => "staged".into(),
            Self::Until(sign) => format!("until.{}", sign.written()),
            Self::Ever(sign) => format!("ever.{}", sign.written()),
        }
    }
}

impl Sign {
    fn written(&self) -> String {
        match *self {
            Self::Screen(zh) => format!("screen.{zh}"),
            Self::Printed => "printed".into(),
            Self::Unprinted => "unprinted".into(),
            Self::Crossed(hop, mti) => format!("crossed.{hop}.{mti}"),
            Self::Line(up) => format!("line.{}", if up { "up" } else { "down" }),
        }
    }
}

/// Whether a page can play all of it.
pub fn has_words(steps: &[Step]) -> bool {
    !steps.iter().any(|step| matches!(step, Step::Staged(_)))
}

/// A whole play as one text.
pub fn written(steps: &[Step]) -> String {
    steps.iter().map(Step::written).collect::<Vec<_>>().join("~")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::stories::all;

    #[test]
    fn a_play_is_words_between_dots() {
        let check = |step: Step, want: &str| assert_eq!(step.written(), want);
        check(Step::Arm(6, 210, Fault::Lose, 1), "arm.6.210.lose.1");
        check(Step::Sale { right: false }, "sale.8800.0.wrong");
        check(Step::Paper(PaperFault::PaperOut { after: 6 }), "printer.paper-out.6");
        check(Step::Ever(Sign::Crossed(4, 430)), "ever.crossed.4.430");
        check(Step::Until(Sign::Screen("余额")), "until.screen.余额");
    }

    #[test]
    fn no_story_holds_what_a_link_must_not() {
        for story in all() {
            let words = written(story.play);
            let longest = words.split(|c: char| !c.is_ascii_digit()).map(str::len).max();
            assert!(longest < Some(6), "no card number, no PIN: {words}");
            for step in story.play {
                let dots = step.written().matches('.').count();
                let most = match step {
                    Step::Arm(..) => 4,
                    Step::Deal(_) => 7,
                    Step::Sale { .. } | Step::Until(Sign::Crossed(..)) | Step::Ever(Sign::Crossed(..)) => 3,
                    _ => 2,
                };
                assert!(dots <= most, "a text with a dot: {words}");
            }
        }
    }
}
