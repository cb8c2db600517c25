//! Short messages over SMPP 3.4: bound as a transmitter, one message under way at a time. What a centre accepts it delivers; that
//! is all that is said of it.
//!
//! A centre can only be asked for a message by the number it gave it, and a lost answer takes that number with it: so nothing is
//! asked, the message goes out again, with the same reference.

mod line;
pub mod text;

use super::courier::{Answer, Letter};
use super::settings::{Long, Smpp, believed, password, wrong};
use super::sink::Sink;
use crate::say::End;
use line::{Line, Security};
use rusmpp_core::CommandStatus;
use rusmpp_core::pdus::owned::{BindTransmitter, Pdu, SubmitSm};
use rusmpp_core::tlvs::owned::MessageSubmissionRequestTlvValue as Tag;
use rusmpp_core::types::owned::{AnyOctetString, COctetString, OctetString};
use rusmpp_core::values::owned::MessagePayload;
use rusmpp_core::values::{EsmClass, InterfaceVersion, Npi, Ton, UserMessageReference};
use sha2::{Digest, Sha256};
use std::path::Path;
use std::time::Duration;
use text::Coded;

/// How long a line is silent before it is asked whether it stands; what the centre asked meanwhile is answered then.
const SILENT_MS: i64 = 5_000;

/// The centre of a configuration.
pub struct Centre {
    at: String,
    bind: BindTransmitter,
    source: (Ton, Npi, COctetString<1, 21>),
    long: Long,
    security: Security,
    answer: Duration,
    line: Option<Line>,
    heard_ms: i64,
}

impl Centre {
    /// Reads password and certificates.
    ///
    /// # Errors
    /// 2: a setting or a file is not right.
    pub fn new(settings: &Smpp, home: &Path) -> Result<Self, End> {
        let wrong = |zh, en| wrong("smpp", zh, en);
        let secret = password(&home.join(&settings.password))?;
        let name = |_| wrong("system_id 不超过 15 个字符", "`system_id` has 15 characters at most");
        let short = |_| wrong("密码不超过 8 个字符", "the password has 8 characters at most");
        let kind = |_| wrong("system_type 不超过 12 个字符", "`system_type` has 12 characters at most");
        let bind = BindTransmitter {
            system_id: settings.system_id.parse().map_err(name)?,
            password: secret.parse().map_err(short)?,
            system_type: settings.system_type.parse().map_err(kind)?,
            interface_version: InterfaceVersion::Smpp3_4,
            ..BindTransmitter::default()
        };
        let host = settings.at.rsplit_once(':').map_or("", |(host, _)| host);
        if host.is_empty() {
            return Err(wrong("at 应为 主机:端口", "`at` is HOST:PORT"));
        }
        let security = match &settings.ca {
            Some(_) => {
                let pem = believed(settings.ca.as_ref(), home, "smpp")?;
                Security::tls(&pem, host)
                    .ok_or_else(|| wrong("ca 中没有可用的证书", "`ca` holds no usable certificate"))?
            }
            None => Security::Plain,
        };
        let source = source(&settings.source).ok_or_else(|| {
            wrong("source 应为号码或不超过 11 个字符的名称", "`source` is a number, or a name of up to 11 characters")
        })?;
        let answer = Duration::from_secs(settings.answer_s.into());
        let (at, long) = (settings.at.clone(), settings.long);
        Ok(Self { at, bind, source, long, security, answer, line: None, heard_ms: 0 })
    }

    /// The messages of one notice.
    fn messages(&self, letter: &Letter) -> Option<Vec<SubmitSm>> {
        let coded = Coded::new(&letter.text());
        let digest = Sha256::digest(letter.entry.said.id.as_bytes());
        let reference = UserMessageReference::new(u16::from_be_bytes([digest[0], digest[1]]));
        let number = letter.to.address.strip_prefix('+').unwrap_or(&letter.to.address);
        let (source_addr_ton, source_addr_npi, source_addr) = self.source.clone();
        let bare = SubmitSm::builder()
            .source_addr_ton(source_addr_ton)
            .source_addr_npi(source_addr_npi)
            .source_addr(source_addr)
            .dest_addr_ton(Ton::International)
            .dest_addr_npi(Npi::Isdn)
            .destination_addr(number.parse().ok()?)
            .data_coding(coded.coding)
            .build();
        let tag = Tag::UserMessageReference(reference);
        if self.long == Long::Payload && !coded.is_short() {
            let mut message = bare;
            message
                .set_tlvs(vec![tag, Tag::MessagePayload(MessagePayload::new(AnyOctetString::from_vec(coded.whole())))]);
            return Some(vec![message]);
        }
        let parts = coded.parts(digest[2]);
        let several = parts.len() > 1;
        let each = parts.into_iter().map(|part| {
            let mut message = bare.clone().with_short_message(OctetString::from_vec(part).ok()?);
            if several {
                message.esm_class = EsmClass::default().with_udhi_indicator();
            }
            message.set_tlvs(vec![tag.clone()]);
            Some(message)
        });
        each.collect()
    }

