//! `decode` and `encode`.
use crate::say::{End, Say};

/// Arguments of `decode`.
#[derive(clap::Args)]
pub struct DecodeArgs {}

/// Arguments of `encode`.
#[derive(clap::Args)]
pub struct EncodeArgs {}

/// Bytes to fields.
pub fn decode(_: &DecodeArgs, _: &Say) -> Result<(), End> {
    Err(End::usage("尚未接通", "not wired yet"))
}

/// Fields to bytes.
pub fn encode(_: &EncodeArgs, _: &Say) -> Result<(), End> {
    Err(End::usage("尚未接通", "not wired yet"))
}
