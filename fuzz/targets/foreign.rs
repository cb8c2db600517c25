//! A layout of a stranger and a file by it, in pieces of any size: a fault with a place inside the file, or rows that are sorted, of
//! the day, and as many as it has lines at most; and whatever the pieces, the answer is one.
#![no_main]

use libfuzzer_sys::fuzz_target;
use slipway_recon::foreign::{ForeignFault, Layout, Reader, decoder, layout};
use slipway_recon::four::Row;
use slipway_terms::BusinessDate;

const CUT: &[u8] = b"\n----\n";
const DAY: BusinessDate = BusinessDate { year: 2026, month: 3, day: 2 };

fn read(layout: &Layout, file: &[u8], piece: usize) -> Result<Vec<Row>, ForeignFault> {
    let decode = decoder(layout.encoding);
    let mut reader = Reader::new(layout, DAY);
    for piece in file.chunks(piece) {
        reader.take(piece, &decode)?;
    }
    reader.end(&decode)
}

fuzz_target!(|data: &[u8]| {
    let Some(cut) = data.windows(CUT.len()).position(|window| window == CUT) else { return };
    let (text, file) = (&data[..cut], &data[cut + CUT.len()..]);
    let Ok(text) = core::str::from_utf8(text) else { return };
    let layout = match layout(text) {
        Ok(layout) => layout,
        Err(fault) => return assert!(!fault.at.is_empty() && !fault.zh.is_empty() && !fault.en.is_empty()),
    };
    let got = read(&layout, file, usize::MAX);
    for piece in [1, 5, 64] {
        assert_eq!(read(&layout, file, piece), got);
    }
    let lines = file.split(|byte| *byte == b'\n').count() as u64;
    match got {
        Err(fault) => {
            assert!((1..=lines + 1).contains(&fault.line), "{fault}");
            assert!(!fault.to_string().is_empty());
        }
        Ok(rows) => {
            assert!(rows.len() as u64 <= lines);
            assert!(rows.is_sorted_by_key(|row| (row.key, row.place)));
            for row in rows {
                assert!(row.amount_fen != 0 && Row::read(&row.to_bytes()) == Ok(row));
            }
        }
    }
});
