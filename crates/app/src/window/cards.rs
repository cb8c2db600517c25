//! The cards that lie beside the terminal: read from a card file (TOML), or the demonstration's own. A PIN stands there for
//! test cards only: nobody's real PIN belongs into a file.

use super::chips::ChipOf;
use crate::network::sample::{BINS, CARD_PIN, ISSUER_1, ISSUER_2, SampleCard};
use crate::say::End;
use serde::Deserialize;
use slipway_node::{Act, CardRead};
use slipway_terms::{ChipCard, Expiry, KeyName, KeyUse, Pan, Pin, Short, Track2, chip};
use slipway_vault::CardKey;
use std::path::Path;

/// The most cards of one tray: they are chosen by two digits.
const CARDS_MAX: usize = 99;

/// One card.
pub struct Card {
    /// What it is called.
    pub name: String,
    /// Its number; prints masked.
    pub pan: Pan,
    /// Its last month, for key entry.
    pub expiry: Expiry,
    /// What its stripe says; a card without one is keyed.
    pub track2: Option<Track2>,
    /// Of test cards.
    pub pin: Option<String>,
    /// Its chip, if it has one.
    pub chip: Option<ChipOf>,
}

/// One `[[card]]` of a file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    track2: Option<String>,
    number: Option<String>,
    expiry: Option<String>,
    pin: Option<String>,
    chip: Option<WrittenChip>,
}

/// `[card.chip]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenChip {
    key: String,
    #[serde(default)]
    sequence: u8,
    #[serde(default)]
    atc: u16,
    aid: Option<String>,
    label: Option<String>,
}

/// A card file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    card: Vec<Written>,
}

/// The cards of a file, or those of the demonstration.
///
/// # Errors
/// 3 a file that cannot be read, 2 one that is no card file.
pub fn tray(path: Option<&Path>) -> Result<Vec<Card>, End> {
    let Some(path) = path else { return Ok(samples()) };
    let shown = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| {
        End::environment(
            format!("无法读取卡片文件 {shown}：{error}"),
            format!("cannot read the card file {shown}: {error}"),
        )
    })?;
    read(&text).map_err(|(zh, en)| {
        End::usage(format!("卡片文件 {shown} 有误：{zh}"), format!("the card file {shown} is not right: {en}"))
    })
}

type Wrong = (String, String);

fn read(text: &str) -> Result<Vec<Card>, Wrong> {
    // The message alone: an excerpt would show card numbers.
    let file: File = toml::from_str(text).map_err(|error| (error.message().to_owned(), error.message().to_owned()))?;
    if file.card.is_empty() || file.card.len() > CARDS_MAX {
        return Err((format!("须有 1 到 {CARDS_MAX} 张卡"), format!("1 to {CARDS_MAX} cards are wanted")));
    }
    file.card.into_iter().enumerate().map(|(at, card)| one(at + 1, card)).collect()
}

fn one(no: usize, written: Written) -> Result<Card, Wrong> {
    let wrong = |zh: &str, en: &str| (format!("第 {no} 张卡：{zh}"), format!("card {no}: {en}"));
    let track2 = written
        .track2
        .map(|text| Track2::new(&text).map_err(|_| wrong("track2 不是二磁道", "`track2` is no track 2")))
        .transpose()?;
    let from_track = track2.as_ref().and_then(|track| track.reveal().split(['=', 'D']).nth(1).map(str::to_owned));
    let pan = match (&written.number, &track2) {
        (Some(number), _) => Pan::new(number),
        (None, Some(track)) => track.pan(),
        (None, None) => return Err(wrong("须有 track2 或 number", "`track2` or `number` is wanted")),
    };
    let pan = pan.map_err(|_| wrong("number 不是卡号", "`number` is no card number"))?;
    let yymm = written.expiry.or_else(|| from_track.and_then(|rest| rest.get(..4).map(str::to_owned)));
    let expiry = yymm.and_then(|yymm| Expiry::new(&yymm).ok());
    let expiry = expiry.ok_or_else(|| wrong("expiry 须为 YYMM", "`expiry` is YYMM"))?;
    let test = BINS.iter().any(|bin| pan.reveal().starts_with(bin));
    if let Some(pin) = &written.pin {
        if !test {
            return Err(wrong(
                "只有测试卡（999001、999002）可以写密码",
                "a PIN may stand here for test cards (999001, 999002) only",
            ));
        }
        Pin::new(pin).map_err(|_| wrong("pin 须为 4 到 12 位数字", "`pin` is 4 to 12 digits"))?;
    }
    let chip = written.chip.map(|chip| chip_of(chip, &pan, expiry, test)).transpose();
    let chip = chip.map_err(|(zh, en)| wrong(zh, en))?;
    Ok(Card { name: written.name, pan, expiry, track2, pin: written.pin, chip })
}

/// Application and name of a chip whose file names none: nobody's registered one.
const AID: &str = "F0999001010101";
const LABEL: &str = "SAMPLE DEBIT";

fn chip_of(
    written: WrittenChip,
    pan: &Pan,
    expiry: Expiry,
    test: bool,
) -> Result<ChipOf, (&'static str, &'static str)> {
    if !test {
        return Err((
            "只有测试卡（999001、999002）可以写芯片密钥",
            "a chip's key may stand here for test cards (999001, 999002) only",
        ));
    }
    let key = chip::from_hex(&written.key).ok().and_then(|key| <[u8; 16]>::try_from(key).ok());
    let key = key.ok_or(("chip.key 须为 32 位十六进制", "`chip.key` is 32 hex digits"))?;
    let aid = written.aid.unwrap_or_else(|| AID.into());
    let fits = chip::from_hex(&aid).is_ok_and(|aid| (5..=16).contains(&aid.len()));
    if !fits {
        return Err(("chip.aid 须为 5 到 16 字节", "`chip.aid` is 5 to 16 bytes in hex"));
    }
    let label = written.label.unwrap_or_else(|| LABEL.into());
    Ok(ChipOf { card: said(pan, expiry, written.sequence, &aid, &label), key: CardKey::new(key), atc: written.atc })
}

