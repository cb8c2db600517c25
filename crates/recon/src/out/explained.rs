//! The part of a statement that explains what is not an item: each hold by number and ground, each reserve by its day, what is carried, and
//! why money goes out on another day than usual. Every line has its amount, and the lines of a kind add up to the sum above them.

use super::yuan;
use crate::merchant::{Contract, Kept, Moves, Settlement};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use slipway_terms::Lang;

/// One line: what, how much (empty: it moves nothing today), why.
pub type Told = [String; 3];

/// All lines of a day. `kept` is what the days before have left.
pub fn explained(contract: &Contract, kept: &Kept, moves: &Moves, s: &Settlement, lang: Lang) -> Vec<Told> {
    let pick = |zh: String, en: String| if lang == Lang::Zh { zh } else { en };
    let fen = |fen: u64| yuan(fen.into());
    let mut lines = Vec::new();
    if s.carried_in_fen < 0 {
        lines.push([
            pick("上日结转".into(), "carried".into()),
            yuan(s.carried_in_fen.into()),
            pick(
                "此前退款、退单和费用超过收款，先行抵扣".into(),
                "earlier returns and fees above takings, set off first".into(),
            ),
        ]);
    }
    for one in &kept.holds {
        let (hold, no) = (&one.hold, one.hold.no());
        let what = pick(format!("暂缓 {}", no.0), format!("hold {}", no.0));
        let ground = hold.ground().text(lang);
        let moved = |sign: i64| {
            let of = moves.holds.iter().filter(|(of, moved)| *of == no && moved.signum() == sign);
            of.map(|(_, moved)| moved.unsigned_abs()).sum::<u64>()
        };
        let (back, more) = (moved(-1), moved(1));
        let until = hold.days().1;
        if back > 0 {
            let why = if one.released {
                pick("已解除".into(), "ended by a person".into())
            } else {
                pick(format!("{until} 到期自动解除"), format!("ended by itself after {until}"))
            };
            lines.push([what.clone(), fen(back), pick(format!("{why}：{ground}"), format!("{why}: {ground}"))]);
        }
        let stands = one.taken_fen + more - back;
        if more > 0 || stands > 0 {
            let sum = pick(
                format!(
                    "{ground}，至 {until}；存疑 {}，暂缓上限 {}，已暂缓 {}",
                    fen(hold.doubt_fen()),
                    fen(hold.fen()),
                    fen(stands)
                ),
                format!(
                    "{ground}, until {until}; {} in doubt, {} held at most, {} held now",
                    fen(hold.doubt_fen()),
                    fen(hold.fen()),
                    fen(stands)
                ),
            );
            lines.push([what, if more > 0 { format!("-{}", fen(more)) } else { String::new() }, sum]);
        }
    }
    for one in &moves.freed {
        let why = pick(format!("{} 的保证金到期", one.day), format!("reserve of {} is free", one.day));
        lines.push([pick("保证金释放".into(), "freed".into()), fen(one.fen), why]);
    }
    if let Some(one) = moves.reserved {
        // Of what the day itself has brought and nothing above holds back.
        let base = (s.payable_fen + s.price_fen + one.fen).min(s.gross_in_fen.saturating_sub(s.gross_back_fen));
        let share = super::statement::reckoned(contract.reserve.rate, base, lang);
        let cap = contract.reserve.cap_fen.map_or_else(String::new, |cap| {
            pick(format!("，累计上限 {}", fen(cap)), format!(", {} in all at most", fen(cap)))
        });
        let why = pick(format!("{share}{cap}，{} 释放", one.free), format!("{share}{cap}, free on {}", one.free));
        lines.push([pick("保证金".into(), "reserved".into()), format!("-{}", fen(one.fen)), why]);
    }
    let agreed = contract.product.advance().and_then(|price| price.limit_fen);
    if let Some(limit) = agreed.filter(|limit| s.payable_fen + s.price_fen > *limit) {
        let why = pick(
            format!("超过 {} 每日限额 {}，按 T+1 到账，不收提前到账费", contract.product.name(), fen(limit)),
            format!("above the {} limit of {} a day: paid as T+1, no price", contract.product.name(), fen(limit)),
        );
        lines.push([pick("到账日".into(), "pay day".into()), s.pay_day.to_string(), why]);
    }
    lines
}
