//! Paying again: while the first payment is in doubt, and while its slip is missing.

use super::{AMOUNT_FEN, Scene};
use crate::demo::stage::{Seen, Stage, paper};
use crate::network::sample;
use crate::proxy::{Fault, Rule};
use crate::say::End;
use slipway_node::{Act, Hand, KeyPress, Question};
use slipway_runtime::os::Control;
use slipway_slip::printer::Fault as PaperFault;
use slipway_terms::{Finding, Found, Ground, Moment, PaperFate, PayAgain, Short};

/// The answer is lost and no reversal comes through: the first stays open while the customer pays again.
pub(super) fn second_swipe(stage: &mut Stage, scene: &mut Scene) -> Result<(), End> {
    stage.faults.arm(Rule { hop: 6, mti: 210, fault: Fault::Lose, times: 1 });
    stage.faults.arm(Rule { hop: 1, mti: 400, fault: Fault::Lose, times: 100 });
    scene.sale()?;
    scene.until_screen(stage, scene.from, "冲正未成功")?;
    stage.tell("顾客再刷同一张卡、同一金额", "the customer swipes the same card for the same amount");
    let from = stage.place();
    scene.till()?.same_sale(AMOUNT_FEN, &scene.card)?;
    scene.until_screen(stage, from, "同卡同金额的交易尚未了结")?;
    stage.tell("收银员先查证首笔", "the cashier asks for the fate of the first one");
    let from = stage.place();
    scene.till()?.act(Act::Key(KeyPress::Enter));
    scene.until_crossed(stage, from, 6, 830)?;
    stage.tell("顾客不能再等，主管放行", "the customer cannot wait, the supervisor lets it go");
    let from = stage.place();
    scene.till()?.same_sale(AMOUNT_FEN, &scene.card)?;
    scene.until_screen(stage, from, "同卡同金额的交易尚未了结")?;
    scene.till()?.let_go(PayAgain::CannotWait, sample::CARD_PIN)?;
    scene.until_printed(stage, from)?;
    let from = stage.place();
    stage.tell("线路恢复，首笔自动退回", "the line is good again, and the first goes back by itself");
    stage.faults.clear();
    scene.until_crossed(stage, from, 4, 430)
}

/// The first is approved and its slip does not come out; the customer pays again, and both have slips.
pub(super) fn paid_twice(stage: &mut Stage, scene: &mut Scene) -> Result<(), End> {
    paper(&scene.printer, Some(PaperFault::PaperOut { after: 0 }));
    scene.sale()?;
    stage.until(scene.from, "paper out", |seen| {
        matches!(seen, Seen::Paper(_, PaperFate::Half | PaperFate::Missing, _))
    })?;
    scene.until_crossed(stage, scene.from, 6, 630)?;
    stage.tell("签购单未打出，顾客再付一次", "no slip comes out, and the customer pays again");
    paper(&scene.printer, None);
    let from = stage.place();
    scene.till()?.same_sale(AMOUNT_FEN, &scene.card)?;
    scene.until_screen(stage, from, "同卡同金额的交易已成功")?;
    scene.till()?.let_go(PayAgain::NoSlip, sample::CARD_PIN)?;
    scene.until_printed(stage, from)?;
    scene.until_crossed(stage, from, 6, 630)?;
    let gone = || End::broken("收单行没有立案", "the acquirer has no case");
    let acquirer = &stage.hosts.as_ref().ok_or_else(gone)?.acquirer;
    let cases = acquirer.ask(Question::Cases { rows_max: 16 }).ok_or_else(gone)?;
    let mine = scene.till()?.seat;
    let open = cases.iter().filter(|seen| seen.till.is_some_and(|till| till.terminal == mine));
    let key = open.flat_map(|seen| &seen.cases).find(|case| case.ground() == Ground::PaidTwice).ok_or_else(gone)?.key;
    let (by, because) = (Short::cut("demo"), Short::cut("顾客只买了一次 bought once"));
    let found = Found { finding: Finding::OnePurchase, by, because, at: Moment(0) };
    acquirer.tell(Control::Hand(Hand::Finding(key, found)));
    stage.tell("一次购买：收单行退回多付的一笔", "one purchase: the acquirer refunds the surplus");
    scene.until_crossed(stage, from, 5, 230)
}
