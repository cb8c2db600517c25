//! Who may sign in: `people.json` of the network's folder, readable by its owner only. Written whole or not at all, by one at a time;
//! a running network sees a change at the next request.
//! Must never: hold a password, or a second factor in the clear.

use super::role::Role;
use crate::say::End;
use serde::{Deserialize, Serialize};
use slipway_terms::MerchantId;
use slipway_vault::{DerivationCost, KeptPassword, SystemRandom};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// People of one network.
const PEOPLE_MAX: usize = 10_000;
/// Characters of a name.
const NAME_CHARS_MAX: usize = 32;
/// Characters of a password: short ones are guessed, endless ones are work for the door.
const PASSWORD_CHARS: std::ops::RangeInclusive<usize> = 10..=128;
/// What is tried first by whoever guesses.
const GUESSED: [&str; 8] = ["password", "12345", "qwerty", "11111", "00000", "letmein", "slipway", "admin"];

/// Somebody.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Person {
    /// What they sign in with; lower case.
    pub name: String,
    /// What they are.
    pub role: Role,
    /// The merchant that a role of a shop is bound to.
    pub merchant: Option<MerchantId>,
    password: KeptPassword,
    /// The sealed secret of their authenticator.
    pub second: Option<Vec<u8>>,
    /// The step whose code was taken last: none is taken twice.
    pub second_step: u64,
    /// May not sign in.
    pub locked: bool,
    /// Made by `up --demo` with a published password: nobody under any other start.
    pub sample: bool,
    /// Grows with every change of role, password or lock; sessions of before end.
    pub change: u64,
}

impl Person {
    /// Whether this is their password.
    pub fn fits(&self, password: &str) -> bool {
        self.password.fits(password)
    }
}

/// All of them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct People {
    version: u32,
    /// In order of their names.
    pub people: Vec<Person>,
}

impl People {
    /// Somebody by name.
    pub fn get(&self, name: &str) -> Option<&Person> {
        self.people.iter().find(|person| person.name == name)
    }

    /// Somebody to be changed.
    ///
    /// # Errors
    /// Nobody has this name.
    pub fn get_mut(&mut self, name: &str) -> Result<&mut Person, End> {
        self.people.iter_mut().find(|person| person.name == name).ok_or_else(|| {
            End::usage(
                format!("没有人员“{name}”：请用 slipway people list 核对"),
                format!("nobody is called {name:?}: look with slipway people list"),
            )
        })
    }

    /// Adds somebody.
    ///
    /// # Errors
    /// The name is taken or is none, or there are too many.
    pub fn add(&mut self, person: Person) -> Result<(), End> {
        if self.get(&person.name).is_some() {
            let name = &person.name;
            return Err(End::usage(format!("“{name}”已存在"), format!("{name:?} is there already")));
        }
        if self.people.len() >= PEOPLE_MAX {
            return Err(End::usage("人员过多", "there are too many people"));
        }
        self.people.push(person);
        self.people.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(())
    }
}

/// A name as it is kept: small letters, digits, `.`, `-`, `_`.
///
/// # Errors
/// Anything else.
pub fn name(text: &str) -> Result<String, End> {
    let name = text.trim().to_lowercase();
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-' | '_');
    if (1..=NAME_CHARS_MAX).contains(&name.chars().count())
        && name.chars().all(good)
        && !name.bytes().all(|b| b.is_ascii_digit())
    {
        return Ok(name);
    }
    Err(End::usage(
        "姓名用小写字母、数字、点和连字符，不超过32位，不能全是数字",
        "a name has letters, digits, dots and hyphens, 32 at most, and is no mere number",
    ))
}

/// A role with what it is bound to.
///
/// # Errors
/// A role of a shop without a merchant, or another one with.
pub fn bound(role: Role, merchant: Option<&str>) -> Result<Option<MerchantId>, End> {
    match (role.of_shop(), merchant) {
        (true, Some(id)) => MerchantId::new(id)
            .map(Some)
            .map_err(|_| End::usage("商户号须为15位", "a merchant number has 15 characters")),
        (true, None) => Err(End::usage(
            "此角色须用 --merchant 指明商户",
            "this role is bound to one merchant: name it with --merchant",
        )),
        (false, Some(_)) => Err(End::usage("此角色不属于某个商户", "this role belongs to no merchant")),
        (false, None) => Ok(None),
    }
}

