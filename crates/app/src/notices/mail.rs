//! E-mail: one message a notice, with a Message-ID made of the notice's id, so that a second copy is known as one.

use super::courier::{Answer, Letter, Wanted};
use super::settings::{Mail, Secured, believed, is_here, password, wrong};
use super::sink::Sink;
use crate::say::End;
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::{SmtpTransport, Transport};
use sha2::{Digest, Sha256};
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

/// The mail server of a configuration.
pub struct Post {
    from: Mailbox,
    server: SmtpTransport,
}

impl Post {
    /// Reads password and certificates.
    ///
    /// # Errors
    /// 2: a setting or a file is not right.
    pub fn new(settings: &Mail, home: &Path) -> Result<Self, End> {
        let wrong = |zh, en| wrong("mail", zh, en);
        let from = settings.from.parse().map_err(|_| wrong("from 不是邮箱地址", "`from` is no mailbox"))?;
        let (host, port) = settings
            .at
            .rsplit_once(':')
            .and_then(|(host, port)| Some((host, port.parse().ok()?)))
            .ok_or_else(|| wrong("at 应为 主机:端口", "`at` is HOST:PORT"))?;
        let mut server = SmtpTransport::builder_dangerous(host)
            .port(port)
            .timeout(Some(Duration::from_secs(settings.answer_s.into())));
        if settings.secured == Secured::None {
            if !is_here(&settings.at) {
                return Err(wrong(
                    "只有本机的邮件服务器可以不加密",
                    "only a mail server on this machine may go without TLS",
                ));
            }
        } else {
            let pem = believed(settings.ca.as_ref(), home, "mail")?;
            let fault = |_| wrong("ca 中没有可用的证书", "`ca` holds no usable certificate");
            let mut tls = TlsParameters::builder(host.to_owned()).certificate_store(CertificateStore::None);
            for root in each_certificate(&pem) {
                tls = tls.add_root_certificate(Certificate::from_pem(root.as_bytes()).map_err(fault)?);
            }
            let tls = tls.build_rustls().map_err(fault)?;
            server = server.tls(match settings.secured {
                Secured::Tls => Tls::Wrapper(tls),
                _ => Tls::Required(tls),
            });
        }
        match (&settings.user, &settings.password) {
            (Some(user), Some(file)) => {
                let secret = password(&home.join(file))?;
                server = server.credentials(Credentials::new(user.clone(), secret.to_string()));
            }
            (None, None) => {}
            _ => return Err(wrong("user 和 password 须同时给出", "`user` and `password` go together")),
        }
        Ok(Self { from, server: server.build() })
    }

    fn message(&self, letter: &Letter) -> Result<Message, String> {
        let said = &letter.entry.said;
        let id: String = Sha256::digest(said.id.as_bytes()).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        let (zh, en) = match said.kind.as_str() {
            "decline" => ("交易未成功", "Payment declined"),
            "refund" => ("款项退回", "Money back"),
            _ => ("账户支出", "Account debited"),
        };
        let subject = match letter.to.wanted {
            Wanted::Zh => zh.to_owned(),
            Wanted::En => en.to_owned(),
            Wanted::Both => format!("{zh} / {en}"),
        };
        let to = letter.to.address.parse().map_err(|_| "邮箱无法使用 / no mailbox".to_owned())?;
        let written = UNIX_EPOCH + Duration::from_millis(said.written_ms.unsigned_abs());
        Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(subject)
            .date(written)
            .message_id(Some(format!("<{id}@{}>", self.from.email.domain())))
            .header(ContentType::TEXT_PLAIN)
            .body(format!("{}\n\n{}\n", letter.text(), said.id))
            .map_err(|error| error.to_string())
    }
}

/// The certificates of a PEM file, one by one.
fn each_certificate(pem: &[u8]) -> Vec<String> {
    const END: &str = "-----END CERTIFICATE-----";
    let text = String::from_utf8_lossy(pem);
    let whole = text.split_inclusive(END).filter(|part| part.ends_with(END));
    whole.filter_map(|part| part.find("-----BEGIN CERTIFICATE-----").map(|at| part[at..].to_owned())).collect()
}

impl Sink for Post {
    fn send(&mut self, letter: &Letter, _now_ms: i64) -> Answer {
        let message = match self.message(letter) {
            Ok(message) => message,
            Err(why) => return Answer::Refused(why),
        };
        match self.server.send(&message) {
            Ok(answer) => Answer::Said(answer.first_word().map(str::to_owned)),
            Err(error) => meant(&error),
        }
    }
}

/// What a failure means. A code of the 5xx is about this mailbox or this text, unless it is about us (530, 535).
fn meant(error: &lettre::transport::smtp::Error) -> Answer {
    let why = error.to_string();
    let code = error.status().map(u16::from);
    match code {
        Some(530 | 534 | 535 | 538 | 421 | 454) => Answer::Down { why, unsure: false },
        Some(550 | 551 | 552 | 553 | 556) => Answer::Refused(why),
        Some(_) => Answer::Later(why),
        // Without an answer nobody knows whether the text had arrived.
        None => Answer::Down { why, unsure: !error.is_client() && !error.is_tls() && !nobody_was_there(error) },
    }
}

fn nobody_was_there(error: &(dyn std::error::Error + 'static)) -> bool {
    let refused = error.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
    refused == Some(std::io::ErrorKind::ConnectionRefused) || error.source().is_some_and(nobody_was_there)
}
