//! How a key lies in the token. Its name is the label of one to three objects; what else we must know of them stands in
//! their `CKA_ID`: usage, cipher, part, standing, version, and for a seal key the identity that its cards carry.
//! Must never: leave a moment in which no generation of a key is in use.

use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, ObjectClass, ObjectHandle};
use slipway_terms::{Kcv, KeyName, KeyUse, Short};

use super::id::{Id, lasting};
use super::inside::{InsideCipher, InsideGcm, InsideHmac, InsideWorking, parts_of, wipe};
use super::{TokenFault, TokenKeys, refused};
use crate::cipher::{Ready, Schedule};
use crate::file::Brought;
use crate::ring::{InsideKey, KeyRing, Standing};
use crate::secret::{Algorithm, ClearKey, usage_allows};
use crate::token::{Seal, SealId, Tokens};
use crate::wrap::{Working, Wrapper};

/// Usages of working keys, each with a wrapping key of its own in the token.
const WORKING_USES: [KeyUse; 5] = [KeyUse::Pik, KeyUse::Mak, KeyUse::Zpk, KeyUse::Zak, KeyUse::Tdk];

/// An object of ours in the token.
struct Object {
    name: KeyName,
    id: Id,
    handle: ObjectHandle,
}

/// What a list may show of a key of the token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenKey {
    /// Its name.
    pub name: KeyName,
    /// What it is for.
    pub usage: KeyUse,
    /// Its cipher.
    pub algorithm: Algorithm,
    /// Counts from 1.
    pub version: u32,
    /// Where the generation stands; `None` is in use.
    pub standing: Option<Standing>,
    /// Check value, computed by the token; of a seal key its identity.
    pub check: Kcv,
}

impl TokenKeys {
    /// Puts a key into the token, in use from now on; older generations of the name go. Returns its version.
    ///
    /// # Errors
    /// [`TokenFault::NoCipher`] for SM4 and for a usage that does not allow the cipher, [`TokenFault::Refused`].
    pub fn put(&self, name: &KeyName, usage: KeyUse, key: &ClearKey) -> Result<u32, TokenFault> {
        let old = self.objects(Some(name))?;
        let version = self.create(name, usage, key, (0, &old))?;
        for object in old {
            self.line.session().destroy_object(object.handle).map_err(refused("taking an old key away"))?;
        }
        Ok(version)
    }

    /// Puts a key with the generations beside it, in place of whatever the token holds under the name. Stopped in
    /// between, the token holds the old key whole, or the new one, or both, of which the newer counts.
    ///
    /// # Errors
    /// As [`TokenKeys::put`].
    pub fn bring(&self, brought: &Brought) -> Result<u32, TokenFault> {
        let Brought { name, usage, now, next, former } = brought;
        let old = self.objects(Some(name))?;
        let mut version = 0;
        for (standing, key) in [(2, former.as_ref()), (0, Some(now)), (1, next.as_ref())] {
            let Some(key) = key else { continue };
            let there = self.objects(Some(name))?;
            let made = self.create(name, *usage, key, (standing, &there))?;
            if standing == 0 {
                version = made;
            }
        }
        for object in old {
            self.line.session().destroy_object(object.handle).map_err(refused("taking an old key away"))?;
        }
        Ok(version)
    }

    /// Lays a next generation beside the key in use. Returns its version.
    ///
    /// # Errors
    /// As [`TokenKeys::put`]; [`TokenFault::Missing`] without a key in use; [`TokenFault::NoCipher`] for a token key.
    pub fn stage(&self, name: &KeyName, key: &ClearKey) -> Result<u32, TokenFault> {
        let old = self.objects(Some(name))?;
        let now = old.first().map(|object| object.id).ok_or(TokenFault::Missing(*name))?;
        if matches!(now.usage, KeyUse::Token | KeyUse::Bdk | KeyUse::Ipek) || now.algorithm != key.algorithm() {
            return Err(TokenFault::NoCipher(*name));
        }
        let version = self.create(name, now.usage, key, (1, &old))?;
        self.drop_standing(name, &old, 1)?;
        Ok(version)
    }

    /// Uses the next generation; the one before stays accepted. Says its version.
    ///
    /// # Errors
    /// [`TokenFault::Missing`] when none is staged.
    pub fn use_next(&self, name: &KeyName) -> Result<u32, TokenFault> {
        let all = self.objects(Some(name))?;
        let next = all.iter().find(|it| it.id.part == 0 && it.id.standing == 1).ok_or(TokenFault::Missing(*name))?;
        self.drop_standing(name, &all, 2)?;
        // First the old one, then the new: stopped in between, the next generation is taken as the one in use.
        for (object, standing) in
            all.iter().filter(|it| it.id.part == 0 && it.id.standing == 0).map(|it| (it, 2)).chain([(next, 0)])
        {
            let id = Attribute::Id(Id { standing, ..object.id }.bytes());
            self.line.session().update_attributes(object.handle, &[id]).map_err(refused("a new standing"))?;
        }
        Ok(next.id.version)
    }

