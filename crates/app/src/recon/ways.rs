//! How a difference ends: by itself, or by which command. Every difference that is listed has a way, or nobody could ever be done with it.
//! Told for the house that looks; what another house has to do goes to it in a letter. It moves nothing itself.

use super::kept::Kept;
use super::repair::mend;
use slipway_recon::Entry;
use slipway_recon::four::{Action, Owner, View};
use slipway_terms::Text;

/// The way of one action, for whoever may do it in his own house.
fn own(action: Action, number: &str, (no_slip, mends): (bool, bool)) -> Text {
    let (zh, en) = match action {
        Action::Nothing => ("不需要处理", "nothing is needed"),
        Action::WaitNextDay => ("次日名单到后自动了结", "the next day's lists end it by themselves"),
        Action::ReleaseSuspense | Action::KeepSuspense => (
            "文件核对后自动处理（suspense），次日名单到后了结",
            "the checked file does it by itself (suspense); the next day's lists end it",
        ),
        Action::UndoMerchantCredit if mends => {
            return Text::new(
                format!("夜间自动撤下，或 slipway recon repair {number}"),
                format!("taken back by itself at night, or slipway recon repair {number}"),
            );
        }
        Action::PostMissingCredit if mends => {
            return Text::new(format!("slipway recon repair {number}"), format!("slipway recon repair {number}"));
        }
        // What began at the acquirer stands at no till: it is asked of the switch, again and again, until it is answered.
        Action::SendAdvice if no_slip => (
            "调整由收单行提出，自动重送至应答；被拒的立案（slipway case list、case find）",
            "the adjustment is asked of the switch by itself until it is answered; what is refused is a case (slipway case list, case find)",
        ),
        Action::SendAdvice => (
            "自动重送至应答；被拒的立案（slipway case list）",
            "sent again by itself until it is answered; what is refused is a case (slipway case list)",
        ),
        Action::AnswerTill | Action::FetchAdvice => (
            "终端下次结算或签到时自动取回、应答；没有终端的，立案后 slipway case find",
            "fetched and answered by itself with the till's next settlement or sign-on; without the till slipway case find ends its case",
        ),
        Action::AskMerchant
        | Action::HoldMerchantCredit
        | Action::UndoMerchantCredit
        | Action::PostMissingCredit
        | Action::CreditAdjustment
        | Action::DebitAdjustment
        | Action::CorrectAmount => (
            "由差错结论了结：slipway case list，再 slipway case find；商户逾期未答的自动了结",
            "the finding of its case ends it: slipway case list, then slipway case find; a merchant who does not answer in time ends it by itself",
        ),
        Action::PostMissingDebit => (
            "清算文件入账时自动补记一次；不符的见 slipway clearing show",
            "posted once by itself with the clearing file",
        ),
        Action::UndoVoid | Action::CompleteVoid => {
            ("撤销的差错结论了结：slipway case find", "the finding of the void's case ends it: slipway case find")
        }
        Action::CorrectFile | Action::CorrectDay | Action::RemoveCopy | Action::DemandList | Action::AskOrigin => (
            "更正后的名单或下一份文件到后，再 slipway recon run 即了结",
            "the corrected list or the next file ends it with the next slipway recon run",
        ),
    };
    Text::new(zh, en)
}

/// The ways of a difference, in the order of its repairs; for what agrees by now none.
pub fn ways(view: View, kept: &Kept) -> Vec<Text> {
    let Some((_, row)) = kept.dossier.row(view).filter(|_| kept.dossier.closed.is_none()) else { return Vec::new() };
    let own_house = match view {
        View::Acquirer => Owner::Acquirer,
        View::Issuer => Owner::Issuer,
        View::Centre => Owner::Network,
    };
    let no_slip = kept.dossier.parts.iter().all(|part| !part.key.entry().is_some_and(Entry::has_slip))
        || kept.dossier.parts.iter().any(|part| !part.agrees(view) && !part.key.entry().is_some_and(Entry::has_slip));
    let mut all: Vec<Text> = Vec::new();
    for (owner, action) in row.repairs {
        let way = if [own_house, Owner::Nobody].contains(owner) {
            own(*action, &kept.number(), (no_slip, mend(view, kept).is_some()))
        } else {
            Text::new(
                "由对方处理：slipway recon letters 写信告知；其名单改正后，再 slipway recon run 即了结",
                "for the other house: slipway recon letters tells it; its corrected list ends it with the next slipway recon run",
            )
        };
        if !all.contains(&way) {
            all.push(way);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use slipway_recon::four::{Class, Dossier, Line, Part, Seen, Side, cases};
    use slipway_recon::{Key, read_day};
    use slipway_terms::{InstitutionId, Moment, Rrn};

    /// One difference of one class of one entry.
    fn kept(view: View, entry: Entry, class: Class) -> Kept {
        let (acquirer, rrn) = (InstitutionId::new("99910010").unwrap(), Rrn::new("632700000001").unwrap());
        let (day, key) = (read_day("2026-11-23").unwrap(), Key::new(acquirer, rrn, entry));
        let fen = if entry.sign() < 0 { -100 } else { 100 };
        let bits = if let Class::Seen(Seen(bits)) = class { bits } else { view.mask() };
        let mut sides = [Side::default(); 4];
        for (at, side) in sides.iter_mut().enumerate() {
            if bits >> (3 - at) & 1 == 1 {
                let days = i32::try_from(day.days()).unwrap();
                *side = Side { copies: 1, amount_fen: fen, sum_fen: fen, day: days, place: 256, ..*side };
            }
        }
        let part = Part::of(day, &Line { key, class, sides });
        let dossier = Dossier { since: Moment(0), opened: day, parts: vec![part], closed: None };
        Kept { acquirer, rrn, dossier }
    }

    #[test]
    fn every_difference_that_is_listed_has_a_way_to_end() {
        let mut looked = 0;
        for case in cases() {
            for view in View::ALL.into_iter().filter(|view| case.view.is_none_or(|of| of == *view)) {
                for (entry, _) in Entry::ALL {
                    let one = kept(view, entry, case.class);
                    let Some((_, row)) = one.dossier.row(view) else { continue };
                    let told = ways(view, &one);
                    assert!(!told.is_empty() && row.repairs.len() >= told.len(), "{view:?} {entry:?} {:?}", case.class);
                    assert!(told.iter().all(|way| !way.zh.is_empty() && !way.en.is_empty()));
                    looked += 1;
                }
            }
        }
        assert!(looked > 400, "{looked}");
    }

    #[test]
    fn what_begins_at_the_acquirer_is_no_advice_of_a_till() {
        let adjusted = ways(View::Acquirer, &kept(View::Acquirer, Entry::CreditAdjustment, Class::Seen(Seen(0b1100))));
        assert!(adjusted[0].en.starts_with("the adjustment is asked of the switch"), "{adjusted:?}");
        let refund = ways(View::Acquirer, &kept(View::Acquirer, Entry::Refund, Class::Seen(Seen(0b1100))));
        assert!(refund[0].en.starts_with("sent again by itself"), "{refund:?}");
        let alone = ways(View::Acquirer, &kept(View::Acquirer, Entry::Sale, Class::Seen(Seen(0b0100))));
        assert!(alone[0].en.ends_with("slipway recon repair 99910010-632700000001"), "{alone:?}");
    }
}
