//! Custodians with passphrases of their own. Names alone are typed by anybody; once one custodian is registered, only
//! registered ones enter components, each proved, and another one joins or leaves only when a custodian vouches.
//! Must never: keep a passphrase, or say whether the name or the passphrase was wrong.

use ctutils::CtEq;

use crate::file::KeyFile;
use crate::file_fault::KeyFileFault;
use crate::file_form::Custodian;
use crate::master::{DerivationCost, stretched};
use crate::pending::{ComponentFault, proper_name};
use crate::random::Random;
use slipway_terms::same_person;

/// Shortest passphrase of a custodian, in characters.
const PASSPHRASE_CHARS_MIN: usize = 8;
/// Most custodians of one file.
const CUSTODIANS_MAX: usize = 32;

/// A name and what its owner types.
#[derive(Clone, Copy)]
pub struct Proof<'a> {
    /// The custodian.
    pub name: &'a str,
    /// Their passphrase.
    pub passphrase: &'a str,
}

impl KeyFile {
    /// The names of the registered custodians.
    pub fn custodians(&self) -> impl Iterator<Item = &str> {
        self.body.custodians.iter().map(|it| it.name.as_str())
    }

    /// Registers a custodian. The first two come by themselves; every further one is vouched for by one who is there.
    ///
    /// # Errors
    /// [`ComponentFault::Custodian`] for a name or passphrase that is none, [`ComponentFault::SameCustodian`] for one who is
    /// registered, [`ComponentFault::NotProved`] without a voucher.
    pub fn register(
        &mut self,
        new: Proof<'_>,
        voucher: Option<Proof<'_>>,
        cost: DerivationCost,
        random: &mut dyn Random,
    ) -> Result<(), ComponentFault> {
        let name = proper_name(new.name)?;
        if new.passphrase.chars().count() < PASSPHRASE_CHARS_MIN || self.body.custodians.len() >= CUSTODIANS_MAX {
            return Err(ComponentFault::Custodian);
        }
        if self.custodians().any(|there| same_person(there, name)) {
            return Err(ComponentFault::SameCustodian);
        }
        if self.body.custodians.len() >= 2 {
            self.prove(voucher.ok_or(ComponentFault::NotProved)?)?;
        }
        let mut salt = [0; 16];
        random.fill(&mut salt).map_err(KeyFileFault::from)?;
        let proof = *stretched(new.passphrase, &salt, cost)?;
        self.body.custodians.push(Custodian { name: name.to_owned(), salt, cost, proof });
        Ok(())
    }

    /// Takes a custodian out; another one vouches. The last two stay: without them nothing would be proved any more.
    ///
    /// # Errors
    /// [`ComponentFault::NotProved`], [`ComponentFault::Custodian`] for one who is not there, is the voucher, or is needed.
    pub fn dismiss(&mut self, name: &str, voucher: Proof<'_>) -> Result<(), ComponentFault> {
        self.prove(voucher)?;
        let at = self.custodians().position(|there| same_person(there, name)).ok_or(ComponentFault::Custodian)?;
        if same_person(name, voucher.name) || self.body.custodians.len() <= 2 {
            return Err(ComponentFault::Custodian);
        }
        self.body.custodians.remove(at);
        Ok(())
    }

    /// Proves a custodian.
    ///
    /// # Errors
    /// [`ComponentFault::NotProved`]: no such custodian, or another passphrase.
    pub fn prove(&self, who: Proof<'_>) -> Result<(), ComponentFault> {
        let there = self.body.custodians.iter().find(|it| same_person(&it.name, who.name));
        let there = there.ok_or(ComponentFault::NotProved)?;
        let got = stretched(who.passphrase, &there.salt, there.cost)?;
        if bool::from(got[..].ct_eq(&there.proof[..])) { Ok(()) } else { Err(ComponentFault::NotProved) }
    }
}