    /// Ends the former generation; says whether there was one.
    ///
    /// # Errors
    /// [`TokenFault::Refused`].
    pub fn end_former(&self, name: &KeyName) -> Result<bool, TokenFault> {
        let all = self.objects(Some(name))?;
        self.drop_standing(name, &all, 2)
    }

    fn drop_standing(&self, name: &KeyName, all: &[Object], standing: u8) -> Result<bool, TokenFault> {
        let gone = all.iter().find(|it| it.id.part == 0 && it.id.standing == standing).map(|it| it.id.version);
        for object in all.iter().filter(|it| it.name == *name && Some(it.id.version) == gone) {
            self.line.session().destroy_object(object.handle).map_err(refused("taking an old key away"))?;
        }
        Ok(gone.is_some())
    }

    /// Whether the token can do what such a key is for.
    ///
    /// # Errors
    /// [`TokenFault::NoCipher`] for SM4, for triple DES keys of DUKPT (part 1 needs halves and variants that no mechanism
    /// makes), and for a usage that does not allow the cipher.
    pub fn takes(&self, name: &KeyName, usage: KeyUse, algorithm: Algorithm) -> Result<(), TokenFault> {
        let part1 = matches!(usage, KeyUse::Bdk | KeyUse::Ipek) && algorithm == Algorithm::Tdes;
        if !usage_allows(usage, algorithm) || algorithm == Algorithm::Sm4 || part1 {
            return Err(TokenFault::NoCipher(*name));
        }
        Ok(())
    }

    fn create(
        &self,
        name: &KeyName,
        usage: KeyUse,
        key: &ClearKey,
        (standing, old): (u8, &[Object]),
    ) -> Result<u32, TokenFault> {
        let algorithm = key.algorithm();
        self.takes(name, usage, algorithm)?;
        let version = old.iter().map(|object| object.id.version).max().unwrap_or(0) + 1;
        let seal = Seal::new(key).filter(|_| usage == KeyUse::Seal).map_or([0; 4], |seal| seal.id().0);
        let parts: Vec<zeroize::Zeroizing<Vec<u8>>> = match parts_of(key) {
            Some(parts) => parts.iter().map(|part| zeroize::Zeroizing::new(part.to_vec())).collect(),
            None => vec![zeroize::Zeroizing::new(key.bytes().to_vec())],
        };
        // The halves first: a whole key without them is never seen.
        for (part, value) in [0u8, 1, 2].into_iter().zip(&parts).rev() {
            let id = Id { usage, algorithm, part, standing: if part == 0 { standing } else { 0 }, version, seal };
            let mut template = lasting(name, id, algorithm);
            template.push(Attribute::Value(value.to_vec()));
            let made = self.line.session().create_object(&template);
            wipe(&mut template);
            made.map_err(refused("a new key"))?;
        }
        Ok(version)
    }

    /// The keys of the token, each with the check value that the token computes.
    ///
    /// # Errors
    /// [`TokenFault::Refused`], [`TokenFault::Broken`].
    pub fn list(&self) -> Result<Vec<TokenKey>, TokenFault> {
        let all = self.objects(None)?;
        let mut keys = Vec::new();
        for object in all.iter().filter(|object| object.id.part == 0) {
            let check = match self.ready(object, &all)? {
                InsideKey::Cipher(key) => key.check_value().map_err(|_| TokenFault::Broken(object.name))?,
                InsideKey::Tokens(_) => self.hmac_check(object)?,
                InsideKey::Seal(seal) => Kcv(seal.id().0),
            };
            let standing = match object.id.standing {
                1 => Some(Standing::Next),
                2 => Some(Standing::Former),
                _ => None,
            };
            let Id { usage, algorithm, version, .. } = object.id;
            keys.push(TokenKey { name: object.name, usage, algorithm, version, standing, check });
        }
        keys.sort_by_key(|key| (key.name, key.version));
        Ok(keys)
    }

    fn hmac_check(&self, object: &Object) -> Result<Kcv, TokenFault> {
        let code = self.line.session().sign(&Mechanism::Sha256Hmac, object.handle, &[]);
        let code = code.map_err(refused("a check value"))?;
        code.first_chunk().copied().map(Kcv).ok_or(TokenFault::Broken(object.name))
    }

