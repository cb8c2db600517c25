//! The hook: a POST of JSON, signed. 2xx is an arrival, 410 says that nothing more is wanted, everything else comes again.

use super::courier::{Answer, Letter, Wanted};
use super::settings::{Webhook, believed, is_here, private, wrong};
use super::sink::Sink;
use crate::say::End;
use serde_json::json;
use slipway_vault::HookKey;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use ureq::tls::{PemItem, RootCerts, TlsConfig, TlsProvider, parse_pem};

/// The hook of a configuration.
pub struct Hook {
    url: String,
    keys: Vec<HookKey>,
    agent: ureq::Agent,
    form: Form,
}

/// What is posted: the id and the body of a letter.
pub type Form = fn(&Letter) -> (String, String);

impl Hook {
    /// Reads keys and certificates.
    ///
    /// # Errors
    /// 2: a setting or a file is not right.
    pub fn new(settings: &Webhook, home: &Path) -> Result<Self, End> {
        let wrong = |zh, en| wrong("webhook", zh, en);
        let url = settings.url.clone();
        let secure = url.starts_with("https://");
        if !(secure || is_here_by_http(&url)) {
            return Err(wrong("url 须为 https，只有本机可用 http", "`url` is https; http on this machine only"));
        }
        if !(1..=2).contains(&settings.keys.len()) {
            return Err(wrong("keys 须有一个，更换期间两个", "`keys` are one, two while they change"));
        }
        let key = |path: &std::path::PathBuf| {
            let path = home.join(path);
            private(&path)?;
            HookKey::read(&path).map_err(|error| {
                let shown = path.display();
                End::usage(
                    format!("{shown} 不是签名密钥（一行，至少 32 个可见字符）：{error}；未启动"),
                    format!("{shown} is no signing key (one line, 32 visible characters at least): {error}; nothing was started"),
                )
            })
        };
        let keys = settings.keys.iter().map(key).collect::<Result<_, End>>()?;
        let pem = if secure { Some(believed(settings.ca.as_ref(), home, "webhook")?) } else { None };
        let config = config(settings.answer_s, pem.as_deref())
            .ok_or_else(|| wrong("ca 中没有证书", "`ca` holds no certificate"))?;
        Ok(Self { url, keys, agent: config.into(), form: body })
    }

    /// One that posts in this form.
    pub const fn with(url: String, keys: Vec<HookKey>, agent: ureq::Agent, form: Form) -> Self {
        Self { url, keys, agent, form }
    }
}

/// What stands in `Slipway-Signature`: when, by the receiver's own kind of clock, and a code under each key.
pub fn signature(keys: &[HookKey], at: i64, body: &[u8]) -> String {
    let code = |key: &HookKey| format!(",v1={}", slipway_iso8583::hex(&key.sign(at, body)).to_lowercase());
    format!("t={at}{}", keys.iter().map(code).collect::<String>())
}

/// How a hook is asked: no redirects, no proxy, one time limit over all. `pem`: whose certificates are believed. `None`: nobody's.
pub fn config(answer_s: u32, pem: Option<&[u8]>) -> Option<ureq::config::Config> {
    let mut config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .timeout_global(Some(Duration::from_secs(answer_s.into())))
        .user_agent("slipway");
    // A proxy of the environment would see what only the receiver should.
    config = config.proxy(None);
    if let Some(pem) = pem {
        let mut roots = Vec::new();
        for item in parse_pem(pem) {
            if let Ok(PemItem::Certificate(root)) = item {
                roots.push(root);
            }
        }
        if roots.is_empty() {
            return None;
        }
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .root_certs(RootCerts::Specific(Arc::new(roots)))
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()));
        config = config.tls_config(tls.build());
    }
    Some(config.build())
}

/// http to this machine. A name in front of an `@` is no host.
fn is_here_by_http(url: &str) -> bool {
    url.starts_with("http://") && !url.contains('@') && is_here(super::addresses::host(url))
}

/// What stands in the body.
fn body(letter: &Letter) -> (String, String) {
    let said = &letter.entry.said;
    let mut text = serde_json::Map::new();
    if letter.to.wanted != Wanted::En {
        text.insert("zh".into(), said.zh.clone().into());
    }
    if letter.to.wanted != Wanted::Zh {
        text.insert("en".into(), said.en.clone().into());
    }
    let body = json!({
        "id": said.id, "kind": said.kind, "holder": said.holder, "card": said.card, "amount": said.amount, "at_ms": said.at_ms,
        "text": text,
    });
    (said.id.clone(), body.to_string())
}

/// What an answer means. A receiver that fails inside may have taken it before.
fn meant(status: u16) -> Answer {
    let why = format!("http {status}");
    match status {
        200..=299 => Answer::Said(None),
        410 => Answer::Stop(why),
        400 | 413 | 422 => Answer::Later(why),
        _ => Answer::Down { why, unsure: status >= 500 },
    }
}

impl Sink for Hook {
    fn send(&mut self, letter: &Letter, now_ms: i64) -> Answer {
        let ((id, body), at) = ((self.form)(letter), now_ms / 1_000);
        let mut request = self
            .agent
            .post(&self.url)
            .header("content-type", "application/json; charset=utf-8")
            .header("slipway-signature", signature(&self.keys, at, body.as_bytes()))
            .header("slipway-notice", &id)
            .header("idempotency-key", &id);
        if letter.again {
            request = request.header("slipway-again", "1");
        }
        match request.send(body.as_bytes()) {
            Ok(answer) => meant(answer.status().as_u16()),
            Err(error) => {
                let never = matches!(
                    error,
                    ureq::Error::HostNotFound
                        | ureq::Error::ConnectionFailed
                        | ureq::Error::Tls(_)
                        | ureq::Error::Rustls(_)
                ) || matches!(&error, ureq::Error::Io(io) if io.kind() == std::io::ErrorKind::ConnectionRefused)
                    || matches!(error, ureq::Error::Timeout(ureq::Timeout::Connect | ureq::Timeout::Resolve));
                Answer::Down { why: error.to_string(), unsure: !never }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn http_is_for_this_machine() {
        for (url, here) in [
            ("http://127.0.0.1:8080/x", true),
            ("http://localhost/x", true),
            ("http://[::1]:80/", true),
            ("http://192.0.2.7/x", false),
            ("http://127.0.0.1:80@192.0.2.7/x", false),
            ("http://127.0.0.1.example/x", false),
            ("ftp://127.0.0.1/x", false),
        ] {
            assert_eq!(is_here_by_http(url), here, "{url}");
        }
    }

    #[test]
    fn what_an_answer_means() {
        for (status, want) in [
            (200, Answer::Said(None)),
            (204, Answer::Said(None)),
            (302, Answer::Down { why: "http 302".into(), unsure: false }),
            (400, Answer::Later("http 400".into())),
            (401, Answer::Down { why: "http 401".into(), unsure: false }),
            (410, Answer::Stop("http 410".into())),
            (429, Answer::Down { why: "http 429".into(), unsure: false }),
            (500, Answer::Down { why: "http 500".into(), unsure: true }),
        ] {
            assert_eq!(meant(status), want, "{status}");
        }
    }
}
