//! Keys inside a PKCS#11 token: the same door, the same questions, but a static key never leaves the token and the
//! operations under it are the token's. `docs/keys.md` says what is done inside and what outside, and why.
//! Must never: make a token key extractable; go on as if a token that does not answer had said no.
//!
//! ```text
//!   mod      module, token, login        inside   what one key of the token does
//!   objects  how a key lies in the token: whole, left half, right half; generations; check values      id  what stands beside it
//! ```

mod id;
mod inside;
mod objects;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;
use slipway_terms::{KeyName, Text};

use crate::random::{NoRandom, Random};

pub use objects::TokenKey;

/// Why a token cannot be used. Says what the token said, never a PIN or a key.
#[derive(Debug)]
pub enum TokenFault {
    /// The module's file cannot be loaded.
    Module(PathBuf, String),
    /// There is no token of that label.
    NoToken(String),
    /// The token does not take the PIN.
    Login(String),
    /// The token refused; while doing what.
    Refused(&'static str, String),
    /// The token has no such cipher (SM4), or the usage does not allow it.
    NoCipher(KeyName),
    /// There is no key of that name.
    Missing(KeyName),
    /// The key is not whole in the token: a half is missing.
    Broken(KeyName),
}

impl TokenFault {
    /// For people, in both languages.
    #[must_use]
    pub fn text(&self) -> Text {
        let zh = match self {
            Self::Module(path, said) => format!("无法加载 PKCS#11 模块 {}：{said}", path.display()),
            Self::NoToken(label) => format!("没有标签为 {label} 的令牌"),
            Self::Login(said) => format!("令牌拒绝登录：{said}"),
            Self::Refused(_, said) => format!("令牌拒绝操作：{said}"),
            Self::NoCipher(name) => format!("令牌不支持密钥 {name:?} 的算法或用途（SM4 不在 PKCS#11 令牌中）"),
            Self::Missing(name) => format!("令牌中没有密钥 {name:?}"),
            Self::Broken(name) => format!("令牌中的密钥 {name:?} 不完整，请重新导入"),
        };
        Text::new(zh, self.to_string())
    }
}

impl core::fmt::Display for TokenFault {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Module(path, said) => write!(f, "the PKCS#11 module {} cannot be loaded: {said}", path.display()),
            Self::NoToken(label) => write!(f, "there is no token labelled {label}"),
            Self::Login(said) => write!(f, "the token refuses the login: {said}"),
            Self::Refused(doing, said) => write!(f, "the token refuses {doing}: {said}"),
            Self::NoCipher(name) => {
                write!(f, "the token has no cipher or use for the key {name:?} (SM4 is not in PKCS#11 tokens)")
            }
            Self::Missing(name) => write!(f, "the token has no key {name:?}"),
            Self::Broken(name) => write!(f, "the key {name:?} is not whole in the token; import it again"),
        }
    }
}

impl std::error::Error for TokenFault {}

pub(crate) fn refused(doing: &'static str) -> impl Fn(Error) -> TokenFault {
    move |fault| TokenFault::Refused(doing, fault.to_string())
}

/// Modules are initialised once a process and never ended: the module's state is the process's.
static MODULES: Mutex<BTreeMap<PathBuf, Pkcs11>> = Mutex::new(BTreeMap::new());

static INITIALISING: Mutex<()> = Mutex::new(());

/// One session with a token, logged in. One call at a time: a PKCS#11 session has one operation under way.
#[derive(Clone)]
pub(crate) struct Line(Arc<Mutex<Session>>);

impl Line {
    pub(crate) fn session(&self) -> MutexGuard<'_, Session> {
        // A panic elsewhere leaves the session as it was: every operation is begun anew.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A token, logged in: where keys are put, and what the ring of a vault is made from.
pub struct TokenKeys {
    pub(crate) line: Line,
}

impl TokenKeys {
    /// Loads the module, finds the token by its label and logs in as its user.
    ///
    /// # Errors
    /// [`TokenFault::Module`], [`TokenFault::NoToken`], [`TokenFault::Login`], [`TokenFault::Refused`].
    pub fn open(module: &Path, label: &str, pin: &str) -> Result<Self, TokenFault> {
        let context = context(module)?;
        let slot = slot_of(&context, label)?.ok_or_else(|| TokenFault::NoToken(label.to_owned()))?;
        let session = context.open_rw_session(slot).map_err(refused("a session"))?;
        login(&session, UserType::User, pin)?;
        let keys = Self { line: Line(Arc::new(Mutex::new(session))) };
        keys.working_keys()?;
        Ok(keys)
    }

    /// Initialises an empty token slot with a label, the security officer's PIN and the user's PIN, and opens it.
    ///
    /// # Errors
    /// As [`TokenKeys::open`]; [`TokenFault::NoToken`] when every slot is taken.
    pub fn initialise(module: &Path, label: &str, officer: &str, pin: &str) -> Result<Self, TokenFault> {
        // Two threads must not take the same empty slot.
        let _one = INITIALISING.lock().unwrap_or_else(PoisonError::into_inner);
        let context = context(module)?;
        let slots = context.get_slots_with_token().map_err(refused("a list of slots"))?;
        let empty =
            slots.into_iter().find(|slot| context.get_token_info(*slot).is_ok_and(|info| !info.token_initialized()));
        let slot = empty.ok_or_else(|| TokenFault::NoToken(label.to_owned()))?;
        context.init_token(slot, &AuthPin::from(officer.to_owned()), label).map_err(refused("a new token"))?;
        let slot = slot_of(&context, label)?.ok_or_else(|| TokenFault::NoToken(label.to_owned()))?;
        let session = context.open_rw_session(slot).map_err(refused("a session"))?;
        login(&session, UserType::So, officer)?;
        session.init_pin(&AuthPin::from(pin.to_owned())).map_err(refused("the user's PIN"))?;
        session.logout().map_err(refused("a logout"))?;
        drop(session);
        Self::open(module, label, pin)
    }

    /// The token's own generator, for keys that are made outside because a mechanism is missing.
    #[must_use]
    pub fn random(&self) -> Box<dyn Random + Send> {
        Box::new(TokenRandom(self.line.clone()))
    }
}

struct TokenRandom(Line);

impl Random for TokenRandom {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), NoRandom> {
        self.0.session().generate_random_slice(out).map_err(|_| NoRandom)
    }
}

fn context(module: &Path) -> Result<Pkcs11, TokenFault> {
    let mut modules = MODULES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = modules.get(module) {
        return Ok(known.clone());
    }
    let fault = |fault: Error| TokenFault::Module(module.to_owned(), fault.to_string());
    let context = Pkcs11::new(module).map_err(fault)?;
    match context.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
        Err(other) => return Err(fault(other)),
    }
    modules.insert(module.to_owned(), context.clone());
    Ok(context)
}

fn slot_of(context: &Pkcs11, label: &str) -> Result<Option<Slot>, TokenFault> {
    let slots = context.get_slots_with_token().map_err(refused("a list of slots"))?;
    let named = |slot: &Slot| {
        context.get_token_info(*slot).is_ok_and(|info| info.token_initialized() && info.label().trim_end() == label)
    };
    Ok(slots.into_iter().find(named))
}

fn login(session: &Session, user: UserType, pin: &str) -> Result<(), TokenFault> {
    match session.login(user, Some(&AuthPin::from(pin.to_owned()))) {
        // The login is the application's, shared by all its sessions with this token.
        Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(()),
        Err(fault) => Err(TokenFault::Login(fault.to_string())),
    }
}
