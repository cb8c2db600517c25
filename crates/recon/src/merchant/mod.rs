//! Money to the merchant: what a day brings him, what is held, when it is paid, and to whom. Must never pay anybody but the merchant
//! of record (二清): a [`Payout`] can be made from a [`Registration`] only, a registration has no kind of account for anybody in
//! between, and [`check`] proves it again over the stored rows of a whole history.
//!
//! ```text
//!   captured items ──┐
//!   holds, reserve ──┤ Account::settle ──▶ Settlement ──▶ Payouts::make ──▶ Payout ──▶ bank file
//!   what was carried ┘   (to the fen)       (one a day)    (id, steps)      returned? corrected account, next attempt
//! ```
//! Pure values: the caller keeps the rows, in the commit of the step that made them.

mod account;
mod check;
mod contract;
mod credit_code;
mod hold;
mod item;
mod kept;
mod payout;
mod plan;
mod registration;

pub use account::{Account, SettleFault, Settlement};
pub use check::{Row, Wrong, check};
pub use contract::{Advance, Contract, ContractFault, Discount, Product, Reserve};
pub use hold::{Ground, Hold, HoldFault, HoldNo};
pub use item::{Charge, Item, ItemFault, Standing};
pub use kept::{Kept, Moves, Reserved, Standing as StandingHold};
pub use payout::{Payout, PayoutFault, PayoutId, PayoutRow, Payouts, ReturnReason, Step};
pub use plan::{Aside, Ground as PlanGround, ItemKey, Known, Line, Merchant, Part, Plan, PlanFault};
pub use registration::{BankAccount, BoundAccount, Holder, Person, Registration, RegistrationFault};
