//! `slipway people`: who may sign in at the desk. A running network sees a change at once, and sessions of before it end. A password
//! is typed at a prompt, or comes from a file or on standard input; never as an argument. Every change stands in the audit log.

pub mod book;
pub mod role;

use crate::clocks::Wall;
use crate::counter::asker;
use crate::desk::network_folder;
use crate::inquiry::{By, Log};
use crate::keys::secret;
use crate::network::{clock_mark::now_in, keys, sample};
use crate::say::{End, Say};
use book::Book;
use clap::{Args, Subcommand};
use role::Role;
use serde_json::{Value, json};
use slipway_vault::{Random, SECOND_BYTES, SecondKey, SystemRandom, base32, second_factor};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Longest password file that is read.
const FILE_BYTES_MAX: u64 = 4096;

/// Arguments of `people`.
#[derive(Args)]
pub struct PeopleArgs {
    #[command(subcommand)]
    act: Act,
    /// The network's folder.
    #[arg(long, default_value = "slipway-network", global = true)]
    dir: PathBuf,
}

#[derive(Subcommand)]
enum Act {
    /// Somebody new; the password is asked for. Example: slipway people add li --role desk --dir ./net
    Add {
        /// What they sign in with.
        name: String,
        /// cashier, supervisor, merchant, agent, desk, operations or auditor.
        #[arg(long)]
        role: String,
        /// The merchant that cashiers, supervisors and merchants are bound to.
        #[arg(long)]
        merchant: Option<String>,
        /// The password is the first line of this file instead.
        #[arg(long)]
        password_file: Option<PathBuf>,
    },
    /// Who may sign in, and as what. Example: slipway people list --dir ./net
    List,
    /// Another role. Example: slipway people role li operations --dir ./net
    Role {
        /// Who.
        name: String,
        /// cashier, supervisor, merchant, agent, desk, operations or auditor.
        role: String,
        /// The merchant that cashiers, supervisors and merchants are bound to.
        #[arg(long)]
        merchant: Option<String>,
    },
    /// May not sign in any more; sessions end. Example: slipway people lock li --dir ./net
    Lock {
        /// Who.
        name: String,
        /// May sign in again.
        #[arg(long)]
        release: bool,
    },
    /// Another password; it is asked for. Example: slipway people password li --dir ./net
    Password {
        /// Who.
        name: String,
        /// The password is the first line of this file instead.
        #[arg(long)]
        password_file: Option<PathBuf>,
    },
    /// An authenticator as second factor: shows its secret, asks for a first code. Example: slipway people totp li --dir ./net
    Totp {
        /// Who.
        name: String,
        /// Without one from now on.
        #[arg(long)]
        off: bool,
    },
}

/// Runs the command.
pub fn run(args: &PeopleArgs, say: &Say) -> Result<(), End> {
    network_folder(&args.dir)?;
    let book = Book::of(&args.dir);
    let name = |text: &str| book::name(text);
    match &args.act {
        Act::List => return list(&book, say),
        Act::Add { name: text, role, merchant, password_file } => {
            let (name, role) = (name(text)?, role_of(role)?);
            let merchant = book::bound(role, merchant.as_deref())?;
            if book.people()?.get(&name).is_some() {
                return Err(End::usage(format!("“{name}”已存在"), format!("{name:?} is there already")));
            }
            let kept = book::password(&name, &password(password_file.as_deref())?)?;
            let about = json!({"person": name, "now": role.word(), "merchant": merchant.map(|id| id.to_string())});
            told(&args.dir, "people_add", about)?;
            book.change(|people| people.add(book::person(&name, role, merchant, kept)))?;
        }
        Act::Role { name: text, role, merchant } => {
            let (name, role) = (name(text)?, role_of(role)?);
            let merchant = book::bound(role, merchant.as_deref())?;
            let about = json!({"person": name, "now": role.word(), "merchant": merchant.map(|id| id.to_string())});
            change(&args.dir, &book, &name, "people_role", about, |person| {
                (person.role, person.merchant) = (role, merchant);
            })?;
        }
        Act::Lock { name: text, release } => {
            let (name, locked) = (name(text)?, !release);
            let about = json!({"person": name, "locked": locked});
            change(&args.dir, &book, &name, "people_lock", about, |person| person.locked = locked)?;
        }
        Act::Password { name: text, password_file } => {
            let name = name(text)?;
            book.people()?.as_ref().clone().get_mut(&name)?;
            let kept = book::password(&name, &password(password_file.as_deref())?)?;
            change(&args.dir, &book, &name, "people_password", json!({"person": name}), |person| {
                person.set_password(kept)
            })?;
        }
        Act::Totp { name: text, off } => {
            let name = name(text)?;
            book.people()?.as_ref().clone().get_mut(&name)?;
            let sealed = if *off { None } else { Some(enrolled(&args.dir, &name, say)?) };
            let about = json!({"person": name, "totp": !off});
            change(&args.dir, &book, &name, "people_totp", about, |person| {
                (person.second, person.second_step) = match sealed {
                    Some((sealed, step)) => (Some(sealed), step),
                    None => (None, 0),
                };
            })?;
        }
    }
    if say.json {
        say.document(&json!({"done": true}));
    } else {
        say.line(say.both("已生效", "done"));
    }
    Ok(())
}

