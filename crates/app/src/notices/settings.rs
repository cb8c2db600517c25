//! `[notices]` of an issuer's configuration, or `notices.toml` in the folder of `slipway up`. Without it nothing is sent anywhere.
//! Passwords and keys stand in files of their own, which only their owner may read.

use crate::say::End;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The whole.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Who is told where: a file of JSON lines.
    pub addresses: PathBuf,
    /// How old a notice may grow before it is listed as undelivered; without it, it is tried for ever.
    pub give_up_hours: Option<u32>,
    /// The first wait after a failure.
    #[serde(default = "first")]
    pub retry_first_ms: u32,
    /// The longest wait.
    #[serde(default = "longest")]
    pub retry_max_s: u32,
    /// A program of the bank's.
    pub webhook: Option<Webhook>,
    /// A short message centre.
    pub smpp: Option<Smpp>,
    /// A mail server.
    pub mail: Option<Mail>,
}

const fn first() -> u32 {
    1_000
}

const fn longest() -> u32 {
    300
}

const fn patience() -> u32 {
    10
}

/// A program that takes notices by http.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// Where: https, or http on this machine.
    pub url: String,
    /// Key files: one, or two while keys change; each signs.
    pub keys: Vec<PathBuf>,
    /// Whose certificates are believed (PEM); needed for https.
    pub ca: Option<PathBuf>,
    /// How long an answer may take.
    #[serde(default = "patience")]
    pub answer_s: u32,
}

/// How a text that is too long for one short message goes out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Long {
    /// In parts that the telephone puts together.
    #[default]
    Parts,
    /// Whole, in `message_payload`: the centre cuts it.
    Payload,
}

/// A short message centre, spoken to in SMPP 3.4.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Smpp {
    /// HOST:PORT.
    pub at: String,
    /// Our name there: 15 characters at most.
    pub system_id: String,
    /// The file of the password: 8 characters at most.
    pub password: PathBuf,
    /// What kind of system we are, if the centre wants to know.
    #[serde(default)]
    pub system_type: String,
    /// Who the message is from: digits, `+` and digits, or a name of up to 11 characters.
    pub source: String,
    /// TLS: whose certificates are believed (PEM). Without it the line is plain.
    pub ca: Option<PathBuf>,
    /// How long texts go out.
    #[serde(default)]
    pub long: Long,
    /// How long an answer may take.
    #[serde(default = "patience")]
    pub answer_s: u32,
}

/// How the line to a mail server is secured.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Secured {
    /// Plain first, then always TLS.
    #[default]
    Starttls,
    /// TLS from the first byte.
    Tls,
    /// Not at all; on this machine only.
    None,
}

/// A mail server.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// HOST:PORT.
    pub at: String,
    /// Who the mail is from.
    pub from: String,
    /// How the line is secured.
    #[serde(default)]
    pub secured: Secured,
    /// Whose certificates are believed (PEM); needed unless `secured` is none.
    pub ca: Option<PathBuf>,
    /// Our name there.
    pub user: Option<String>,
    /// The file of the password.
    pub password: Option<PathBuf>,
    /// How long an answer may take.
    #[serde(default = "patience")]
    pub answer_s: u32,
}

/// What `run issuer1 --print-config` shows.
pub const EXAMPLE: &str = r#"# [notices]                                 # sinks of notices, docs/notices.md; without it nothing is sent 短信、邮件、回调
# addresses = "addresses.jsonl"             # card token -> phone, mail, hook; in this party's folder, mode 600 地址表
# give_up_hours = 72                        # then listed as undelivered; without it, tried for ever 放弃时限
# [notices.webhook]
# url = "https://bank.example/notices"      # http on this machine only 回调地址
# keys = ["hook.key"]                       # two while keys change; each signs 签名密钥文件
# ca = "/etc/ssl/certs/ca-certificates.crt" # whose certificates are believed 信任的CA
# [notices.smpp]
# at = "smsc.example:2775"                  # SMPP 3.4 短信中心
# system_id = "slipway"                     # our name there 登录名
# password = "smpp.password"                # a file, 8 characters at most 密码文件
# source = "95500"                          # who it is from 发送号码
# ca = "/etc/ssl/certs/ca-certificates.crt" # TLS; without it the line is plain 不写则为明文
# [notices.mail]
# at = "mail.example:587"                   # SMTP 邮件服务器
# from = "Bank <notices@bank.example>"      # the sender 发件人
# secured = "starttls"                      # starttls, tls, or none on this machine 加密方式
# ca = "/etc/ssl/certs/ca-certificates.crt" # whose certificates are believed 信任的CA
# user = "notices"                          # with the file of its password 用户
# password = "mail.password"
"#;