/// What is kept of a new password.
///
/// # Errors
/// Too short, too long, too easily guessed, or no random bytes.
pub fn password(name: &str, text: &str) -> Result<KeptPassword, End> {
    if !PASSWORD_CHARS.contains(&text.chars().count()) {
        return Err(End::usage("口令为10到128个字符", "a password has 10 to 128 characters"));
    }
    let low = text.to_lowercase();
    let few = low.chars().collect::<std::collections::BTreeSet<_>>().len() < 5;
    if few || low.contains(name) || GUESSED.iter().any(|bad| low.starts_with(bad)) {
        return Err(End::usage(
            "口令太容易被猜到：不要含姓名、常见口令或少数几个字符的重复",
            "this password is easily guessed: it must not hold the name, a common password or a few characters again and again",
        ));
    }
    Ok(KeptPassword::of(text, KeptPassword::COST, &mut SystemRandom)?)
}

/// A person with their first password.
pub fn person(name: &str, role: Role, merchant: Option<MerchantId>, password: KeptPassword) -> Person {
    Person {
        name: name.to_owned(),
        role,
        merchant,
        password,
        second: None,
        second_step: 0,
        locked: false,
        sample: false,
        change: 1,
    }
}

impl Person {
    /// Takes a new password.
    pub const fn set_password(&mut self, password: KeptPassword) {
        self.password = password;
        self.sample = false;
        self.change += 1;
    }
}

/// The file, with what was read of it last.
#[derive(Debug)]
pub struct Book {
    path: PathBuf,
    read: Mutex<Option<(Stamp, Arc<People>)>>,
}

/// Tells one state of the file from another: each is a file of its own.
type Stamp = (u64, u64, std::time::SystemTime);

impl Book {
    /// That of a network's folder.
    pub fn of(dir: &Path) -> Self {
        Self { path: dir.join("people.json"), read: Mutex::default() }
    }

    /// All people as they are now.
    ///
    /// # Errors
    /// The file cannot be read: then nobody signs in.
    pub fn people(&self) -> Result<Arc<People>, End> {
        use std::os::unix::fs::MetadataExt;
        let found = match std::fs::metadata(&self.path) {
            Ok(found) => found,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Arc::default()),
            Err(error) => return Err(error.into()),
        };
        let stamp = (found.ino(), found.len(), found.modified()?);
        let mut read = self.read.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some((known, people)) = read.as_ref().filter(|(known, _)| *known == stamp) {
            let _ = known;
            return Ok(Arc::clone(people));
        }
        let people = Arc::new(self.parsed(&std::fs::read(&self.path)?)?);
        *read = Some((stamp, Arc::clone(&people)));
        Ok(people)
    }

    fn parsed(&self, bytes: &[u8]) -> Result<People, End> {
        let people: Option<People> = serde_json::from_slice(bytes).ok();
        people.filter(|people| people.version <= 1).ok_or_else(|| {
            let path = self.path.display();
            End::environment(
                format!("{path} 已损坏或来自更新的版本：请从备份恢复；在此之前无人能登录，交易不受影响"),
                format!("{path} is damaged or of a newer version: restore it from a copy; until then nobody signs in, no payment is affected"),
            )
        })
    }

    /// Changes the file: read, changed, written whole, one at a time.
    ///
    /// # Errors
    /// Those of `change`, and of the disk.
    pub fn change<T>(&self, change: impl FnOnce(&mut People) -> Result<T, End>) -> Result<T, End> {
        use std::os::unix::fs::OpenOptionsExt;
        let lock = File::create(self.path.with_extension("lock"))?;
        lock.lock()?;
        let mut people = match std::fs::read(&self.path) {
            Ok(bytes) => self.parsed(&bytes)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => People::default(),
            Err(error) => return Err(error.into()),
        };
        let done = change(&mut people)?;
        people.version = 1;
        let fresh = self.path.with_extension("new");
        let _ = std::fs::remove_file(&fresh);
        let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh)?;
        let bytes =
            serde_json::to_vec(&people).map_err(|error| End::environment(error.to_string(), error.to_string()))?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        std::fs::rename(&fresh, &self.path)?;
        File::open(self.path.parent().unwrap_or(Path::new(".")))?.sync_all()?;
        // A new file may have the number of the one before last, and the same length.
        *self.read.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = None;
        Ok(done)
    }
}

