use super::*;
use crate::network::sample;
use slipway_vault::{Signs, SoftVault};

fn vault(dir: &std::path::Path) -> SoftVault {
    crate::network::keys::make_all(dir, &[], &[]).unwrap();
    crate::network::keys::open(&dir.join("acquirer")).unwrap()
}

fn sample_page(hostile: &str) -> (String, Vec<u8>, SigningKey) {
    laid_out(hostile, Layout::Fetching)
}

fn laid_out(hostile: &str, layout: Layout) -> (String, Vec<u8>, SigningKey) {
    let dir = tempfile::tempdir().unwrap();
    let key = vault(dir.path()).signing_key(Signs::Slips, &sample::ACQUIRER).unwrap();
    let lines = ["        POS签购单", "", "商户名称(MERCHANT NAME):", hostile, "RMB 88.00"];
    let paper = Paper {
        lines: lines.into_iter().enumerate().map(|(at, line)| (line.to_owned(), at % 2 == 0)).collect(),
        word: "未签名 / not signed".into(),
        picture: Some(vec![0x89, b'P', b'N', b'G', 0, 1, 2]),
    };
    let html = page(&paper, &sample::ACQUIRER, Moment(1_795_000_000_000), &key, layout);
    (html, key.public().to_vec(), key)
}

#[test]
fn genuine_with_what_was_sealed() {
    let (html, public, _) = sample_page("<script>alert(\"1\")</script> & 'Söhne'");
    assert!(!html.contains("<script"), "names are escaped");
    // Another system's line ends change nothing that is shown.
    for page in [html.clone(), html.replace('\n', "\r\n")] {
        let Verdict::Genuine(acquirer, issued, paper) = verify(&page, &public) else {
            panic!("{:?}", verify(&page, &public))
        };
        assert_eq!((acquirer.as_str(), issued.as_str()), (sample::ACQUIRER.as_str(), "2026-11-18 19:06:40"));
        assert_eq!(paper.lines[3].0, "<script>alert(\"1\")</script> & 'Söhne'");
        assert_eq!((paper.lines[4].0.as_str(), paper.lines[4].1, paper.lines[3].1), ("RMB 88.00", true, false));
    }
}

#[test]
fn a_page_that_was_kept_before_there_were_files_is_genuine_and_neither_layout_is_the_others() {
    for (layout, other) in [(Layout::Alone, Layout::Fetching), (Layout::Fetching, Layout::Alone)] {
        let (html, public, _) = laid_out("小店", layout);
        assert!(matches!(verify(&html, &public), Verdict::Genuine(..)), "{layout:?}");
        assert_eq!(html.contains("?as=pdf"), layout == Layout::Fetching);
        let mark = "</p>\n<img";
        let moved = match layout {
            Layout::Alone => html.replacen("<p class=\"note\">", &format!("{}<p class=\"note\">", other.behind()), 1),
            Layout::Fetching => html.replacen(layout.behind(), "", 1),
        };
        assert!(html.contains(mark) && moved != html);
        assert_eq!(verify(&moved, &public), Verdict::Changed(vec!["page".into()]), "{layout:?}");
        let lied = html.replacen(layout.begin(), other.begin(), 1);
        assert_eq!(verify(&lied, &public), Verdict::Changed(vec!["seal".into()]), "{layout:?}");
        assert_eq!(verify(&html.replacen(layout.begin(), "slipway electronic slip 9", 1), &public), Verdict::NoSlip);
    }
}

/// What is sealed stands in the page, and a person who opens it reads something else.
#[test]
fn a_forgery_around_what_is_sealed_is_found() {
    let (html, public, _) = sample_page("小店");
    let (before, rest) = html.split_once("<pre id=\"slip\">").unwrap();
    let (slip, after) = rest.split_once("</pre>").unwrap();
    let real = format!("<pre id=\"slip\">{slip}</pre>");
    let fake = slip.replace("88.00", "9988.00");
    for forged in [
        format!("{before}<!-- {real} --><pre id='slip'>{fake}</pre>{after}"),
        format!("{before}<div hidden>{real}</div><pre>{fake}</pre>{after}"),
        format!("{before}{real}<pre>{fake}</pre>{after}"),
        html.replacen("<main>", "<main>PAID TWICE", 1),
        html.replacen("<body>", "<body hidden>", 1),
        html.replacen("</style>", "pre{display:none}</style>", 1),
        html.replacen("alt=\"签名 signature\"", "alt=\"9988.00\"", 1),
        html.replacen("src=\"data:", "src=\"other.png\" src=\"data:", 1),
        format!("<p>RMB 9988.00</p>{html}"),
        format!("{html}<p>RMB 9988.00</p>"),
    ] {
        assert_ne!(forged, html);
        assert_eq!(verify(&forged, &public), Verdict::Changed(vec!["page".into()]), "{forged}");
    }
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