/// `notices.toml` in the folder of `up`, if there is one.
///
/// # Errors
/// 2: it cannot be read.
pub fn of_folder(dir: &Path) -> Result<Option<Settings>, End> {
    let path = dir.join("notices.toml");
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    toml::from_str(&text).map(Some).map_err(|error| {
        let (path, what) = (path.display(), error.message());
        End::usage(format!("{path} 有误：{what}；未启动"), format!("{path} is not right: {what}; nothing was started"))
    })
}

/// Refuses a file that others may read: it holds a secret, or where people live.
///
/// # Errors
/// 2: it is not there, or others may read it.
pub fn private(path: &Path) -> Result<(), End> {
    use std::os::unix::fs::PermissionsExt as _;
    let shown = path.display();
    let found = std::fs::metadata(path).map_err(|error| {
        End::usage(
            format!("无法读取 {shown}：{error}；未启动"),
            format!("cannot read {shown}: {error}; nothing was started"),
        )
    })?;
    if found.permissions().mode() & 0o077 == 0 {
        return Ok(());
    }
    Err(End::usage(
        format!("{shown} 可被他人读取：请 chmod 600；未启动"),
        format!("{shown} can be read by others: chmod 600 it; nothing was started"),
    ))
}

/// The first line of a file that holds a password.
///
/// # Errors
/// As [`private`].
pub fn password(path: &Path) -> Result<zeroize::Zeroizing<String>, End> {
    private(path)?;
    let text = zeroize::Zeroizing::new(std::fs::read_to_string(path)?);
    Ok(zeroize::Zeroizing::new(text.lines().next().unwrap_or_default().to_owned()))
}

/// Whether a HOST:PORT is on this machine.
pub fn is_here(at: &str) -> bool {
    let host = at.rsplit_once(':').map_or(at, |(host, _)| host).trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// A PEM file of certificates.
///
/// # Errors
/// 2: it is not named or not there.
pub fn believed(ca: Option<&PathBuf>, home: &Path, what: &str) -> Result<Vec<u8>, End> {
    let ca = ca.ok_or_else(|| {
        End::usage(
            format!("[notices.{what}] 缺少 ca（信任的证书，PEM）；未启动"),
            format!("[notices.{what}] lacks `ca`, whose certificates are believed (PEM); nothing was started"),
        )
    })?;
    let path = home.join(ca);
    std::fs::read(&path).map_err(|error| {
        let shown = path.display();
        End::usage(
            format!("无法读取 {shown}：{error}；未启动"),
            format!("cannot read {shown}: {error}; nothing was started"),
        )
    })
}

/// A setting that cannot be.
pub fn wrong(what: &str, zh: &str, en: &str) -> End {
    End::usage(format!("[notices.{what}] {zh}；未启动"), format!("[notices.{what}] {en}; nothing was started"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_is_a_configuration() {
        #[derive(Deserialize)]
        struct Whole {
            notices: Settings,
        }
        let plain: String = EXAMPLE.lines().map(|line| format!("{}\n", line.trim_start_matches("# "))).collect();
        let settings = toml::from_str::<Whole>(&plain).unwrap().notices;
        assert!(settings.webhook.is_some() && settings.smpp.is_some() && settings.mail.is_some());
        assert!(EXAMPLE.lines().all(|line| line.starts_with("# ")), "by default nothing is sent anywhere");
    }

    #[test]
    fn this_machine_is_told_from_others() {
        for (at, here) in [("127.0.0.1:25", true), ("localhost:25", true), ("[::1]:25", true), ("mail:25", false)] {
            assert_eq!(is_here(at), here, "{at}");
        }
    }
}
