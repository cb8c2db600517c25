//! Signing in and out, and who is behind a request: a cookie that no script can read and no other site can send, or the same
//! number as a bearer token for programs. The run's own token of `run.json` is no person and opens none of these doors.

pub mod doors;
pub mod gate;
pub mod sessions;

use crate::clocks::Wall;
use crate::inquiry::{By, Log};
use crate::people::book::{Book, Person};
use crate::people::role::Role;
use crate::people::second_key;
use crate::say::End;
use crate::web::guard::Site;
use crate::web::refusal::Refusal;
use axum::http::{HeaderMap, StatusCode, header};
use gate::Gate;
use sessions::{Over, Session, Sessions};
use slipway_runtime::os::{Pace, PacedClock};
use slipway_terms::MerchantId;
use slipway_vault::{KeptPassword, SecondKey, same_secret, second_factor, sha256};
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Passwords that are looked at at once: each takes 19 MiB and a core.
const AT_ONCE: usize = 2;
/// The cookie's name. Behind TLS the prefix binds it to this very host and to TLS.
const COOKIE: &str = "slipway-session";
const COOKIE_TLS: &str = "__Host-slipway-session";
/// Where a page's acts bring the session's second secret.
const CSRF: &str = "x-csrf-token";

/// The front door of a running network.
#[derive(Debug)]
pub struct Front {
    /// Who may sign in.
    pub book: Book,
    /// Under which names the pages are reached.
    pub site: Site,
    log: Log,
    sessions: Mutex<Sessions>,
    gate: Mutex<Gate>,
    at_once: tokio::sync::Semaphore,
    second: SecondKey,
    /// A session is as long as a person's day, at whatever pace the network runs.
    clock: PacedClock,
    demo: bool,
}

/// Somebody who has signed in, behind one request.
#[derive(Clone, Debug)]
pub struct Signed {
    /// Who.
    pub name: String,
    /// As what.
    pub role: Role,
    /// Bound to this merchant.
    pub merchant: Option<MerchantId>,
    /// From where.
    pub from: String,
    session: Session,
}

impl Signed {
    /// For the log.
    pub fn by(&self) -> By<'_> {
        By { who: &self.name, role: Some(self.role.word()), from: &self.from }
    }
}