    /// The ring of a vault over the keys of this token.
    ///
    /// # Errors
    /// [`TokenFault::Refused`], [`TokenFault::Broken`] for a key that is not whole.
    pub fn ring(&self) -> Result<KeyRing, TokenFault> {
        let working = InsideWorking { line: self.line.clone(), keys: self.working_keys()? };
        let mut ring = KeyRing::inside(Working::Inside(Box::new(working)));
        let all = self.objects(None)?;
        let mut whole: Vec<&Object> = all.iter().filter(|object| object.id.part == 0).collect();
        // The one in use first; where a stop left none, the next; where it left two, the newer.
        whole.sort_by_key(|object| (object.name, object.id.standing, core::cmp::Reverse(object.id.version)));
        let mut last = None;
        for object in whole {
            let key = self.ready(object, &all)?;
            if last != Some(object.name) {
                ring.put_inside(object.name, object.id.usage, key);
            } else if object.id.standing != 0 {
                let standing = if object.id.standing == 1 { Standing::Next } else { Standing::Former };
                ring.accept_inside(object.name, standing, key);
            }
            last = Some(object.name);
        }
        Ok(ring)
    }

    fn ready(&self, object: &Object, all: &[Object]) -> Result<InsideKey, TokenFault> {
        let (line, key) = (self.line.clone(), object.handle);
        Ok(match object.id.usage {
            KeyUse::Token => InsideKey::Tokens(Tokens::Inside(Box::new(InsideHmac { line, key }))),
            KeyUse::Seal => {
                let wrapper = Wrapper::Inside(Box::new(InsideGcm { line, key }));
                InsideKey::Seal(Seal::inside(wrapper, SealId(object.id.seal)))
            }
            _ => {
                let half = |part| {
                    let same = |it: &&Object| it.name == object.name && it.id.version == object.id.version;
                    all.iter().filter(same).find(|it| it.id.part == part).map(|it| it.handle)
                };
                let halves = half(1).zip(half(2));
                if object.id.algorithm == Algorithm::Tdes && halves.is_none() {
                    return Err(TokenFault::Broken(object.name));
                }
                let algorithm = object.id.algorithm;
                let cipher = InsideCipher { line, algorithm, whole: key, halves, passing: false };
                InsideKey::Cipher(Schedule(Ready::Inside(Box::new(cipher))))
            }
        })
    }

    /// All objects of ours, or those of one name.
    fn objects(&self, name: Option<&KeyName>) -> Result<Vec<Object>, TokenFault> {
        let mut template = vec![Attribute::Class(ObjectClass::SECRET_KEY), Attribute::Token(true)];
        template.extend(name.map(|name| Attribute::Label(name.0.as_str().as_bytes().to_vec())));
        let session = self.line.session();
        let mut found = Vec::new();
        for handle in session.find_objects(&template).map_err(refused("a search"))? {
            let told = session.get_attributes(handle, &[AttributeType::Label, AttributeType::Id]);
            let (mut label, mut id) = (None, None);
            for attribute in told.map_err(refused("a label"))? {
                match attribute {
                    Attribute::Label(bytes) => {
                        label = core::str::from_utf8(&bytes).ok().and_then(|it| Short::new(it).ok())
                    }
                    Attribute::Id(bytes) => id = Id::read(&bytes),
                    _ => {}
                }
            }
            // Objects of others share the token: what has no id of ours is none of ours.
            if let (Some(label), Some(id)) = (label, id) {
                found.push(Object { name: KeyName(label), id, handle });
            }
        }
        Ok(found)
    }

    /// The wrapping keys of working keys, made inside the token the first time: no one has ever seen them.
    pub(super) fn working_keys(&self) -> Result<Vec<(KeyUse, ObjectHandle)>, TokenFault> {
        let session = self.line.session();
        let mut keys = Vec::new();
        for usage in WORKING_USES {
            let label = Attribute::Label(format!("slipway working {}", usage.word()).into_bytes());
            let template = [Attribute::Class(ObjectClass::SECRET_KEY), Attribute::Token(true), label.clone()];
            let found = session.find_objects(&template).map_err(refused("a search"))?;
            let key = match found[..] {
                [key] => key,
                // Which of them wrapped the records? Guessing would lose every terminal's keys.
                [_, _, ..] => {
                    let twice = format!("two wrapping keys for {} keys", usage.word());
                    return Err(TokenFault::Refused("a choice", twice));
                }
                [] => {
                    let template = [
                        Attribute::Token(true),
                        Attribute::Private(true),
                        Attribute::Sensitive(true),
                        Attribute::Extractable(false),
                        Attribute::Wrap(true),
                        Attribute::Unwrap(true),
                        Attribute::Encrypt(false),
                        Attribute::Decrypt(false),
                        Attribute::ValueLen(32.into()),
                        label,
                    ];
                    session.generate_key(&Mechanism::AesKeyGen, &template).map_err(refused("a wrapping key"))?
                }
            };
            keys.push((usage, key));
        }
        Ok(keys)
    }
}
