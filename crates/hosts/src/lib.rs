//! The pure cores of the hosts: acquirer, switch, issuer. They talk by messages only; no module uses another's records.
#![no_std]
extern crate alloc;

pub mod acquirer;
pub mod cases;
pub mod correction;
pub mod day;
pub mod dispute;
pub mod filed;
pub mod issuer;
pub mod keeping;
pub mod ledger;
pub mod listed;
#[cfg(test)]
mod rig;
mod standing;
pub mod switch;
pub mod times;
pub mod working;
pub mod zone;