/// Told before it is done: what cannot be told is not done.
fn told(dir: &Path, act: &str, about: Value) -> Result<(), End> {
    let by = By { who: &asker(), role: None, from: "machine" };
    Log::of(dir)?.act(now_in(dir), &by, act, about)
}

fn change(
    dir: &Path,
    book: &Book,
    name: &str,
    act: &str,
    about: Value,
    change: impl FnOnce(&mut book::Person),
) -> Result<(), End> {
    book.people()?.as_ref().clone().get_mut(name)?;
    told(dir, act, about)?;
    book.change(|people| {
        let person = people.get_mut(name)?;
        change(person);
        person.change += 1;
        Ok(())
    })
}

fn role_of(word: &str) -> Result<Role, End> {
    Role::of_word(word).ok_or_else(|| {
        let all: Vec<_> = role::ROLES.iter().map(|role| role.word()).collect();
        let all = all.join(", ");
        End::usage(format!("没有此角色；可选：{all}"), format!("no such role; there are: {all}"))
    })
}

fn list(book: &Book, say: &Say) -> Result<(), End> {
    let people = book.people()?;
    if say.json {
        let all = people.people.iter().map(|person| {
            json!({
                "name": person.name, "role": person.role, "merchant": person.merchant.map(|id| id.to_string()),
                "locked": person.locked, "totp": person.second.is_some(), "sample": person.sample,
            })
        });
        say.document(&json!({"people": all.collect::<Vec<_>>()}));
        return Ok(());
    }
    if people.people.is_empty() {
        say.line(say.both("还没有人员", "nobody yet"));
    }
    for person in &people.people {
        let (zh, en) = person.role.words();
        let mut line = format!(
            "{:<20} {} {}",
            person.name,
            say.both(zh, en),
            person.merchant.map(|id| id.to_string()).unwrap_or_default()
        );
        for (is, zh, en) in [
            (person.locked, "已停用", "locked"),
            (person.second.is_some(), "动态码", "second factor"),
            (person.sample, "示范", "sample"),
        ] {
            if is {
                line.push_str(&format!("  {}", say.both(zh, en)));
            }
        }
        say.line(line);
    }
    Ok(())
}

/// A new password: the first line of a file, typed twice at a terminal, or the next line of standard input.
fn password(file: Option<&Path>) -> Result<Zeroizing<String>, End> {
    use std::io::{BufRead, IsTerminal, Read};
    if let Some(path) = file {
        let file = std::fs::File::open(path).map_err(|error| {
            End::usage(format!("无法读取口令文件：{error}"), format!("cannot read the password file: {error}"))
        })?;
        let mut line = Zeroizing::new(String::with_capacity(4096));
        std::io::BufReader::new(file.take(FILE_BYTES_MAX)).read_line(&mut line)?;
        return Ok(Zeroizing::new(line.trim_end_matches(['\r', '\n']).to_owned()));
    }
    let first = secret("新口令", "new password")?;
    if std::io::stdin().is_terminal() && *secret("再输入一次", "once more")? != *first {
        return Err(End::usage("两次输入不一致：什么也没有改变", "the two are not the same: nothing was changed"));
    }
    Ok(first)
}

/// The key under which second factors of a network's people are sealed.
pub fn second_key(dir: &Path) -> Result<SecondKey, End> {
    keys::open(&dir.join("acquirer"))?
        .second_key(&sample::ACQUIRER)
        .map_err(|_| End::environment("密钥库没有收单行的令牌密钥", "the vault lacks the acquirer's token key"))
}

/// Shows a fresh secret and waits for its first code: an authenticator that has it wrong would lock its owner out.
fn enrolled(dir: &Path, name: &str, say: &Say) -> Result<(Vec<u8>, u64), End> {
    let mut fresh = Zeroizing::new([0; SECOND_BYTES]);
    let no_random = |_| End::environment("没有随机源", "no source of random numbers");
    SystemRandom.fill(&mut fresh[..]).map_err(no_random)?;
    let text = base32(&fresh[..]);
    let uri = Zeroizing::new(format!("otpauth://totp/Slipway:{name}?secret={}&issuer=Slipway", &*text));
    if say.json {
        eprintln!("{}", &*uri);
    } else {
        say.line(&*uri);
    }
    let typed = secret("动态验证码", "code of the authenticator")?;
    // The phone counts by the real time.
    let now = Wall::now();
    let step = second_factor(&fresh[..], typed.trim(), now.0, 0).ok_or_else(|| {
        End::usage(
            "动态码不符：没有启用，请核对手机时间后重试",
            "the code does not fit: nothing was changed; check the phone's clock and try again",
        )
    })?;
    Ok((second_key(dir)?.seal(name, &fresh[..], &mut SystemRandom).map_err(no_random)?, step))
}
