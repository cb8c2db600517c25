//! Network sign-on: working keys, batch, clock; tells the acquirer which exchanges are in doubt. Confirms nothing, moves no
//! batch by itself, and loses no transaction at hand.

use crate::seat::Seat;
use crate::{Left, Profile, Timer, Work, answer, keys, screen};
use alloc::format;
use slipway_node::Ask;
use slipway_terms::{Heard, Message, Mti, ResponseCode, Short, Stan, Till60};

/// The vault's question for the keys of a sign-on answer that fits the sign-on sent.
pub(crate) fn keys_ask(profile: &Profile, sign_on: Option<Stan>, message: &Message) -> Option<Ask> {
    let fits = sign_on.is_some() && sign_on == message.stan && message.code == Some(ResponseCode::APPROVED);
    let block = message.private62.as_ref().filter(|_| fits && !profile.keying.scheme.is_dukpt())?;
    Some(Ask::TakeSessionSet(profile.tmk, profile.keying.sign_on_code(), block.clone()))
}

/// Whether this answer to a request was given after its batch was found right (the order of refusals, rules 2).
fn of_the_batch(code: ResponseCode) -> bool {
    const BEFORE: [ResponseCode; 4] = [
        ResponseCode::INVALID_TRANSACTION,
        ResponseCode::DUPLICATE,
        ResponseCode::INVALID_MERCHANT,
        ResponseCode::UNREGISTERED_TERMINAL,
    ];
    !code.wants_sign_on() && !BEFORE.contains(&code)
}

impl Seat<'_, '_> {
    /// Sends a sign-on with the list of open doubts (rules 1).
    pub fn sign_on(&mut self) {
        let stan = self.take_stan();
        let mut message = self.signed(Message::new(Mti(800)));
        message.stan = Some(stan);
        message.till60 = Some(Till60::management(self.till.batch, self.profile.keying.sign_on_code()));
        message.private48 = Some(self.till.doubts().into());
        message.private62 = Some(self.till.device.write(self.profile.serial.as_str()));
        let operator = self.note.operator.map_or(1, |operator| operator.0);
        message.operator_or_scheme = Some(Short::cut(&format!("{operator:02} ")));
        self.till.sign_on = Some(stan);
        // Who has keys before any sign-on uses them: such a sign-on proves who speaks.
        if self.profile.keying.scheme.is_dukpt() {
            self.send_coded(message);
        } else {
            let to = self.host();
            self.d.send(to, message, None);
        }
        self.due(self.answer_ms(), Timer::SignOnDue(self.id, stan));
        self.note.work = Some(Work::SignOn(stan));
        self.tell(screen::signing_on(self.ready()));
    }

    /// 0810.
    pub fn heard_sign_on(&mut self, message: &Message) {
        let Some(stan) = self.till.sign_on.filter(|stan| Some(*stan) == message.stan) else {
            return self.d.count("late answer");
        };
        if message.terminal != Some(self.id) || message.merchant != Some(self.profile.merchant) {
            return self.d.count("contradicting sign-on answer");
        }
        self.till.sign_on = None;
        self.off_wire(Work::SignOn(stan));
        let code = message.code.unwrap_or(ResponseCode::FORMAT_ERROR);
        if code != ResponseCode::APPROVED {
            // To a device that says who it is this code says one thing: somebody else has what it was to take over.
            let taken = code == ResponseCode::NOT_AT_THIS_TERMINAL && self.till.device.mark.is_some();
            return self.no_sign_on(if taken { screen::handover_taken() } else { screen::sign_on_refused(code) });
        }
        let told = keys_ask(self.profile, Some(stan), message).and_then(|ask| self.facts.told(&ask));
        let heard = message.private48.as_deref().and_then(Heard::read);
        let taken = self.is_for_us(heard) && self.take_keys(keys::fresh(told));
        let (true, Some(batch)) = (taken, message.batch()) else {
            // Wrong check values: the old keys stay, the acquirer accepts them until the new ones were used.
            self.d.count("sign-on keys refused");
            return self.no_sign_on(screen::sign_on_keys_bad());
        };
        if self.till.batch != batch {
            // Back to a batch that was here before: it began where it began.
            let before = self.till.proven.filter(|(proven, _)| *proven == batch);
            (self.till.batch, self.till.batch_first) = (batch, before.map_or(self.till.stan, |(_, first)| first));
        }
        self.till.signed_on = true;
        if let Some(host) = answer::host_moment(self.at, message) {
            self.till.clock_ahead_ms = host.0 - self.at.0;
        }
        self.wake_advices();
        self.arm_echo();
        self.left_soon();
        let shut = heard.and_then(|heard| heard.shut);
        if !self.ready() {
            // An occasion for everything still stored, failed reversals too (rules 3).
            self.note.round = self.till.pending.clone();
            if !self.settles() {
                self.tell(
                    shut.map_or_else(|| screen::signed_on(batch), |(why, old)| screen::batch_shut(why, old, batch)),
                );
            }
        }
        self.proceed();
    }

