//! `clearing`: each debit that stands appears in exactly one day's file, what the files say of an exchange is what it moved, and
//! between a host and the network stands what its files say and nothing else. Adds up by itself; knows no fee.

use super::books::{Books, Wrong};
use crate::cast::{self, ISSUERS, MEMBER_NODES};
use slipway_hosts::ledger::Account;
use slipway_recon::Entry;
use slipway_recon::clearing::Day;
use slipway_terms::{BusinessDate, SwitchKey};
use std::collections::BTreeMap;

pub(crate) fn judge<'a>(books: &Books, days: impl Iterator<Item = &'a Day>) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    let mut entries: BTreeMap<SwitchKey, (i64, Vec<BusinessDate>)> = BTreeMap::new();
    let mut nets: BTreeMap<usize, i64> = BTreeMap::new();
    for day in days {
        let mut gross: BTreeMap<usize, i64> = BTreeMap::new();
        for detail in &day.details {
            let later = matches!(detail.entry, Entry::LateReversal | Entry::CreditAdjustment | Entry::DebitAdjustment);
            let of = entries.entry(detail.exchange).or_default();
            of.0 += detail.amount_fen;
            of.1.extend((!later).then_some(day.date));
            for node in MEMBER_NODES {
                let own = cast::institution(node);
                let sign = i64::from(own == Some(detail.acquirer)) - i64::from(own == Some(detail.issuer));
                *nets.entry(node).or_default() += sign * detail.amount_fen;
                *gross.entry(node).or_default() += sign * detail.amount_fen;
            }
        }
        for (node, minor) in gross {
            let counted = cast::institution(node).map(|member| books.position_of(&member, day.date));
            if counted != Some(minor) {
                let who = cast::call_name(node);
                wrong.push((
                    "clearing",
                    format!("{who} on {}: files {minor}, the switch's totals {counted:?}", day.date),
                ));
            }
        }
    }
    for (exchange, moves) in books.all_moves() {
        let (sum, first) = entries.remove(exchange).unwrap_or_default();
        if sum != moves.position - books.borne_by_acquirer(exchange) {
            wrong.push(("clearing", format!("{exchange} moved {moves:?}, its entries say {sum}")));
        }
        if first.len() > 1 || (sum != 0 && first.is_empty()) {
            wrong.push(("clearing", format!("{exchange} stands on the days {first:?}")));
        }
    }
    for (exchange, (sum, _)) in entries {
        wrong.push(("clearing", format!("{exchange} has entries of {sum} and moved nothing")));
    }
    for node in MEMBER_NODES {
        let who = cast::call_name(node);
        let open = if ISSUERS.contains(&node) { Account::Suspense } else { Account::NetworkReceivable };
        let (left, network) = (books.balance_of(node, &open), books.balance_of(node, &Account::Network));
        if left != 0 {
            wrong.push(("clearing", format!("{who} still has {left} in {open:?}")));
        }
        let net = nets.get(&node).copied().unwrap_or(0);
        if network != net {
            wrong.push(("clearing", format!("{who} has {network} with the network, its files say {net}")));
        }
    }
    wrong
}
