use super::*;
use crate::network::sample;
use slipway_vault::SoftVault;

fn vault(dir: &std::path::Path) -> SoftVault {
    crate::network::keys::make_all(dir, &[], &[]).unwrap();
    crate::network::keys::open(&dir.join("acquirer")).unwrap()
}

fn sample_page(hostile: &str) -> (String, Vec<u8>, SlipKey) {
    let dir = tempfile::tempdir().unwrap();
    let key = vault(dir.path()).slip_key(&sample::ACQUIRER).unwrap();
    let lines = ["        POS签购单", "", "商户名称(MERCHANT NAME):", hostile, "RMB 88.00"];
    let paper = Paper {
        lines: lines.into_iter().enumerate().map(|(at, line)| (line.to_owned(), at % 2 == 0)).collect(),
        word: "未签名 / not signed".into(),
        picture: Some(vec![0x89, b'P', b'N', b'G', 0, 1, 2]),
    };
    let html = page(&paper, &sample::ACQUIRER, Moment(1_795_000_000_000), &key);
    (html, key.public().to_vec(), key)
}

#[test]
fn genuine_and_saved_by_a_browser() {
    let (html, public, _) = sample_page("<script>alert(\"1\")</script> & 'Söhne'");
    assert!(!html.contains("<script"), "names are escaped");
    let Verdict::Genuine(acquirer, issued) = verify(&html, &public) else { panic!("{:?}", verify(&html, &public)) };
    assert_eq!((acquirer.as_str(), issued.as_str()), (sample::ACQUIRER.as_str(), "2026-11-18 19:06:40"));
    // What browsers make of it: other escapes, other line ends, words added around.
    let saved = html.replace("&quot;", "\"").replace("&#39;", "'").replace("<main>", "<main class=\"x\">");
    let saved = format!("<!-- saved from url=(0060)http://127.0.0.1:7880/s/ -->\r\n{}", saved.replace('\n', "\r\n"));
    assert!(matches!(verify(&saved, &public), Verdict::Genuine(..)), "{:?}", verify(&saved, &public));
}

/// Every change of one character in a sealed part is found, and where it is.
#[test]
fn every_change_is_named() {
    let (html, public, _) = sample_page("小店");
    for (from, to, part) in [
        ("RMB 88.00", "RMB 8.00", "line 005"),
        ("小店", "大店", "line 004"),
        ("        POS", "       POS", "line 001"),
        ("not signed", "signed", "word"),
        ("RMB 88.00</b>\n", "RMB 88.00</b>\nPAID\n", "line 006"),
        ("iVBORw", "iVBORx", "picture"),
        ("issued 2026", "issued 2027", "seal"),
        ("小店", "<i>小店</i>", "slip"),
    ] {
        // The picture here is no PNG; its first bytes are those of one.
        let (from, to) = if part == "picture" { ("iVBORwAB", "iVBORwAC") } else { (from, to) };
        let changed = html.replacen(from, to, 1);
        assert_ne!(changed, html, "{from}");
        assert_eq!(verify(&changed, &public), Verdict::Changed(vec![part.into()]), "{from} -> {to}");
    }
    let without = html.replace("RMB 88.00", "");
    assert_eq!(verify(&without, &public), Verdict::Changed(vec!["line 005".into()]));
    let no_picture = html.replace("id=\"picture\"", "id=\"x\"");
    assert_eq!(verify(&no_picture, &public), Verdict::Changed(vec!["picture".into()]));
    let twice = html.replace("</main>", "<pre id=\"slip\">RMB 1.00</pre></main>");
    assert_eq!(verify(&twice, &public), Verdict::Changed(vec!["slip".into()]));
}

#[test]
fn another_key_and_no_slip() {
    let (html, public, _) = sample_page("小店");
    let (_, other, _) = sample_page("小店");
    assert_eq!(verify(&html, &other), Verdict::OtherKey(fingerprint(&public)));
    for text in ["", "<html></html>", "<pre id=\"slip\">x</pre>"] {
        assert_eq!(verify(text, &public), Verdict::NoSlip, "{text}");
    }
}

/// The policy names the style by its hash, and no script has a place.
#[test]
fn the_policy_is_strict() {
    let (html, ..) = sample_page("x");
    assert!(policy().contains("default-src 'none'") && !policy().contains("unsafe"));
    assert!(html.contains("Content-Security-Policy") && !html.contains("http://") && !html.contains("https://"));
}

#[test]
fn base_64_as_published() {
    // RFC 4648, 10.
    for (plain, coded) in [
        ("", ""),
        ("f", "Zg=="),
        ("fo", "Zm8="),
        ("foo", "Zm9v"),
        ("foob", "Zm9vYg=="),
        ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ] {
        assert_eq!(base64(plain.as_bytes()), coded);
        assert_eq!(from_base64(coded).unwrap(), plain.as_bytes());
    }
    assert!(from_base64("a b").is_none());
}
