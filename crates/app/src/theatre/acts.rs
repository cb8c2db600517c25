//! What a page's hands do at the terminal. A card is named by its place in the tray; its number never leaves this process.

use super::Theatre;
use crate::act;
use crate::demo::deal::named;
use crate::network::sample::OPERATOR_PASSWORD;
use crate::say::End;
use serde_json::Value;
use slipway_node::{Act, CardRead};
use slipway_runtime::os::Handle;
use slipway_terms::{OperatorNo, Pin};

impl Theatre {
    /// Reads one act: `{"act":"card","place":0,"how":"swipe"}`, `{"act":"cashier"}`, `{"act":"supervisor"}` who allows what is asked,
    /// `{"act":"begin","kind":"sale_void","last":true}` about the newest that it can be about, or any other that the terminal's door takes.
    pub(super) fn act(&self, bank: Option<&Handle>, body: &Value) -> Result<Act, End> {
        let password = || Pin::new(OPERATOR_PASSWORD).map_err(|bad| End::usage(bad.0, bad.0));
        match body["act"].as_str() {
            Some("cashier") => Ok(Act::SignIn(OperatorNo(1), password()?)),
            Some("supervisor") => Ok(Act::Allow(OperatorNo(0), password()?)),
            Some("begin") if body["last"] == true => match act::read(body)? {
                Act::Begin(kind, amount, None) => {
                    let bank = bank.ok_or_else(|| End::environment("终端没有电", "the terminal has no power"))?;
                    Ok(Act::Begin(kind, amount, Some(named(bank, self.seat, kind)?)))
                }
                other => Ok(other),
            },
            Some("card") => self.card(body),
            Some("keyed_card") => Err(no_card()),
            _ => act::read(body),
        }
    }

    fn card(&self, body: &Value) -> Result<Act, End> {
        let place = body["place"].as_u64().and_then(|place| usize::try_from(place).ok());
        let place = place.ok_or_else(no_card)?;
        let card = self.cards.get(place).ok_or_else(no_card)?;
        let chip = |contactless| {
            let said = self.slot.lock().ok().and_then(|mut slot| slot.put(place, contactless));
            said.map(|said| Act::Card(CardRead::Chip(said)))
        };
        let read = match body["how"].as_str() {
            Some("swipe") => card.swipe(),
            Some("wrong-way") => Some(Act::Card(CardRead::WrongWay)),
            Some("insert") => chip(false),
            Some("tap") => chip(true),
            Some("key") => Some(card.key()),
            _ => None,
        };
        read.ok_or_else(|| End::usage("此卡不能这样使用", "this card cannot be used so"))
    }
}

fn no_card() -> End {
    End::usage("卡盘里没有这张卡", "no such card in the tray")
}
