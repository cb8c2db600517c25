//! The members and BINs that a network starts with.

use super::record::{Bin, Member, SwitchRow};
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use slipway_node::{Key, Record};
use slipway_terms::{BadShape, CardType, InstitutionId, Short};

/// Rows for these members and routes. A route is a prefix of 6 to 10 digits, its issuer, and debit or credit; a shorter, longer or
/// non-numeric prefix is [`BadShape`]. Links start down.
pub fn seed(members: &[Member], routes: &[(&str, InstitutionId, CardType)]) -> Result<Vec<(Key, SwitchRow)>, BadShape> {
    let mut rows: Vec<(Key, SwitchRow)> =
        members.iter().map(|member| (Member::key(&member.id), Member { up: false, ..member.clone() }.wrap())).collect();
    let mut bins = BTreeMap::<u32, Bin>::new();
    for (prefix, issuer, card) in routes {
        let digits = prefix.bytes().all(|b| b.is_ascii_digit()) && (6..=10).contains(&prefix.len());
        let first6 = prefix.get(..6).and_then(|six| six.parse().ok()).filter(|_| digits);
        let first6: u32 = first6.ok_or(BadShape("a BIN is 6 to 10 digits"))?;
        let bin = bins.entry(first6).or_insert(Bin { first6, routes: Vec::new() });
        bin.routes.push((Short::new(prefix)?, *issuer, *card));
    }
    rows.extend(bins.into_values().map(|bin| (Bin::key(&bin.first6), bin.wrap())));
    Ok(rows)
}
