//! `bench`: the product measures itself, with the machine's sync rate beside the figures.
//! Must never print a durable figure that was not: no data sync, or a store on a memory file system, exits 1.

mod chain;
mod codec;
mod figures;
mod issuer;
mod reconcile;
mod seller;
mod store;

use crate::say::{End, Say};
use slipway_runtime::os::{Pace, PacedClock};
use std::path::{Path, PathBuf};

/// Arguments of `bench`.
#[derive(clap::Args)]
#[command(
    about = "Measures this machine 自测速度",
    after_help = "Examples:\n  slipway bench chain --json\n  slipway bench codec --json\n  slipway bench store --seconds 10 --dir /var/lib/slipway"
)]
pub struct BenchArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Complete sales through the whole network. Example: slipway bench chain --json
    Chain(chain::ChainArgs),
    /// Authorisations of one issuer. Example: slipway bench issuer --seconds 10
    Issuer(issuer::IssuerArgs),
    /// Build, pack and unpack of one chip sale. Example: slipway bench codec --json
    Codec(codec::CodecArgs),
    /// Durable commits of the embedded store. Example: slipway bench store --seconds 10
    Store(store::StoreArgs),
    /// Four-way reconciliation of a generated day. Example: slipway bench reconcile --rows 10000000 --json
    Reconcile(reconcile::ReconcileArgs),
}

/// Runs one bench.
///
/// # Errors
/// 1 when the figures are not what they claim to be, 3 when the machine does not allow it.
pub fn bench(args: &BenchArgs, say: &Say) -> Result<(), End> {
    match &args.what {
        What::Chain(args) => chain::run(args, say),
        What::Issuer(args) => issuer::run(args, say),
        What::Codec(args) => codec::run(args, say),
        What::Store(args) => store::run(args, say),
        What::Reconcile(args) => reconcile::run(args, say),
    }
}

/// Wall nanoseconds for measuring.
fn watch() -> impl Fn() -> u64 + Clone {
    let clock = PacedClock::start(Pace::REAL);
    move || clock.nanos()
}

/// A folder of this run alone, removed at the end.
struct OwnFolder(PathBuf);

impl OwnFolder {
    fn make(under: Option<&Path>) -> Result<Self, End> {
        let under = under.map_or_else(std::env::temp_dir, Path::to_path_buf);
        let own = under.join(format!("slipway-bench-{}", std::process::id()));
        std::fs::create_dir_all(&own)?;
        Ok(Self(own))
    }
}

impl Drop for OwnFolder {
    fn drop(&mut self) {
        // What cannot be removed is only rubbish of a bench.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
