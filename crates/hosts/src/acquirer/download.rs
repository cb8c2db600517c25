//! What a terminal fetches (0800): parameters (360), their end (361), the card blacklist (390); the ends of the chip loops. No
//! MAC, as the reference has it: nothing here opens a door that the hosts do not guard themselves.

use super::{Acquirer, AcquirerRow, Blacklist, Merchant, Terminal, gate, named};
use alloc::{boxed::Box, format, string::String};
use slipway_node::{Decision, Facts, Line, Peer, Wants};
use slipway_terms::{Message, Moment, ResponseCode};

const PARAMETERS: u16 = 360;
const PARAMETERS_END: u16 = 361;
const CA_KEY: u16 = 370;
const CA_END: u16 = 371;
const CHIP: u16 = 380;
const CHIP_END: u16 = 381;
const BLACKLIST: u16 = 390;

/// Prefixes in one answer: 40 of 21 characters stay well below the field's 999 bytes.
const PREFIXES_MAX: usize = 40;

fn code_of(m: &Message) -> u16 {
    m.till60.and_then(|till| till.management).unwrap_or(0)
}

/// Whether this 0800 is a download and no sign-on.
pub(super) fn asks(m: &Message) -> bool {
    matches!(code_of(m), PARAMETERS | PARAMETERS_END | CA_KEY | CA_END | CHIP | CHIP_END | BLACKLIST)
}

/// The terminal, its merchant, the blacklist.
pub(super) fn wants(m: &Message, seen: &Facts<'_, Acquirer>, out: &mut Wants) {
    let Some(id) = m.terminal else { return };
    out.row::<Terminal, AcquirerRow>(&id).row::<Blacklist, AcquirerRow>(&());
    if let Some(terminal) = seen.known::<Terminal>(&id) {
        out.row::<Merchant, AcquirerRow>(&terminal.merchant);
    }
}

/// 97 unknown, 03 another merchant, 30 a position that is none, 25 a chip parameter we do not have.
pub(super) fn decide(
    a: &Acquirer,
    at: Moment,
    line: Line,
    m: &Message,
    facts: &Facts<'_, Acquirer>,
) -> Decision<Acquirer> {
    let terminal = m.terminal.and_then(|id| facts.get::<Terminal>(&id)).filter(|terminal| terminal.active);
    let Some(terminal) = terminal else {
        return gate::refuse(a, at, line, m, (ResponseCode::UNREGISTERED_TERMINAL, None));
    };
    let merchant = facts.get::<Merchant>(&terminal.merchant).filter(|bound| Some(bound.id) == m.merchant);
    let Some(merchant) = merchant else {
        return gate::refuse(a, at, line, m, (ResponseCode::INVALID_MERCHANT, None));
    };
    let body = match code_of(m) {
        PARAMETERS => Ok(Some(parameters(a, merchant))),
        BLACKLIST => blacklist(m, facts).map(Some),
        CA_KEY | CHIP => Err(ResponseCode::NO_ORIGINAL),
        _ => Ok(None),
    };
    let body = match body {
        Ok(body) => body,
        Err(code) => return gate::refuse(a, at, line, m, (code, None)),
    };
    let mut d = Decision::nothing();
    let mut said = m.answer(ResponseCode::APPROVED);
    (said.time, said.date, said.acquirer) = (Some(at.clock()), Some(at.month_day()), Some(a.id));
    said.private62 = body.map(|text| Box::from(text.into_bytes()));
    d.send(Peer::Line(line), said, None);
    d.count("acquirer_download");
    d
}

/// Our own list, tag 2, length 2, value; each stands in `docs/wire.md`.
fn parameters(a: &Acquirer, merchant: &Merchant) -> String {
    let mut text = String::new();
    let offline_count = if merchant.offline_max_minor == 0 { 0 } else { 20 };
    let answer_s = a.times.terminal_ms / 1_000;
    for (tag, value) in [
        ("01", format!("{answer_s:03}")),
        ("02", "3".into()),
        ("03", format!("{:012}", merchant.offline_max_minor)),
        ("04", format!("{offline_count:03}")),
        ("05", format!("{:03}", named::ADJUST_MAX_PERCENT - 100)),
        ("06", "1".into()),
    ] {
        text += &format!("{tag}{:02}{value}", value.len());
    }
    text
}

/// From the position asked for: `2` if more follows, else `1`, then each prefix with its length.
fn blacklist(m: &Message, facts: &Facts<'_, Acquirer>) -> Result<String, ResponseCode> {
    let asked = m.private62.as_deref().unwrap_or(b"000");
    let from = core::str::from_utf8(asked).ok().and_then(|text| text.parse::<usize>().ok());
    let from = from.filter(|_| asked.len() == 3).ok_or(ResponseCode::FORMAT_ERROR)?;
    let list = facts.get::<Blacklist>(&()).map_or(&[][..], |list| list.prefixes.as_slice());
    let rest = list.get(from..).unwrap_or_default();
    let mut text = String::from(if rest.len() > PREFIXES_MAX { "2" } else { "1" });
    for prefix in rest.iter().take(PREFIXES_MAX) {
        text += &format!("{:02}{prefix}", prefix.as_str().len());
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Mode, World};
    use super::*;
    use slipway_node::Record;
    use slipway_terms::{BatchNo, Short, Till60};

    fn ask(w: &mut World, code: u16, field62: Option<&[u8]>) -> (String, String) {
        let mut m = w.base(800);
        (m.stan, m.till60) = (None, Some(Till60::management(BatchNo(7), code)));
        m.private62 = field62.map(Box::from);
        let left = w.hear(m);
        let body = left.said().private62.as_deref().unwrap_or_default().to_vec();
        (left.code(), String::from_utf8(body).unwrap())
    }

    #[test]
    fn parameters_blacklist_and_the_ends() {
        let mut w = World::signed_on(Mode::Plain);
        let want = String::from("010306002013031200000003000004030200503020") + "06011";
        assert_eq!(ask(&mut w, 360, None), ("00".into(), want));
        assert_eq!(ask(&mut w, 361, None), ("00".into(), String::new()));
        assert_eq!(ask(&mut w, 390, Some(b"000")), ("00".into(), "1".into()));
        let prefixes = (0..45).map(|no| Short::cut(&format!("9990{no:02}"))).collect();
        let list = Blacklist { prefixes };
        w.write(&<Blacklist as Record<AcquirerRow>>::key(&()), &list.wrap());
        let (code, first) = ask(&mut w, 390, Some(b"000"));
        assert_eq!((code.as_str(), &first[..17], first.len()), ("00", "20699900006999001", 1 + 40 * 8));
        assert_eq!(ask(&mut w, 390, Some(b"040")).1.len(), 1 + 5 * 8);
        assert_eq!(ask(&mut w, 390, Some(b"xx")).0, "30");
        assert_eq!(ask(&mut w, 380, None).0, "25");
        assert_eq!(ask(&mut w, 381, None).0, "00");
    }
}
