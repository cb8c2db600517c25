//! `decode --check`: which fields a message carries, by a profile. Everything that does not hold is told at once.

use super::decode::DecodeArgs;
use super::given;
use super::spec::Found;
use crate::say::End;
use slipway_iso8583::profile::{Breach, Profile, unionpay_pos_profile};
use slipway_iso8583::{Dialect, Shown, UNIONPAY_POS, Wire, Wrapped, decode_mending, detect_in};

/// What does not hold.
///
/// # Errors
/// Wrong use: no profile for the dialect, a request that is no message of it.
pub fn check(args: &DecodeArgs, found: Option<Found>, shown: &Shown, bytes: &[u8]) -> Result<Vec<Breach>, End> {
    let request = args.request.as_deref().map(given::bytes).transpose()?;
    let named = args.framing.map(Wrapped::from);
    match found {
        Some(found) => {
            let (dialect, wire) = (found.dialect.clone(), found.wire.clone());
            by(&found.profile()?, &dialect, wire.as_ref(), named, bytes, request.as_deref())
        }
        None if shown.dialect == UNIONPAY_POS.name => {
            by(&unionpay_pos_profile(), &UNIONPAY_POS, None, named, bytes, request.as_deref())
        }
        None => Err(End::usage(
            "此报文规范没有内置规则；请用 --spec",
            "there is no built-in profile for this dialect; use --spec",
        )),
    }
}

fn by(
    profile: &Profile,
    dialect: &Dialect,
    wire: Option<&Wire>,
    named: Option<Wrapped>,
    bytes: &[u8],
    request: Option<&[u8]>,
) -> Result<Vec<Breach>, End> {
    let body = |bytes: &[u8]| {
        let framing = match wire {
            Some(wire) => wire.find(bytes, named),
            None => detect_in(dialect, bytes, named),
        };
        framing.map(|framing| framing.body)
    };
    let told = |fault: slipway_iso8583::Fault| End::broken(fault.zh().to_string(), fault.to_string());
    let asked = |fault: slipway_iso8583::Fault| {
        End::usage(
            format!("--request 不是本规范的报文：{}", fault.zh()),
            format!("--request is no message of the dialect: {fault}"),
        )
    };
    let range = body(bytes).map_err(told)?;
    let (message, _) = decode_mending(dialect, bytes.get(range).unwrap_or_default()).map_err(told)?;
    let Some(request) = request else { return Ok(profile.check(&message, None)) };
    let range = body(request).map_err(asked)?;
    let (request, _) = decode_mending(dialect, request.get(range).unwrap_or_default()).map_err(asked)?;
    Ok(profile.check(&message, Some(&request)))
}

/// The end of the command: broken when a rule does not hold.
///
/// # Errors
/// 1 with the number of breaches.
pub fn end(breaches: Option<&[Breach]>) -> Result<(), End> {
    match breaches.map_or(0, <[Breach]>::len) {
        0 => Ok(()),
        n => Err(End::broken(format!("{n} 处不符合规则"), format!("{n} rules do not hold"))),
    }
}
