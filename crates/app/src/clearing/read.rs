use crate::say::{End, Say};

#[derive(clap::Args)]
pub struct ReadArgs {}

pub fn run(_: &ReadArgs, _: &Say) -> Result<(), End> {
    Ok(())
}
