//! What a message of a kind must, may and must not carry: per MTI, checked in one pass with everything that is wrong reported.
//! A dialect says how fields are written, a profile which of them belong together. No decision about money is taken here.

mod breach;
mod condition;
mod unionpay_pos;

pub use breach::{Breach, BreachZh, Wrong};
pub use condition::{Condition, ProfileFault};
pub use unionpay_pos::unionpay_pos_profile;

use alloc::string::String;
use alloc::vec::Vec;

use crate::bits::Bits;
use crate::decoded::Decoded;

/// The rules of one use of an MTI.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rules {
    pub(crate) mti: [u8; 4],
    /// Which use of the MTI; all must hold.
    pub(crate) when: Vec<Condition>,
    pub(crate) mandatory: Bits,
    pub(crate) optional: Bits,
    pub(crate) forbidden: Bits,
    /// The answer repeats the request's value.
    pub(crate) echo: Bits,
    /// Mandatory when all conditions hold.
    pub(crate) conditional: Vec<(u8, Vec<Condition>)>,
    /// Values that a field may have.
    pub(crate) values: Vec<(u8, Vec<String>)>,
    /// Fields that no rule names are forbidden.
    pub(crate) closed: bool,
}

/// Rules for messages of several kinds.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    pub(crate) rules: Vec<Rules>,
}

/// Rules as text, the form of spec files and of the built-in profile. Lists are separated by blanks.
#[derive(Clone, Copy, Debug, Default)]
pub struct RulesText<'t> {
    /// Four digits.
    pub mti: &'t str,
    /// Which use of the MTI, e.g. `60[1-2] = 22`; empty for all.
    pub when: &'t str,
    /// Field numbers.
    pub mandatory: &'t str,
    /// Field numbers that may be there; `*` for any. Without it, what no rule names is forbidden.
    pub optional: &'t str,
    /// Field numbers.
    pub forbidden: &'t str,
    /// Field numbers whose value an answer repeats.
    pub echo: &'t str,
    /// Field and condition, e.g. `(52, "22[3] = 1")`.
    pub conditional: &'t [(u8, &'t str)],
    /// Field and values, e.g. `(49, "156")`.
    pub values: &'t [(u8, &'t str)],
}

impl Profile {
    /// Adds the rules of one use of an MTI. The first whose `when` holds is the one that is checked.
    ///
    /// # Errors
    /// What cannot be read, in both languages.
    pub fn add(&mut self, text: &RulesText<'_>) -> Result<(), ProfileFault> {
        let open = text.optional.split_whitespace().any(|word| word == "*");
        let optional = if open { "" } else { text.optional };
        let mut rules = Rules {
            mti: condition::mti(text.mti)?,
            when: condition::all(text.when)?,
            mandatory: condition::numbers(text.mandatory)?,
            optional: condition::numbers(optional)?,
            forbidden: condition::numbers(text.forbidden)?,
            echo: condition::numbers(text.echo)?,
            closed: !open,
            ..Rules::default()
        };
        for (n, said) in text.conditional {
            rules.conditional.push((*n, condition::all(said)?));
        }
        for (n, said) in text.values {
            rules.values.push((*n, said.split_whitespace().map(String::from).collect()));
        }
        self.rules.push(rules);
        Ok(())
    }

    /// Everything that is wrong with `message`. `request` is what it answers, if it is an answer: without it, what must be repeated
    /// is only asked for where it is mandatory anyway.
    #[must_use]
    pub fn check(&self, message: &Decoded<'_>, request: Option<&Decoded<'_>>) -> Vec<Breach> {
        let mti = message.mti();
        let mut known = self.rules.iter().filter(|rules| rules.mti == mti).peekable();
        if known.peek().is_none() {
            return Vec::from([Breach { field: 0, offset: 0, wrong: Wrong::UnknownMti }]);
        }
        match known.find(|rules| rules.when.iter().all(|condition| condition.holds(message))) {
            Some(rules) => rules.check(message, request),
            None => Vec::from([Breach { field: 0, offset: 0, wrong: Wrong::UnknownUse }]),
        }
    }
}

impl Rules {
    fn check(&self, message: &Decoded<'_>, request: Option<&Decoded<'_>>) -> Vec<Breach> {
        let mut out = Vec::new();
        let end = message.bytes().len();
        for n in self.asked().numbers() {
            let condition = self.conditional.iter().find(|(field, _)| *field == n).map(|(_, when)| when);
            let asked = condition.is_some_and(|when| when.iter().all(|condition| condition.holds(message)));
            let there = message.has(n);
            let offset = if there { message.offset(n) } else { end };
            let mut add = |wrong| out.push(Breach { field: n, offset, wrong });
            if !there {
                let repeated = self.echo.has(n) && request.is_some_and(|request| request.has(n));
                match (self.mandatory.has(n), asked, repeated) {
                    (true, _, _) => add(Wrong::Missing),
                    (_, true, _) => add(Wrong::MissingHere),
                    (_, _, true) => add(Wrong::NotRepeated),
                    _ => {}
                }
                continue;
            }
            if self.forbidden.has(n) {
                add(Wrong::Forbidden);
            }
            if self.echo.has(n)
                && let Some(request) = request
            {
                match (request.digits(n), message.digits(n)) {
                    (Some(asked), Some(answered)) if asked.clone().eq(answered.clone()) => {}
                    (None, _) => {}
                    _ => add(Wrong::NotRepeated),
                }
            }
            let legal = self.values.iter().find(|(field, _)| *field == n).map(|(_, values)| values);
            let legal = legal.is_none_or(|values| {
                values.iter().any(|value| message.digits(n).is_some_and(|digits| digits.eq(value.bytes())))
            });
            if !legal {
                add(Wrong::Value);
            }
        }
        if self.closed {
            let (asked, optional) = (self.asked(), self.optional);
            let strange = message.numbers().filter(|n| !asked.has(*n) && !optional.has(*n));
            out.extend(strange.map(|n| Breach { field: n, offset: message.offset(n), wrong: Wrong::Strange }));
        }
        out.sort_by_key(|breach| breach.field);
        out
    }

    /// Every field that a rule names.
    fn asked(&self) -> Bits {
        let mut all = Bits::default();
        let listed = [self.mandatory, self.forbidden, self.echo];
        listed.into_iter().flat_map(Bits::numbers).for_each(|n| all.set(n));
        self.conditional.iter().for_each(|(n, _)| all.set(*n));
        self.values.iter().for_each(|(n, _)| all.set(*n));
        all
    }
}