fn said(pan: &Pan, expiry: Expiry, sequence: u8, aid: &str, label: &str) -> ChipCard {
    // Tag 82: cardholder verification, terminal risk management, issuer authentication.
    let aip = [0x1C, 0x00];
    let (aid, label) = (Short::cut(aid), Short::cut(label));
    ChipCard { pan: pan.clone(), expiry, sequence, aid, label, aip, contactless: false }
}

/// Gives the sample cards the chips that the issuers of this network made for them. A folder without issuers, or issuers whose
/// keys are in a token, leaves them without.
pub fn personalise(cards: &mut [Card], dir: &Path) {
    for (at, (bin, id)) in BINS.iter().zip([ISSUER_1, ISSUER_2]).enumerate() {
        let home = dir.join(format!("issuer{}", at + 1));
        if !home.join("keys.slk").exists() {
            continue;
        }
        let Ok(vault) = crate::network::keys::open(&home) else { continue };
        let imk = KeyName::of(KeyUse::Imk, id.as_str());
        for card in cards.iter_mut().filter(|card| card.chip.is_none() && card.pan.reveal().starts_with(bin)) {
            let key = vault.card_key(&imk, &card.pan, SEQUENCE).ok();
            let said = said(&card.pan, card.expiry, SEQUENCE, AID, LABEL);
            card.chip = key.map(|key| ChipOf { card: said, key, atc: 0 });
        }
    }
}

/// Sequence number of every sample chip.
const SEQUENCE: u8 = 1;

/// The sample cards of the demonstration: two debit cards, a credit card, one of the other issuer.
fn samples() -> Vec<Card> {
    let all = [
        (0, 1, false, "借记卡 Debit A"),
        (0, 2, false, "借记卡 Debit B"),
        (0, 1, true, "贷记卡 Credit"),
        (1, 1, false, "他行卡 Debit C"),
    ];
    let card = |(issuer, serial, credit, name): (usize, usize, bool, &str)| {
        SampleCard::new(issuer, serial, credit).map(|card| Card::sample(card, name))
    };
    all.into_iter().filter_map(card).collect()
}

impl Card {
    /// A sample card with its published PIN, and without a chip yet.
    pub fn sample(card: SampleCard, name: &str) -> Self {
        let (track2, pin) = (card.track2(), Some(CARD_PIN.into()));
        Self { name: name.into(), pan: card.pan, expiry: card.expiry, track2, pin, chip: None }
    }

    /// Drawn through the reader; without a stripe there is nothing to draw.
    pub fn swipe(&self) -> Option<Act> {
        Some(Act::Card(CardRead::Stripe(self.track2.clone()?)))
    }

    /// Keyed by hand.
    pub fn key(&self) -> Act {
        Act::KeyedCard(self.pan.clone(), self.expiry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_file_is_read() {
        let cards = read(
            "[[card]]\nname = \"a\"\ntrack2 = \"9990010000000010=30121010000000000\"\npin = \"123456\"\n\
             [[card]]\nname = \"b\"\nnumber = \"9990010000000028\"\nexpiry = \"3012\"\n",
        );
        let cards = cards.unwrap();
        assert_eq!(cards.len(), 2);
        assert_eq!((cards[0].expiry.yymm(), cards[1].expiry.yymm()), (3012, 3012));
        assert!(cards[0].swipe().is_some() && cards[1].swipe().is_none());
    }

    #[test]
    fn what_is_no_card_is_refused() {
        let check = |card: &str, want: &str| {
            let error = read(&format!("[[card]]\nname = \"x\"\n{card}")).err().unwrap();
            assert!(error.1.contains(want), "{card}: {error:?}");
        };
        check("", "`track2` or `number`");
        check("number = \"12\"\nexpiry = \"3012\"", "no card number");
        check("number = \"9990010000000028\"\nexpiry = \"3013\"", "YYMM");
        check("number = \"9990010000000028\"", "YYMM");
        check("track2 = \"nonsense\"", "no track 2");
        check("number = \"6228480000000000\"\nexpiry = \"3012\"\npin = \"123456\"", "test cards");
        check("colour = 1", "unknown field");
        let chip = |fields: &str| format!("number = \"9990010000000028\"\nexpiry = \"3012\"\n[card.chip]\n{fields}");
        check(&chip("key = \"01\""), "32 hex digits");
        check(&chip("key = \"0123456789ABCDEFFEDCBA9876543210\"\naid = \"A0\""), "5 to 16 bytes");
        check(&chip("sequence = 1"), "missing field");
        let real =
            "number = \"6228480000000000\"\nexpiry = \"3012\"\n[card.chip]\nkey = \"0123456789ABCDEFFEDCBA9876543210\"";
        check(real, "test cards");
    }

    #[test]
    fn the_demonstration_has_cards_that_can_be_drawn() {
        let cards = tray(None).unwrap();
        assert!(cards.len() == 4 && cards.iter().all(|card| card.swipe().is_some() && card.pin.is_some()));
    }
}
