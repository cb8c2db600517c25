//! Why a line is not there, or why its answer did not come: the closed list that the rim fills and the terminal tells.
//! Says nothing about money: whether something was sent is known to the core that sends, never read off a fault of the line.

/// What is wrong with a line. What each means for the money and what to try stands in one table of the terminal's crate.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum LineFault {
    /// GPRS: no SIM card, or not readable.
    SimMissing,
    /// GPRS: no network found.
    NoSignal,
    /// Ethernet cable or telephone line dead: no carrier, no dial tone.
    NoCarrier,
    /// The device goes on initialising: attach to the mobile network never ends.
    EndlessInit,
    /// PPP: no agreement on the link (LCP).
    PppLink,
    /// PPP: name or password refused (PAP, CHAP).
    PppAuth,
    /// No address of our own: PPP's IPCP, or DHCP.
    NoAddress,
    /// The host's name does not resolve.
    NameUnknown,
    /// No way to the host's network.
    NoRoute,
    /// The host's machine refuses: nobody listens on that port.
    Refused,
    /// The connection was not made in time.
    ConnectTimeout,
    /// Busy tone, or the host hangs up at once.
    HostBusy,
    /// TLS: the host's certificate is of nobody we trust.
    TlsUntrusted,
    /// TLS: the host's certificate is not valid now.
    TlsExpired,
    /// TLS: the host's certificate is another party's.
    TlsWrongName,
    /// TLS: the host wants a certificate of ours that it trusts.
    TlsClientRefused,
    /// One side speaks TLS 1.3 and the other does not.
    TlsNotSpoken,
    /// TLS: the handshake did not end in time.
    TlsTimeout,
    /// It was there and broke, with nothing of ours on the wire.
    Lost,
    /// It broke while an answer was awaited.
    LostWaiting,
    /// It stands, what was to be answered has left, and no answer came in time.
    NoAnswer,
}

/// Makes the list, the words and the names of the counters from one place.
macro_rules! faults {
    ($($fault:ident $word:literal,)*) => {
        impl LineFault {
            /// Every one, in the order of the list.
            pub const ALL: [Self; [$($word),*].len()] = [$(Self::$fault),*];

            /// Its stable word, for configurations and scripts.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$fault => $word),* }
            }

            /// What it is counted as.
            pub const fn counted(self) -> &'static str {
                match self { $(Self::$fault => concat!("line fault ", $word)),* }
            }
        }
    };
}

faults! {
    SimMissing "sim-missing",
    NoSignal "no-signal",
    NoCarrier "no-carrier",
    EndlessInit "endless-init",
    PppLink "ppp-link",
    PppAuth "ppp-auth",
    NoAddress "no-address",
    NameUnknown "name-unknown",
    NoRoute "no-route",
    Refused "refused",
    ConnectTimeout "connect-timeout",
    HostBusy "host-busy",
    TlsUntrusted "tls-untrusted",
    TlsExpired "tls-expired",
    TlsWrongName "tls-wrong-name",
    TlsClientRefused "tls-client-refused",
    TlsNotSpoken "tls-not-spoken",
    TlsTimeout "tls-timeout",
    Lost "lost",
    LostWaiting "lost-waiting",
    NoAnswer "no-answer",
}

impl LineFault {
    /// The fault of this word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fault| fault.word() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_listed_once_and_found_by_its_word() {
        assert_eq!(LineFault::ALL.len(), LineFault::NoAnswer as usize + 1);
        for (place, fault) in LineFault::ALL.into_iter().enumerate() {
            assert_eq!((fault as usize, LineFault::of_word(fault.word())), (place, Some(fault)));
        }
        assert_eq!(LineFault::of_word("none of them"), None);
    }
}
