//! The clerk: plays a transaction to its end by answering what the screen asks, as a person would who reads it.

use super::words::Tail;
use slipway_node::{Act, KeyPress, Show};
use slipway_terms::{Kind, OperatorNo};

use crate::window::cards::Card;

/// The most questions of one transaction.
pub const QUESTIONS_MAX: usize = 12;

/// Whether the screen says that something is on its way, and the next screen comes by itself.
pub fn waits(show: &Show) -> bool {
    let waits = |zh: &str| zh.ends_with("请稍候") || zh == "正在签到" || zh.ends_with("正在重连");
    show.lines.iter().any(|line| waits(&line.zh))
}

/// Whether the screen asks for the card.
pub fn asks_card(show: &Show) -> bool {
    show.lines.iter().any(|line| line.zh.contains("请刷卡") || line.zh.contains("请输入卡号"))
}

/// What the clerk does at this screen; `None`: the transaction has come to an end, or asks what the script must answer.
pub fn answer(show: &Show, kind: Kind, tail: &Tail, cards: &[Card]) -> Option<Act> {
    let says = |zh: &str| show.lines.iter().any(|line| line.zh.contains(zh));
    let card = tail.card.and_then(|no| cards.get(no - 1));
    if show.pin_entry {
        let own = || card.and_then(|card| card.pin.as_deref()).and_then(|pin| slipway_terms::Pin::new(pin).ok());
        return Some(Act::Pin(tail.pin.clone().unwrap_or_else(own)));
    }
    if says("同卡同金额") {
        // Without a reason the script answers itself.
        return tail.again.map(Act::PayAgain);
    }
    if says("主管密码") {
        return tail.by.as_ref().map(|(no, password)| Act::Allow(OperatorNo(*no), password.clone()));
    }
    if asks_card(show) {
        let card = card?;
        return if tail.keyed || kind == Kind::Moto {
            Some(card.key())
        } else {
            card.swipe().or_else(|| Some(card.key()))
        };
    }
    let asks = says("与卡面一致请按确认") || says("无误请按确认") || (tail.go && says("确认继续"));
    asks.then_some(Act::Key(KeyPress::Enter))
}