/// The published sign-ins of a demonstration.
pub const SAMPLE_PASSWORD: &str = "paper-boat-2026";

/// Puts the sample people in, if nobody is there yet; who they are.
///
/// # Errors
/// Of the file.
pub fn sample(book: &Book, merchants: [MerchantId; 2]) -> Result<(), End> {
    if !book.people()?.people.is_empty() {
        return Ok(());
    }
    let [market, hotel] = merchants;
    let all = [
        ("cashier", Role::Cashier, Some(market)),
        ("supervisor", Role::Supervisor, Some(market)),
        ("market", Role::Merchant, Some(market)),
        ("hotel", Role::Merchant, Some(hotel)),
        ("agent", Role::Agent, None),
        ("desk", Role::Desk, None),
        ("operations", Role::Operations, None),
        ("checker", Role::Operations, None),
        ("auditor", Role::Auditor, None),
    ];
    // The password is published: what it costs to try one protects nobody.
    let kept = KeptPassword::of(SAMPLE_PASSWORD, DerivationCost::LEAST, &mut SystemRandom)?;
    book.change(|people| {
        for (name, role, merchant) in all {
            people.add(Person { sample: true, ..person(name, role, merchant, kept) })?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn li() -> Person {
        let kept = KeptPassword::of("tea at four", DerivationCost::LEAST, &mut SystemRandom).unwrap();
        person("li", Role::Desk, None, kept)
    }

    #[test]
    fn a_change_by_another_process_is_seen_and_none_is_half() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let (book, other) = (Book::of(dir.path()), Book::of(dir.path()));
        assert!(book.people().unwrap().people.is_empty());
        other.change(|people| people.add(li())).unwrap();
        assert_eq!(book.people().unwrap().get("li").map(|li| li.role), Some(Role::Desk));
        other.change(|people| people.get_mut("li").map(|li| li.locked = true)).unwrap();
        assert!(book.people().unwrap().get("li").unwrap().locked);
        assert!(book.change(|people| people.add(li())).is_err() && book.people().unwrap().people.len() == 1);
        let refused: Result<(), End> = book.change(|people| {
            people.people.clear();
            Err(End::usage("", ""))
        });
        assert!(refused.is_err() && other.people().unwrap().people.len() == 1);
        let mode = std::fs::metadata(dir.path().join("people.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::write(dir.path().join("people.json"), b"{\"people\":").unwrap();
        assert!(book.people().is_err() && book.change(|_| Ok(())).is_err());
        std::fs::write(dir.path().join("people.json"), b"{\"version\":2,\"people\":[]}").unwrap();
        assert!(book.people().is_err());
    }

    #[test]
    fn names_and_passwords_that_are_none() {
        for bad in
            ["", " ", "a b", "li<script>", "李", "9990010000000014", &"x".repeat(33), "a/b", "..\\x", "a\u{202e}b"]
        {
            assert!(name(bad).is_err(), "{bad}");
        }
        assert_eq!(name(" Li.Lei-2 ").unwrap(), "li.lei-2");
        for bad in
            ["", "short", "li lei lei lei", "password12345", "aaaaaaaaaaaaa", "1234567890ab", &"x y z a b ".repeat(13)]
        {
            assert!(password("li", bad).is_err(), "{bad}");
        }
        assert!(password("li", "green tea at four").unwrap().fits("green tea at four"));
        assert!(bound(Role::Cashier, None).is_err() && bound(Role::Desk, Some("999290054110001")).is_err());
        assert!(bound(Role::Merchant, Some("99929005411000")).is_err() && bound(Role::Desk, None).unwrap().is_none());
    }

    #[test]
    fn sample_people_are_put_in_once() {
        let dir = tempfile::tempdir().unwrap();
        let book = Book::of(dir.path());
        let id = |text| MerchantId::new(text).unwrap();
        let merchants = [id("999290054110001"), id("999290070110002")];
        sample(&book, merchants).unwrap();
        let people = book.people().unwrap();
        assert!(
            people.people.len() == 9
                && people.people.iter().all(|person| person.sample && person.fits(SAMPLE_PASSWORD))
        );
        book.change(|people| people.get_mut("desk").map(|desk| desk.locked = true)).unwrap();
        sample(&book, merchants).unwrap();
        assert!(book.people().unwrap().get("desk").unwrap().locked);
    }
}
