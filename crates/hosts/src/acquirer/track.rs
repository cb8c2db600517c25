//! Track encryption (DE 53 digit 3 = 1): a track is opened in the vault, under the keys that the message's code is good under, and
//! goes on in clear to the switch, whose line is its own.

use super::{Acquirer, gate};
use alloc::borrow::Cow;
use slipway_node::{Facts, Told, Wants};
use slipway_terms::{Message, ResponseCode, Security};

/// The message with its track open. While wanting, the question is asked as soon as the keys are known. 96 (doubt) while the
/// vault cannot say, and A7 for what is no track under these keys: every copy of the request is told the same.
pub(super) fn opened<'m>(
    m: &'m Message,
    seen: &Facts<'_, Acquirer>,
    out: Option<&mut Wants>,
) -> Result<Cow<'m, Message>, ResponseCode> {
    if m.closed_track.is_none() {
        return Ok(Cow::Borrowed(m));
    }
    // While wanting, the terminal may not be read yet: nothing is known of its keys then.
    let known = m.terminal.is_some_and(|id| seen.known::<super::Terminal>(&id).is_some());
    let seat = if known { gate::enter(m, seen).ok() } else { None };
    let ask = seat.and_then(|seat| seat.by.track_ask(m)).ok_or(ResponseCode::SECURITY_FAILED)?;
    let told = seen.told(&ask);
    let track = match told {
        Some(Told::TrackOpened(track)) => track.clone(),
        Some(Told::No) => return Err(ResponseCode::SECURITY_FAILED),
        _ => {
            if let Some(out) = out {
                out.ask(ask);
            }
            return Err(ResponseCode::MALFUNCTION);
        }
    };
    let mut open = m.clone();
    open.closed_track = None;
    open.security = m.security.map(|security| Security { track: false, ..security });
    open.track2 = Some(track);
    Ok(Cow::Owned(open))
}
