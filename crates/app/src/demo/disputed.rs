//! The story of disputes: three payments are cleared, then their cardholders ask their banks. One has no paper: the archive's copy
//! answers the retrieval, and a chargeback that nobody presents again gives the money back; one has signed for a printed slip and the
//! merchant shows it; one denies what a PIN has verified, and is refused at once.

use super::stage::{Stage, paper};
use super::stories::Scene;
use crate::disputes::{Whose, answer_order, rules_of};
use crate::network::sample::SampleCard;
use crate::say::End;
use serde_json::{Value, json};
use slipway_node::Question;
use slipway_slip::printer::Fault as PaperFault;
use slipway_terms::{PaperFate, Rrn};

/// Plays it.
pub fn play(stage: &mut Stage, scene: &mut Scene) -> Result<(), End> {
    paper(&scene.printer, Some(PaperFault::PaperOut { after: 0 }));
    let unprinted = sold(stage, scene, false)?;
    paper(&scene.printer, None);
    // Three customers: the same card and amount again would be taken for one purchase paid twice.
    card(scene, 1, false)?;
    let signed = sold(stage, scene, true)?;
    card(scene, 0, true)?;
    let denied = sold(stage, scene, true)?;
    stage.tell("日切，清算：三笔都已清算", "the day is cut and cleared: all three have appeared");
    stage.clear_day()?;

    stage.tell(
        "第一笔缺纸：发卡行调单，收单行档案有存根，自动答复“有签购单”",
        "the paper of the first ran out: its issuer asks for the slip, the archive has the copy and answers by itself",
    );
    let number = taken(stage, &json!({"act": "open", "number": unprinted.as_str(), "reason": "6344"}))?;
    settled(stage, scene)?;
    stage.tell(
        "持卡人改称重复提交：退单；商户没有再请款，款项在持卡人处",
        "the cardholder says that it was submitted twice: charged back; the merchant has not presented it again, so the cardholder has the money",
    );
    taken(stage, &json!({"act": "advance", "number": number, "step": "chargeback", "reason": "4512"}))?;
    settled(stage, scene)?;

    stage.tell("第二笔有签名的签购单：退单，商户交出凭证，再请款，两人仲裁判付商户", "the second is signed: charged back, the merchant hands the slip in, presented again, awarded to the merchant by two persons");
    let number = taken(stage, &json!({"act": "open", "number": signed.as_str(), "reason": "4562"}))?;
    settled(stage, scene)?;
    taken(stage, &json!({"act": "find", "number": number, "file": "5a".repeat(32)}))?;
    taken(stage, &json!({"act": "advance", "number": number, "step": "re-presentment"}))?;
    settled(stage, scene)?;
    taken(stage, &json!({"act": "advance", "number": number, "step": "award-merchant", "checked_by": "王复核"}))?;
    settled(stage, scene)?;

    stage.tell("第三笔持卡人否认，但已验密码：不予退单", "the third is denied, and a PIN has verified it: not taken");
    let refused = order(stage, &json!({"act": "open", "number": denied.as_str(), "reason": "4515"}))?;
    if refused["why"]["word"] != "verification" {
        return Err(End::broken(format!("应被拒绝：{refused}"), format!("should have been refused: {refused}")));
    }
    Ok(())
}

/// The next customer's card.
fn card(scene: &mut Scene, issuer: usize, credit: bool) -> Result<(), End> {
    let none = || End::usage("演示卡无效", "the sample card is not valid");
    let issuer = (scene.index + issuer) % 2;
    // Credit cards are few: every stage has the first.
    let serial = if credit { 1 } else { scene.index };
    scene.card = SampleCard::new(issuer, serial, credit).ok_or_else(none)?;
    Ok(())
}

/// One payment; says its reference number.
fn sold(stage: &mut Stage, scene: &Scene, printed: bool) -> Result<Rrn, End> {
    let from = stage.place();
    scene.sale()?;
    if printed {
        scene.until_printed(stage, from)?;
    } else {
        stage.until(from, "paper out", |seen| {
            matches!(seen, super::stage::Seen::Paper(_, PaperFate::Half | PaperFate::Missing, _))
        })?;
    }
    settled(stage, scene)?;
    let gone = || End::broken("终端不在", "the terminal is gone");
    let journal = scene.till()?.bank.ask(Question::All { rows_max: 1 }).ok_or_else(gone)?;
    journal.first().and_then(|seen| seen.rrn).ok_or_else(gone)
}

fn settled(stage: &mut Stage, scene: &Scene) -> Result<(), End> {
    stage.quiet(scene.till()?)
}

/// An order that is taken; says the number of the dispute.
fn taken(stage: &Stage, body: &Value) -> Result<String, End> {
    let done = order(stage, body)?;
    let number = done["dispute"]["number"].as_str().map(str::to_owned);
    number.ok_or_else(|| End::broken(format!("未受理：{done}"), format!("not taken: {done}")))
}

fn order(stage: &Stage, body: &Value) -> Result<Value, End> {
    let hosts = stage.hosts.as_ref().ok_or_else(|| End::broken("机构不在", "the hosts are gone"))?;
    let [one, two] = &hosts.issuers;
    let houses = [
        (&hosts.acquirer, Whose::Acquirer),
        (&hosts.switch, Whose::Switch),
        (one, Whose::Issuer),
        (two, Whose::Issuer),
    ];
    let mut body = body.clone();
    (body["by"], body["because"]) = ("李受理".into(), "演示 demonstration".into());
    let rules = rules_of(stage.dir())?;
    let refused = |(status, said): crate::tills::Problem| {
        End::broken(format!("{status}：{}", said.0), format!("{status}: {}", said.0))
    };
    answer_order(&houses, &rules, &body).map_err(refused)
}
