//! What stood open at the acquirer when a subscription was made: slips that were waited for, and undos without an answer. Their rows do not
//! say when that ended, so these marks do: it ended after the subscription was made, and is told. Without them an answer of before whose
//! slip comes later would be told to nobody. `webhooks/ID.open`, one key in hexadecimal digits a line, readable by its owner only.

use super::exchange::open_key;
use super::private;
use crate::archive::shelf::{self, Shelf};
use crate::say::End;
use slipway_hosts::acquirer::{Ground, Open, OpenCase, TAG_REVERSAL};
use slipway_node::{Key, OUTBOX_SPACE, Scan};
use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;

/// Undos that are looked at: more wait only when the switch has been away for long, and then the newest count.
const UNDOS_MAX: u16 = u16::MAX;

/// The marks of one subscription.
pub type Marks = BTreeSet<Key>;

/// What stands open now. The acquirer answers in its own order, so what it commits later is heard by whoever listens already.
pub fn now(shelf: &dyn Shelf) -> Result<Marks, End> {
    let mut marks = Marks::new();
    let waits = shelf::every::<Open>(shelf, &(), |_| true)?;
    marks.extend(waits.iter().map(|open| open_key(&open.till)));
    // Other cases have a slip, or have their exchange in the queue above.
    let no_slip = |case: &OpenCase| matches!(case.ground, Ground::Unconfirmed | Ground::Borne);
    let cases = shelf::every::<OpenCase>(shelf, &(), no_slip)?;
    marks.extend(cases.iter().map(|case| open_key(&case.till)));
    let prefix = Key::of(OUTBOX_SPACE).with(&TAG_REVERSAL);
    let scan = Scan { prefix, rows_max: UNDOS_MAX, newest_first: true };
    let undos = shelf.scan(scan).ok_or_else(|| {
        End::environment("收单行没有应答：没有订阅", "the acquirer did not answer: nothing was subscribed to")
    })?;
    marks.extend(undos.into_iter().map(|(key, _)| key));
    Ok(marks)
}

fn hex(key: &Key) -> String {
    slipway_iso8583::hex(key.as_bytes())
}

/// Writes them down, durable when this returns.
pub fn write(path: &Path, marks: &Marks) -> Result<(), End> {
    let mut file = private::open(path)?;
    file.set_len(0)?;
    file.write_all(marks.iter().map(|key| hex(key) + "\n").collect::<String>().as_bytes())?;
    file.sync_all().map_err(End::from)
}

/// Those that were written down; none of a subscription without.
pub fn read(path: &Path) -> Result<Marks, End> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Marks::new()),
        Err(error) => return Err(error.into()),
    };
    Ok(text.lines().filter_map(key_of).collect())
}

fn key_of(line: &str) -> Option<Key> {
    let byte = |at: usize| u8::from_str_radix(line.get(at..at + 2)?, 16).ok();
    let bytes: Option<Vec<u8>> = (0..line.len()).step_by(2).map(byte).collect();
    Key::from_bytes(&bytes?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use slipway_hosts::acquirer::{AcquirerRow, Wait};
    use slipway_node::{Record, Rows, outbox_id};
    use slipway_terms::{BatchNo, MerchantId, Moment, Stan, TerminalId, TillKey};

    struct Stored(Vec<(Key, Vec<u8>)>);

    impl Shelf for Stored {
        fn scan(&self, scan: Scan) -> Option<Vec<(Key, Vec<u8>)>> {
            let fits = |key: &Key| key.as_bytes().starts_with(scan.prefix.as_bytes());
            Some(self.0.iter().filter(|(key, _)| fits(key)).cloned().collect())
        }

        fn below(&self, _: Key, _: Key, _: u16) -> Option<Vec<(Key, Vec<u8>)>> {
            None
        }
    }

    fn till(no: u32) -> TillKey {
        TillKey {
            merchant: MerchantId::new("999290054110001").unwrap(),
            terminal: TerminalId::new("10000001").unwrap(),
            batch: BatchNo(1),
            stan: Stan::new(no).unwrap(),
        }
    }

    #[test]
    fn what_stands_open_is_marked_and_read_again() {
        fn stored<R: Record<AcquirerRow>>(key: Key, row: R) -> (Key, Vec<u8>) {
            let mut bytes = Vec::new();
            row.wrap().encode(&mut bytes);
            (key, bytes)
        }
        let waits = Open { till: till(1), due: Moment(9), wait: Wait::Confirmation };
        let case = OpenCase { till: till(2), ground: Ground::Unconfirmed, due: None };
        let twice = OpenCase { till: till(5), ground: Ground::PaidTwice, due: None };
        let undo = outbox_id(TAG_REVERSAL, &till(3));
        let other = outbox_id(TAG_REVERSAL + 1, &till(4));
        let shelf = Stored(vec![
            stored(open_key(&till(1)), waits),
            stored(Key::of(<OpenCase as Record<AcquirerRow>>::SPACE).with(&till(2)), case),
            stored(Key::of(<OpenCase as Record<AcquirerRow>>::SPACE).with(&till(5)), twice),
            (undo, vec![]),
            (other, vec![]),
        ]);
        let marks = now(&shelf).unwrap();
        assert_eq!(marks, Marks::from([open_key(&till(1)), open_key(&till(2)), undo]));
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("w1.open");
        assert_eq!(read(&path).unwrap(), Marks::new());
        write(&path, &marks).unwrap();
        assert_eq!(read(&path).unwrap(), marks);
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
