//! What follows from a class: who repairs, how, by when. Must never name a repair that the owner of the books does not make
//! itself: to another house it is a message or a case.

use super::{Class, View, cases::CASES};
use crate::calendar::{Calendar, CalendarFault};
use slipway_terms::{Lang, Moment};

/// Who has to act.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Owner {
    /// Nobody: all is well, or nothing happened.
    Nobody,
    /// The acquirer.
    Acquirer,
    /// The network centre.
    Network,
    /// The issuer.
    Issuer,
}

/// The repair, as a command or case to its owner. Each takes the undo or redo slot of its original, so twice is once.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Action {
    /// Nothing to repair.
    Nothing,
    /// Release the suspense to the cardholder (解除挂账).
    ReleaseSuspense,
    /// Keep the suspense: the item will still come.
    KeepSuspense,
    /// Take back the merchant's unconfirmed credit.
    UndoMerchantCredit,
    /// Hold the merchant's credit until the case ends.
    HoldMerchantCredit,
    /// Ask the merchant for the slip; no answer is a no (rules 7).
    AskMerchant,
    /// Give the money back through the network (贷记调整).
    CreditAdjustment,
    /// Ask the issuer for the money again, once (请款).
    DebitAdjustment,
    /// Credit the merchant with what is missing.
    PostMissingCredit,
    /// Post the debit from the clearing item, once, by its reference.
    PostMissingDebit,
    /// Clear the item again, or take it out of clearing, by a correction of the next file.
    CorrectFile,
    /// Compare with the slip; the slip stands, the difference is a case.
    CorrectAmount,
    /// Move to the day that the switch gave (F15).
    CorrectDay,
    /// Put the surplus copy aside; what was posted for it goes back.
    RemoveCopy,
    /// Wait for the next day's lists.
    WaitNextDay,
    /// Demand the missing list; nothing is released meanwhile.
    DemandList,
}

/// When a step is due.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Due {
    /// There is no such step.
    Never,
    /// Hours on the clock.
    Hours(u16),
    /// Working days, to 24:00 of the last.
    WorkingDays(u16),
}

/// A row of the table.
#[derive(Debug)]
pub struct Case {
    /// The view it is of; none: the same for all.
    pub view: Option<View>,
    /// Which class.
    pub class: Class,
    /// 原因.
    pub zh: &'static str,
    /// The cause.
    pub en: &'static str,
    /// Who does what; the first owns the case.
    pub repairs: &'static [(Owner, Action)],
    /// The rule that says so.
    pub rule: &'static str,
    /// Three steps: to its owner; to the owner's supervisor and the network centre; to a dispute.
    pub due: [Due; 3],
}

/// The row of a class in a view. The table is total for every class that a view can have; a test looks.
pub fn case(view: View, class: Class) -> Option<&'static Case> {
    CASES.iter().find(|case| case.class == class && case.view.is_none_or(|of| of == view))
}

impl Case {
    /// Who owns it.
    pub fn owner(&self) -> Owner {
        self.repairs.first().map_or(Owner::Nobody, |(owner, _)| *owner)
    }

    /// Its cause in words.
    pub const fn text(&self, lang: Lang) -> &'static str {
        match lang {
            Lang::Zh => self.zh,
            Lang::En => self.en,
        }
    }

    /// When its steps are due, for a case found at `since`.
    ///
    /// # Errors
    /// [`CalendarFault`] when the calendar does not reach: a promise is never guessed.
    pub fn deadlines(&self, calendar: &Calendar, since: Moment) -> Result<[Option<Moment>; 3], CalendarFault> {
        let mut steps = [None; 3];
        for (step, due) in steps.iter_mut().zip(self.due) {
            *step = match due {
                Due::Never => None,
                Due::Hours(hours) => Some(since.plus_ms(i64::from(hours) * 3_600_000)),
                Due::WorkingDays(days) => Some(calendar.promise_end(since, days)?),
            };
        }
        Ok(steps)
    }
}