    /// The bound line, made if there is none.
    fn bound(&mut self) -> Result<&mut Line, String> {
        let mut line = match self.line.take() {
            Some(line) => return Ok(self.line.insert(line)),
            None => Line::open(&self.at, &self.security, self.answer).map_err(|error| format!("connect: {error}"))?,
        };
        match line.ask(Pdu::BindTransmitter(self.bind.clone())) {
            Ok((CommandStatus::EsmeRok, _)) => Ok(self.line.insert(line)),
            Ok((status, _)) => Err(format!("bind: {}", named(status))),
            Err(error) => Err(format!("bind: {error}")),
        }
    }

    fn submit(&mut self, message: SubmitSm) -> Result<Option<String>, Answer> {
        let line = self.bound().map_err(|why| Answer::Down { why, unsure: false })?;
        match line.ask(Pdu::SubmitSm(message)) {
            Ok((CommandStatus::EsmeRok, Some(Pdu::SubmitSmResp(taken)))) => {
                Ok(Some(taken.message_id().as_str().to_owned()))
            }
            Ok((CommandStatus::EsmeRok, _)) => Ok(None),
            Ok((status, _)) => Err(meant(status)),
            Err(error) => {
                self.line = None;
                Err(Answer::Down { why: format!("submit: {error}"), unsure: true })
            }
        }
    }
}

impl Drop for Centre {
    fn drop(&mut self) {
        if let Some(line) = &mut self.line {
            // A courtesy; the centre sees the end of the line anyway.
            let _ = line.ask(Pdu::Unbind);
        }
    }
}

/// A number, an international one with `+`, or a name.
fn source(text: &str) -> Option<(Ton, Npi, COctetString<1, 21>)> {
    let digits = |text: &str| !text.is_empty() && text.len() <= 20 && text.bytes().all(|b| b.is_ascii_digit());
    match text.strip_prefix('+') {
        Some(number) if digits(number) => Some((Ton::International, Npi::Isdn, number.parse().ok()?)),
        None if digits(text) => Some((Ton::Unknown, Npi::Isdn, text.parse().ok()?)),
        None if (1..=11).contains(&text.len()) && text.is_ascii() => {
            Some((Ton::Alphanumeric, Npi::Unknown, text.parse().ok()?))
        }
        _ => None,
    }
}

fn named(status: CommandStatus) -> String {
    format!("{status:?} (0x{:02x})", u32::from(status))
}

/// What a refusal means: about this number, about this text, or about us and the centre as a whole.
fn meant(status: CommandStatus) -> Answer {
    let why = named(status);
    match status {
        CommandStatus::EsmeRinvdstadr | CommandStatus::EsmeRinvdstton | CommandStatus::EsmeRinvdstnpi => {
            Answer::Refused(why)
        }
        CommandStatus::EsmeRinvmsglen | CommandStatus::EsmeRsubmitfail | CommandStatus::EsmeRunknownerr => {
            Answer::Later(why)
        }
        _ => Answer::Down { why, unsure: false },
    }
}

impl Sink for Centre {
    fn send(&mut self, letter: &Letter, now_ms: i64) -> Answer {
        let Some(messages) = self.messages(letter) else {
            return Answer::Refused("号码无法使用 / no number".into());
        };
        let mut reference = None;
        for (nth, message) in messages.into_iter().enumerate() {
            match self.submit(message) {
                Ok(taken) => reference = reference.or(taken),
                // Parts of it are there already.
                Err(Answer::Down { why, unsure }) => return Answer::Down { why, unsure: unsure || nth > 0 },
                Err(other) => return other,
            }
        }
        self.heard_ms = now_ms;
        Answer::Said(reference.filter(|reference| !reference.is_empty()))
    }

    fn idle(&mut self, now_ms: i64) {
        if now_ms - self.heard_ms < SILENT_MS {
            return;
        }
        self.heard_ms = now_ms;
        if let Some(line) = &mut self.line
            && line.ask(Pdu::EnquireLink).is_err()
        {
            self.line = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_it_is_from() {
        let of = |text: &str| source(text).map(|(ton, npi, addr)| (ton, npi, addr.as_str().to_owned()));
        assert_eq!(of("95500"), Some((Ton::Unknown, Npi::Isdn, "95500".into())));
        assert_eq!(of("+861065551234"), Some((Ton::International, Npi::Isdn, "861065551234".into())));
        assert_eq!(of("MYBANK"), Some((Ton::Alphanumeric, Npi::Unknown, "MYBANK".into())));
        for wrong in ["", "A NAME TOO LONG", "银行", "+", "+86x"] {
            assert_eq!(of(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_a_refusal_means() {
        let down = |status: CommandStatus| Answer::Down { why: named(status), unsure: false };
        for status in [CommandStatus::EsmeRthrottled, CommandStatus::EsmeRmsgqful, CommandStatus::EsmeRsyserr] {
            assert_eq!(meant(status), down(status));
        }
        let status = CommandStatus::EsmeRinvdstadr;
        assert_eq!(meant(status), Answer::Refused("EsmeRinvdstadr (0x0b)".into()));
        assert_eq!(meant(CommandStatus::EsmeRsubmitfail), Answer::Later("EsmeRsubmitfail (0x45)".into()));
    }
}
