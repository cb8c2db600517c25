//! What two persons are shown of a case is what moves: amount, sign and direction, in the list, the order and its outcome.

use super::live::{Up, folder};
use super::pos::Pos;
use super::web::at;
use super::{approve, get, items, propose, two};
use serde_json::json;
use slipway_terms::{Amount, Mti, Till60};

#[test]
fn the_amount_that_is_approved_is_the_amount_that_moves() {
    let up = Up::start(&folder("ops-figures").join("net"));
    let card = up.ready["cards"][0].clone();
    let mut pos = Pos::signed_on(&up.ready, 0);
    let (one, other) = two(&at(&up));
    // A till alone says what its slips say: one five hundred times as much as was debited, one a tenth of it.
    for (line_fen, moved_fen, way) in
        [(500_000, 499_000, "acquirer's loss → merchant payable"), (100, 900, "merchant payable → cardholder")]
    {
        let sale = pos.sale(1_000, &card);
        assert_eq!(pos.ask(&sale), "00");
        let mut line = pos.reversal(&sale);
        (line.mti, line.code, line.amount) = (Mti(320), None, Some(Amount::fen(line_fen)));
        (line.entry, line.condition) = (None, None);
        line.till60 = Some(Till60 { type_code: 22, ..Till60::management(pos.batch, 201) });
        assert_eq!(pos.ask(&line), "00");
        let [case] = &items(&one, "cases")[..] else { panic!("one case") };
        let shown = case["moves"].as_array().unwrap().iter().find(|moves| moves["finding"] == "slip-shown").unwrap();
        assert_eq!(shown["amount_fen"].as_i64().unwrap().abs(), moved_fen, "{case}");
        let no = propose(
            &one,
            &json!({"what": {"kind": "case", "number": case["number"], "finding": "slip-shown"}, "because": "the slip was shown 已出示"}),
        );
        let order = get(&other, &format!("orders/{no}"));
        assert_eq!((&order["moves"]["amount_fen"], &order["moves"]["at_most"]), (&json!(moved_fen), &json!(false)));
        assert!(order["moves"]["en"].as_str().unwrap().contains(way), "{order}");
        let (status, said) = approve(&other, no);
        assert_eq!((status, &said["standing"]), (200, &json!("done")), "{said}");
        let yuan = Amount::fen(moved_fen.unsigned_abs()).to_string();
        let outcome = said["outcome"]["en"].as_str().unwrap();
        assert!(outcome.contains(&format!("CNY {yuan}")) && outcome.contains(way), "{outcome}");
        up.port.wait_quiet();
        assert!(items(&one, "cases").is_empty(), "the issuer has said yes");
        let traced = up.port.post("/api/v1/trace", &json!({"rrn": case["rrn"]})).unwrap();
        let told = &traced["evidence"][1]["cases"][0];
        assert_eq!((&told["moved"]["amount_fen"], &told["open"]), (&shown["amount_fen"], &json!(false)), "{traced}");
    }
    assert_eq!(up.stop(), 0);
}
