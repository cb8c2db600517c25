use super::*;
use crate::network::sample;
use slipway_terms::{BatchNo, Stan};

/// Rows in memory.
struct Rack(Vec<(Key, AcquirerRow)>);

impl Shelf for Rack {
    fn scan(&self, scan: Scan) -> Option<Vec<(Key, Vec<u8>)>> {
        let fits = self.0.iter().rev().filter(|(key, _)| key.as_bytes().starts_with(scan.prefix.as_bytes()));
        let rows = fits.map(|(key, row)| {
            let mut bytes = Vec::new();
            row.encode(&mut bytes);
            (*key, bytes)
        });
        Some(rows.take(usize::from(scan.rows_max)).collect())
    }

    fn below(&self, prefix: Key, below: Key, rows_max: u16) -> Option<Vec<(Key, Vec<u8>)>> {
        let scan = Scan { prefix, rows_max: u16::MAX, newest_first: true };
        let rows = self.scan(scan)?.into_iter().filter(|(key, _)| *key < below);
        Some(rows.take(usize::from(rows_max)).collect())
    }
}

#[test]
fn a_day_with_more_slips_than_one_look_is_looked_at_whole_and_in_order() {
    let day = BusinessDate { year: 2026, month: 11, day: 27 };
    let row = |terminal, stan| {
        let merchant = sample::merchant_of(terminal).id;
        let (terminal, stan) = (sample::terminal(terminal), Stan::new(stan).unwrap());
        let till = TillKey { terminal, merchant, batch: BatchNo(1), stan };
        (SlipDay::key(&(day, till)), SlipDay { till, rrn: None, minor: 8_800, last4: 14 })
    };
    let mut all: Vec<_> = (1..=3).flat_map(|terminal| (1..=300).map(move |stan| row(terminal, stan))).collect();
    all.sort_by_key(|(key, _)| *key);
    let rack = Rack(all.iter().map(|(key, row)| (*key, (*row).wrap())).collect());
    let prefix = Key::of(<SlipDay as Record<AcquirerRow>>::SPACE).with(&day);
    for rows_max in [2, 7, 899, 900, 901] {
        let mut found: Vec<SlipDay> = Vec::new();
        parts::<SlipDay>(&rack, prefix, rows_max, &mut |rows| found.extend(rows)).unwrap();
        let tills: Vec<_> = found.iter().map(|row| row.till).collect();
        let want: Vec<_> = all.iter().rev().map(|(_, row)| row.till).collect();
        assert_eq!(tills, want, "looks of {rows_max}");
        let by_and_by = newest::<SlipDay>(&rack, &day, None, rows_max).map(|row| row.unwrap().till);
        assert_eq!(by_and_by.collect::<Vec<_>>(), want, "parts of {rows_max}");
        let half = newest::<SlipDay>(&rack, &day, Some(all[450].0), rows_max).map(|row| row.unwrap().till);
        assert_eq!(half.collect::<Vec<_>>(), want[450..], "parts of {rows_max} behind the half");
    }
}