    /// Whether the answer is to what this device said of itself. A sign-on without code may have been spoilt on the way: who used
    /// keys that were handed to another mark would speak as that device. A host of another make repeats nothing.
    fn is_for_us(&mut self, heard: Option<Heard>) -> bool {
        match heard {
            Some(heard) if heard.device == self.till.device => self.till.echoed = true,
            Some(_) => return false,
            None => {}
        }
        heard.is_some() || !self.till.echoed
    }

    /// Puts new working keys in force; `false` if there are none. A terminal with DUKPT keys needs none, but a code.
    fn take_keys(&mut self, fresh: Option<keys::Fresh<'_>>) -> bool {
        let Some(fresh) = fresh else { return self.profile.keying.scheme.is_dukpt() && self.mac_good() };
        (self.till.pik, self.till.mak) = (Some(fresh.pik.clone()), Some(fresh.mak.clone()));
        self.till.tdk = fresh.tdk.cloned();
        true
    }

    /// An answer with a good MAC to what was judged in the batch that is believed to be open: now it is known. Other answers only
    /// repeat the batch that we named.
    pub fn prove_batch(&mut self, message: &Message) {
        if !self.mac_good() {
            return;
        }
        // Heard with its own keys: the acquirer knows whose place it took.
        self.till.device.succeeds = None;
        let judged = matches!(message.mti.0, 110 | 210) && message.code.is_some_and(of_the_batch);
        if judged && message.batch() == Some(self.till.batch) && !self.batch_proven() {
            let before = self.till.proven.replace((self.till.batch, self.till.batch_first));
            let done = [self.till.settled, self.till.settling];
            if let Some((batch, first)) = before.filter(|(batch, _)| !done.contains(&Some(*batch))) {
                // The acquirer closed it without us: what it holds must still be told (rules 9).
                self.till.left.push(Left { batch, stans: (first, self.till.stan) });
                self.left_soon();
            }
        }
    }

    /// Whether the acquirer is known to have given this batch.
    pub fn batch_proven(&self) -> bool {
        self.till.proven.is_some_and(|(proven, _)| proven == self.till.batch)
    }

    /// No answer to a sign-on.
    pub fn sign_on_due(&mut self, stan: Stan) {
        // The number stays known: if the answer still comes its keys are the acquirer's.
        if self.note.work == Some(Work::SignOn(stan)) {
            self.note.work = None;
            self.no_sign_on(screen::sign_on_lost(self.ready()));
        }
    }

    /// Without keys nothing can leave: the transaction at hand ends, unsent.
    fn no_sign_on(&mut self, show: slipway_node::Show) {
        self.note.round.clear();
        if self.ready() {
            self.drop_order();
        }
        self.settle_rests();
        self.show(show);
        if !self.till.pending.is_empty() {
            self.arm_idle(self.config().times.idle_ms);
        }
    }
}
