use super::*;

fn one(id: &str, merchant: Option<&str>, events: &[&str]) -> Hooked {
    Hooked {
        id: id.into(),
        merchant: merchant.map(|id| MerchantId::new(id).unwrap()),
        url: "https://shop.example/".into(),
        events: events.iter().map(|&word| word.into()).collect(),
        side: None,
        who: "market".into(),
        made: Moment(0),
        turn: 1,
        two: false,
        ended: None,
        proof: Proof::Open,
    }
}

const MARKET: &str = "999290054110001";
const HOTEL: &str = "999290070110002";

#[test]
fn what_a_subscription_wants() {
    let check = |events: &[&str], kind, merchant, want| {
        assert_eq!(one("w", Some(MARKET), events).wants(kind, merchant), want, "{events:?} {kind} {merchant}");
    };
    check(&["*"], "payout.sent", MARKET, true);
    check(&["payment.*"], "payment.reversed", MARKET, true);
    check(&["payment.approved"], "payment.reversed", MARKET, false);
    check(&["refund.*", "slip.missing"], "slip.missing", MARKET, true);
    check(&["*"], "payout.sent", HOTEL, false);
    assert!(one("w", None, &["*"]).wants("payout.sent", HOTEL));
    for (word, want) in
        [("*", true), ("payment.*", true), ("slip.printed", true), ("pay*", false), ("x.*", false), ("", false)]
    {
        assert_eq!(is_kind(word), want, "{word}");
    }
}

#[test]
fn what_is_kept_is_read_again_and_damage_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let book = Book::of(dir.path()).unwrap();
    let add = |id| book.add(one(id, None, &["*"]), || Ok(())).unwrap();
    add("w1");
    add("w2");
    let seen = book.get("w1").unwrap();
    assert!(book.change(&seen, |one| one.ended = Some(Moment(5))).unwrap().is_some());
    assert!(book.change(&seen, |one| one.ended = Some(Moment(6))).unwrap().is_none(), "it has changed meanwhile");
    let again = Book::of(dir.path()).unwrap();
    assert_eq!(again.open().iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), ["w2"]);
    assert_eq!(again.get("w1").unwrap().ended, Some(Moment(5)), "it stays as ended");
    let failed = book.add(one("w3", None, &["*"]), || Err(End::usage("否", "no")));
    assert!(failed.is_err() && book.get("w3").is_none(), "what is not ready is not there");
    std::fs::write(dir.path().join("webhooks.json"), "[{").unwrap();
    assert_eq!(Book::of(dir.path()).unwrap_err().code, 3);
}

#[test]
fn a_line_of_an_earlier_version_goes_on_as_it_was() {
    let mut line = serde_json::to_value(one("w", None, &["*"])).unwrap();
    line.as_object_mut().unwrap().remove("proof");
    let old: Hooked = serde_json::from_value(line).unwrap();
    assert!(old.proof.is_given() && old.told(true)["state"] == "open");
    let check = |of: Hooked, kept, want| assert_eq!(of.told(kept)["state"], want);
    check(old.clone(), false, "paused");
    check(one("w", None, &["*"]), true, "unproven");
    check(Hooked { ended: Some(Moment(1)), ..old }, true, "ended");
}

#[test]
fn each_side_has_places_of_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let book = Book::of(dir.path()).unwrap();
    let add = |no: usize, side, merchant| {
        let id = format!("{side:?}{merchant:?}{no}");
        book.add(Hooked { side: Some(side), ..one(&id, merchant, &["*"]) }, || Ok(())).is_ok()
    };
    // Operations name a merchant as often as they like: none of its places is taken.
    assert_eq!((0..30).filter(|no| add(*no, Side::Operations, Some(MARKET))).count(), OPERATIONS_MAX);
    assert_eq!((0..9).filter(|no| add(*no, Side::Merchant, Some(MARKET))).count(), EACH_MAX);
    assert_eq!((0..9).filter(|no| add(*no, Side::Merchant, Some(HOTEL))).count(), EACH_MAX);
}

#[test]
fn whoever_is_locked_or_has_another_post_gets_nothing_more() {
    let mut people = People::default();
    let merchant = MerchantId::new(MARKET).unwrap();
    let kept = crate::people::book::password("market", "blue-lantern-7").unwrap();
    people.add(crate::people::book::person("market", Role::Merchant, Some(merchant), kept)).unwrap();
    let hooked = one("w", Some(MARKET), &["*"]);
    let own = |people: &People, demo| hooked.is_kept(people, demo);
    assert!(own(&people, false));
    assert!(!one("w", Some(HOTEL), &["*"]).is_kept(&people, false), "another merchant's");
    assert!(!one("w", None, &["*"]).is_kept(&people, false), "operations'");
    assert!(!Hooked { who: "gone".into(), ..hooked.clone() }.is_kept(&people, false));
    people.get_mut("market").unwrap().locked = true;
    assert!(!own(&people, false));
    people.get_mut("market").unwrap().locked = false;
    people.get_mut("market").unwrap().sample = true;
    assert!(!own(&people, false) && own(&people, true), "sample people are people in a demonstration only");
    people.get_mut("market").unwrap().role = Role::Agent;
    assert!(!own(&people, true));
}

#[test]
fn the_other_side_sees_that_it_is_there() {
    let told = one("w", Some(MARKET), &["*"]).told_outside(true).to_string();
    assert!(told.contains("\"w\"") && !told.contains("shop.example") && !told.contains("market"), "{told}");
}