/// A lock whose holder panicked guards counts only, and none of them is half-made.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Front {
    /// That of a network's folder.
    pub fn of(dir: &Path, demo: bool, site: Site, log: Log) -> Result<Self, End> {
        let book = Book::of(dir);
        // A damaged file is told at the start, not to the first person at the door.
        book.people()?;
        Ok(Self {
            book,
            site,
            log,
            sessions: Mutex::default(),
            gate: Mutex::default(),
            at_once: tokio::sync::Semaphore::new(AT_ONCE),
            second: second_key(dir)?,
            clock: PacedClock::start(Pace::REAL),
            demo,
        })
    }

    /// The machine's time, by which a sitting and a lock are measured; whoever sets the machine's clock lengthens none.
    pub fn wall(&self) -> Wall {
        Wall::of(&self.clock)
    }

    const fn secure(&self) -> bool {
        self.site.https.is_some()
    }

    /// From where a request comes: what stands before this port says it, if one does.
    pub fn from(&self, headers: &HeaderMap, peer: SocketAddr) -> String {
        self.address(headers, peer).to_string()
    }

    /// The same as an address.
    pub fn address(&self, headers: &HeaderMap, peer: SocketAddr) -> IpAddr {
        let told = || {
            let told = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
            told.rsplit(',').next()?.trim().parse::<IpAddr>().ok()
        };
        let told = if self.secure() && peer.ip().is_loopback() { told() } else { None };
        told.unwrap_or_else(|| peer.ip())
    }

    /// No password crosses a network in the clear.
    fn safe(&self, peer: SocketAddr) -> Result<(), Refusal> {
        if peer.ip().is_loopback() {
            return Ok(());
        }
        Err(Refusal::new(
            StatusCode::FORBIDDEN,
            "登录只在本机或经 TLS 使用：请在前面设置 TLS 服务器，并以 up --origin https://… 启动",
            "signing in works on this machine or over TLS: put a server that speaks TLS in front, and start with up --origin https://…",
        ))
    }

    /// Whose name and password, and code if they have an authenticator, these are; takes as long for nobody's.
    fn judge(&self, name: &str, password: &str, code: &str) -> Result<Option<Person>, End> {
        let people = self.book.people()?;
        let person = people.get(name);
        let fits = person.map_or_else(|| KeptPassword::nobodys().fits(password), |person| person.fits(password));
        let Some(person) = person.filter(|person| fits && !person.locked && (self.demo || !person.sample)) else {
            return Ok(None);
        };
        let Some(sealed) = &person.second else { return Ok(Some(person.clone())) };
        let secret = self.second.open(name, sealed).ok_or_else(|| {
            End::environment("动态码密钥无法打开：请重新启用", "the second factor does not open: set it up anew")
        })?;
        // The other side counts by its own clock: the machine's, as it is set.
        if second_factor(&secret, code, Wall::now().0, person.second_step).is_none() {
            return Ok(None);
        }
        // Under the file's lock: of two tries with one code, one is taken.
        self.book.change(|people| {
            let person = people.get_mut(name)?;
            let step = second_factor(&secret, code, Wall::now().0, person.second_step);
            person.second_step = step.unwrap_or(person.second_step);
            Ok(step.map(|_| person.clone()))
        })
    }

    /// Whether somebody has this right now: registered and not locked, and no sample outside a demonstration.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn may(&self, name: &str, right: fn(Role) -> bool) -> Result<bool, End> {
        let people = self.book.people()?;
        let person = people.get(name).filter(|person| !person.locked && (self.demo || !person.sample));
        Ok(person.is_some_and(|person| right(person.role)))
    }

    /// Who is behind a request that only looks.
    ///
    /// # Errors
    /// 401.
    pub fn looks(&self, headers: &HeaderMap, peer: SocketAddr) -> Result<Signed, Refusal> {
        self.signed(headers, peer).map(|(signed, _)| signed)
    }

    /// Who is behind a request that does something: from our own page with the session's second secret, or from a program.
    ///
    /// # Errors
    /// 401, 403.
    pub fn acts(&self, headers: &HeaderMap, peer: SocketAddr) -> Result<Signed, Refusal> {
        self.site.own_page(headers)?;
        let (signed, by_cookie) = self.signed(headers, peer)?;
        let given = headers.get(CSRF).and_then(|value| value.to_str().ok()).and_then(of_hex);
        if by_cookie && !given.is_some_and(|given| same_secret(&given, &signed.session.csrf)) {
            return Err(Refusal::new(
                StatusCode::FORBIDDEN,
                "页面已过期：请刷新后再试；什么也没有改变",
                "this page is of another session: load it again; nothing was changed",
            )
            .with("reason", "csrf"));
        }
        Ok(signed)
    }

    fn signed(&self, headers: &HeaderMap, peer: SocketAddr) -> Result<(Signed, bool), Refusal> {
        let (number, by_cookie) = self.number(headers).ok_or_else(|| no_session("none"))?;
        let hash = sha256(&number);
        let session = held(&self.sessions).used(&hash, self.wall()).map_err(|over| match over {
            Over::Idle => no_session("idle"),
            Over::Whole => no_session("whole"),
            Over::Unknown => no_session("ended"),
        })?;
        let people = self.book.people()?;
        let person = people.get(&session.name);
        let good =
            |person: &&Person| person.change == session.change && !person.locked && (self.demo || !person.sample);
        let Some(person) = person.filter(good) else {
            held(&self.sessions).end(&hash);
            return Err(no_session("changed"));
        };
        let signed = Signed {
            name: person.name.clone(),
            role: person.role,
            merchant: person.merchant,
            from: self.from(headers, peer),
            session,
        };
        Ok((signed, by_cookie))
    }

    /// The number that a request brings, and whether as a cookie.
    fn number(&self, headers: &HeaderMap) -> Option<([u8; 32], bool)> {
        let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        if let Some(bearer) = text(header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer ")) {
            return of_hex(bearer).map(|number| (number, false));
        }
        let wanted = if self.secure() { COOKIE_TLS } else { COOKIE };
        let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs = all.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(name, _)| *name == wanted).and_then(|(_, value)| of_hex(value)).map(|number| (number, true))
    }
}

fn no_session(reason: &str) -> Refusal {
    let (zh, en) = match reason {
        "none" => ("请先登录", "sign in first"),
        _ => ("登录已结束，请重新登录", "the session is over: sign in again"),
    };
    Refusal::new(StatusCode::UNAUTHORIZED, zh, en).with("reason", reason)
}

/// Sixty-four small hexadecimal digits.
fn of_hex(text: &str) -> Option<[u8; 32]> {
    let small = text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    if small { slipway_iso8583::from_hex(text)?.try_into().ok() } else { None }
}
