//! Keys, PIN blocks and MACs behind one door: keys in this process, or inside a PKCS#11 token (feature `pkcs11`).
//!
//! Clear keys exist only here; PINs and card numbers pass through and are wiped. [`SoftVault`] answers the questions of
//! the cores ([`slipway_node::Ask`]) with the keys of a [`KeyRing`], which a [`KeyFile`] or a token makes ready.
//!
//! ```text
//!   door, door_more         one answer per question                  opened   working keys opened lately
//!   ring                    keys ready for use, generations          pkcs11   keys that stay inside a token
//!   file, file_form, master static keys at rest, and under what      audit    who did what with which key
//!   pending, custodians     components of two persons                wrap     AES-GCM around keys and cards
//!   generations             rotation of static keys
//!   key_block, block_header keys between institutions (X9.143)       reset    new zone keys by message
//!   sign_on                 field 62 of the 0810                     dukpt(_aes) keys of one transaction
//!   pin, pin_wide, pin_check blocks, SM4 blocks; offset, PVV         track    track 2 under a key
//!   emv                     keys and cryptograms of chip cards
//!   mac, cmac               ECB-XOR, X9.9, X9.19; CMAC               token    card tokens, sealed cards
//!   signing                 slips and the audit log signed  people   passwords, second factors
//!   secret, cipher, random  clear keys; DES, 3DES, SM4, AES, check values; where keys and nonces come from
//! ```

mod api_key;
mod audit;
mod block_header;
mod cipher;
mod cmac;
mod custodians;
mod door;
mod door_more;
mod dukpt;
mod dukpt_aes;
mod emv;
mod file;
mod file_fault;
mod file_form;
mod generations;
mod hook_key;
mod key_block;
mod laid;
mod mac;
mod master;
mod opened;
mod parcel;
mod pending;
mod people;
mod pin;
mod pin_check;
mod pin_wide;
#[cfg(feature = "pkcs11")]
mod pkcs11;
mod random;
mod reset;
mod ring;
mod secret;
mod sign_on;
mod signing;
mod token;
mod track;
mod wrap;

#[cfg(test)]
mod vectors;

pub use api_key::ApiKey;
pub use audit::{Act, Doing, Trail};
pub use block_header::{BlockHeader, BlockVersion, Exportability, OptionalBlock};
pub use cipher::{CipherFault, Schedule};
pub use cmac::cmac;
pub use custodians::Proof;
pub use door::SoftVault;
pub use dukpt::{DukptFault, TransactionKeys, tdes_initial_key, tdes_transaction_keys};
pub use dukpt_aes::{AesPurpose, aes_initial_key, aes_transaction_key, aes_transaction_keys};
pub use emv::CardKey;
pub use file::{Brought, KeyFile, Origin, Shown, ShownKey};
pub use file_fault::KeyFileFault;
pub use file_form::{FORMAT_VERSION, TrailHead};
pub use hook_key::HookKey;
pub use key_block::{BlockFault, unwrap_any_block, unwrap_block, version_under, wrap_block};
pub use mac::{Padding, cbc_mac, mac, mac_holds, retail_mac};
pub use master::{DerivationCost, Master};
pub use parcel::{open_parcel, seal_parcel};
pub use pending::{ComponentFault, Entered, PendingKey};
pub use people::{KeptPassword, SECOND_BYTES, SecondKey, base32, same_secret, second_factor};
pub use pin::{PinFault, encipher_pin, open_pin, translate_pin};
pub use pin_check::{offset_of, pin_holds, pvv_of};
pub use pin_wide::{encipher_wide_pin, open_wide_pin};
#[cfg(feature = "pkcs11")]
pub use pkcs11::{TokenFault, TokenKey, TokenKeys};
pub use random::{NoRandom, Random, SystemRandom};
pub use reset::{mab_text, make_reset, reset_mab, take_reset};
pub use ring::{DoesNotFit, KeyRing, NoKey, Standing};
pub use secret::{Algorithm, ClearKey, WrongKeyLength, usage_allows};
pub use sign_on::{KeyBlock, KeyBlockFault, MakSlot, WorkingKeys};
pub use signing::{PUBLIC_BYTES, SIGNATURE_BYTES, SigningKey, Signs, sha256, signature_holds};
pub use token::SEALED_BYTES;
pub use track::{TrackFault, close_track, open_track};
