//! A terminal on the stage, and what hands do at it.

use crate::network::sample;
use crate::say::End;
use slipway_node::{Act, Hand, KeyPress};
use slipway_runtime::os::{Control, Handle};
use slipway_terms::{Amount, Pin, TerminalId};

/// One terminal on the stage.
pub struct Till {
    /// Its number.
    pub seat: TerminalId,
    /// Its party.
    pub bank: Handle,
}

impl Till {
    /// Does something at the terminal.
    pub fn act(&self, act: Act) {
        self.bank.tell(Control::Hand(Hand::At(self.seat, act)));
    }

    /// Signs the cashier in.
    pub fn sign_in(&self) -> Result<(), End> {
        let password = Pin::new(sample::OPERATOR_PASSWORD).map_err(|bad| End::usage(bad.0, bad.0))?;
        self.act(Act::SignIn(slipway_terms::OperatorNo(1), password));
        Ok(())
    }

    /// Keys a sale, draws the card, confirms, enters the PIN.
    pub fn sale(&self, fen: u64, card: &sample::SampleCard, pin: &str) -> Result<(), End> {
        self.act(Act::Sale(Amount::fen(fen)));
        self.card(card, pin)
    }

    /// Asks for the balance with this card.
    pub fn balance(&self, card: &sample::SampleCard) -> Result<(), End> {
        self.act(Act::Balance);
        self.card(card, sample::CARD_PIN)
    }

    fn card(&self, card: &sample::SampleCard, pin: &str) -> Result<(), End> {
        let track = card.track2().ok_or_else(|| End::usage("演示卡无效", "the sample card is not valid"))?;
        let pin = Pin::new(pin).map_err(|bad| End::usage(bad.0, bad.0))?;
        self.act(Act::Card(slipway_node::CardRead::Stripe(track)));
        self.act(Act::Key(KeyPress::Enter));
        self.act(Act::Pin(Some(pin)));
        Ok(())
    }

    /// The plug is pulled: no graceful end, the store is as it was after the last commit.
    pub fn pull_the_plug(self) -> Result<(), End> {
        self.bank.tell(Control::Cut);
        Ok(self.bank.stop()?)
    }
}
