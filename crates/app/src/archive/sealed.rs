//! The signed page of a slip: a document of its own, without script, outside reference or form. What is signed is what is shown:
//! each line of the slip, the word on the signature and its picture have a hash in the seal, and the seal has the signature.

use super::shelf::Shown;
use slipway_slip::{Columns, Lines, render};
use slipway_terms::{Copy, InstitutionId, Moment, Signed, Slip, Verification};
use slipway_vault::{SigningKey, sha256, signature_holds};

/// What stands around a seal. Each layout has a version of its own, with which its seal begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Layout {
    /// Nothing but what is sealed: a page that was typed for, or is a file already.
    Alone,
    /// With what fetches the slip as a file, from the address of the page itself.
    Fetching,
}

impl Layout {
    /// All of them.
    const ALL: [Self; 2] = [Self::Alone, Self::Fetching];

    /// How a seal begins.
    const fn begin(self) -> &'static str {
        match self {
            Self::Alone => "slipway electronic slip 1",
            Self::Fetching => "slipway electronic slip 2",
        }
    }

    /// What stands behind the slip. An address has the code in it and is not repeated here: a page that is kept or passed on gives none away.
    const fn behind(self) -> &'static str {
        match self {
            Self::Alone => "",
            Self::Fetching => {
                "<p class=\"note\">下载文件（便于保存和转发，未经签章）：<a href=\"?as=png\">PNG 图片</a> · <a href=\"?as=pdf\">PDF 文件</a><br>\
                 Download as a file, which is handy and not sealed: <a href=\"?as=png\">PNG picture</a> · <a href=\"?as=pdf\">PDF file</a></p>\n"
            }
        }
    }
}

/// The page's own style; its hash is in the policy, so that no other counts.
const STYLE: &str = "body{margin:0;background:#d9dce0;color:#2b2a2e;font-family:sans-serif}main{max-width:26em;margin:1em auto;padding:1.2em;background:#fbfaf5;box-shadow:2px 3px 6px #999}h1{font-size:1.05em;text-align:center;margin:0 0 1em}pre{font-family:'Noto Sans Mono CJK SC','Sarasa Mono SC','Source Han Mono SC',monospace;font-size:.82em;line-height:1.35;white-space:pre;overflow-x:auto}img{max-width:100%;background:#fff}.note{font-size:.8em;color:#555}#seal,#signature{white-space:pre-wrap;word-break:break-all;font-size:.7em}";

/// What a page shows and signs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Paper {
    /// The lines of the slip, and whether each is bold.
    pub lines: Vec<(String, bool)>,
    /// What is known of the signature.
    pub word: String,
    /// The signature, a PNG.
    pub picture: Option<Vec<u8>>,
}

/// What is known of the signature, in both languages.
pub fn signature_word(slip: &Slip, signed: Option<Signed>) -> String {
    match (slip.verification, signed) {
        (Verification::Signature, Some(Signed::Fits)) => "收银员已核对签名 / signature checked by the cashier",
        (Verification::Signature, Some(Signed::Missing)) => "未签名 / not signed",
        (Verification::Signature, None) => "签名情况未上送 / nothing was said about the signature",
        (Verification::Pin, _) => "已验证密码，无需签名 / PIN verified, no signature required",
        (Verification::NoSignature | Verification::NoPinNoSignature, _) => {
            "交易金额未超限额，无需签名 / below the limit, no signature required"
        }
        (Verification::CardAbsent, _) => "持卡人未到场，无签名 / cardholder not present, no signature",
    }
    .to_owned()
}

/// The lines of an archived slip; `None` if there is no copy.
pub fn lines_of(shown: &Shown) -> Option<Lines> {
    shown.slip.as_ref().map(|slip| render(slip, Copy::Cardholder, Columns::C32))
}

impl Paper {
    /// That of an archived slip; `None` if there is no copy.
    pub fn of(shown: &Shown) -> Option<Self> {
        let (slip, rendered) = (shown.slip.as_ref()?, lines_of(shown)?);
        let bold: Vec<bool> = rendered.iter().map(|line| line.bold()).collect();
        let text = rendered.to_string();
        let lines = text.lines().map(|line| line.trim_end().to_owned()).zip(bold).collect();
        let picture = shown.picture.as_deref().and_then(slipway_iso8583::from_hex);
        Some(Self { lines, word: signature_word(slip, shown.signed.map(|(signed, _)| signed)), picture })
    }

    /// Every part with its name and its hash.
    fn parts(&self) -> Vec<(String, String)> {
        let hash = |name: &str, bytes: &[u8]| {
            let whole = sha256(&[name.as_bytes(), b"\n", bytes].concat());
            (name.to_owned(), slipway_iso8583::hex(&whole[..16]).to_lowercase())
        };
        let mut parts: Vec<_> = self
            .lines
            .iter()
            .enumerate()
            .map(|(at, (line, _))| hash(&format!("line {:03}", at + 1), line.as_bytes()))
            .collect();
        parts.push(hash("word", self.word.as_bytes()));
        parts.push(hash("picture", self.picture.as_deref().unwrap_or_default()));
        parts
    }
}

/// The first eight bytes of a public key's hash, for people to compare.
pub fn fingerprint(public: &[u8]) -> String {
    slipway_iso8583::hex(&sha256(public)[..8]).to_lowercase()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

/// Base 64 (RFC 4648), for a picture inside the page.
pub fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in bytes.chunks(3) {
        let bits = three.iter().fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for place in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * place) & 63) as usize];
            out.push(if place <= three.len() { char::from(digit) } else { '=' });
        }
    }
    out
}

/// What base 64 stands for; `None`: it is none.
pub fn from_base64(text: &str) -> Option<Vec<u8>> {
    let digit = |c: u8| match c {
        b'A'..=b'Z' => Some(c - b'A'),
        b'a'..=b'z' => Some(c - b'a' + 26),
        b'0'..=b'9' => Some(c - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let plain: Vec<u8> = text.trim_end_matches('=').bytes().map(digit).collect::<Option<_>>()?;
    let mut out = Vec::new();
    for four in plain.chunks(4) {
        let bits = four.iter().fold(0_u32, |sum, six| sum << 6 | u32::from(*six)) << (6 * (4 - four.len()));
        out.extend_from_slice(&bits.to_be_bytes()[1..four.len().max(1)]);
    }
    Some(out)
}

/// The policy of a page: its own style, pictures inside it, nothing else.
pub fn policy() -> String {
    let style = base64(&sha256(STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}

/// The page.
pub fn page(paper: &Paper, acquirer: &InstitutionId, at: Moment, key: &SigningKey, layout: Layout) -> String {
    let mut seal = format!(
        "{}\nacquirer {acquirer}\nkey {}\nissued {at}\nlines {}\n",
        layout.begin(),
        fingerprint(&key.public()),
        paper.lines.len()
    );
    for (name, hash) in paper.parts() {
        seal.push_str(&format!("{name} {hash}\n"));
    }
    let seal = seal.trim_end();
    let signature = slipway_iso8583::hex(&key.sign(seal.as_bytes())).to_lowercase();
    around(paper, seal, &signature, layout)
}

/// The page around a seal. A check builds it again from what it has read and compares every byte: a new layout is a new
/// version of [`Layout`], or the pages that people have kept would be called changed.
fn around(paper: &Paper, seal: &str, signature: &str, layout: Layout) -> String {
    let mut slip = String::new();
    for (line, bold) in &paper.lines {
        let line = escape(line);
        slip.push_str(&if *bold && !line.is_empty() { format!("<b>{line}</b>\n") } else { format!("{line}\n") });
    }
    let picture = paper.picture.as_ref().map_or_else(String::new, |png| {
        format!("<img id=\"picture\" alt=\"签名 signature\" src=\"data:image/png;base64,{}\">\n", base64(png))
    });
    // The policy of a header cannot be in a saved file: what a page may say of itself stands in it too.
    let own = policy().replace("; frame-ancestors 'none'", "");
    format!(
        "<!DOCTYPE html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"{own}\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>电子签购单 Electronic slip</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <h1>电子签购单<br>ELECTRONIC SLIP</h1>\n<pre id=\"slip\">{slip}</pre>\n<p id=\"word\">{}</p>\n{picture}{}\
         <p class=\"note\">本页由收单行签章；保存后可用 slipway verify 验证。只有上面方框内的内容经过签章。<br>\
         Sealed by the acquirer; save the page and check it with slipway verify. Only the slip, the word on the signature and its picture are sealed.</p>\n\
         <details>\n<summary>签章 Seal</summary>\n<pre id=\"seal\">{seal}</pre>\n<pre id=\"signature\">{signature}</pre>\n</details>\n</main>\n</body>\n</html>\n",
        escape(&paper.word),
        layout.behind()
    )
}

/// What a check of a page says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// As it was sealed: by whom, when, and what, so that nobody has to trust what a page shows.
    Genuine(String, String, Paper),
    /// Not as it was sealed: which parts. `page`: what is sealed stands there, but something around it is not ours.
    Changed(Vec<String>),
    /// Sealed under another key: which one it names.
    OtherKey(String),
    /// No page of a slip.
    NoSlip,
}

/// The inside of the one element with this id; `Err`: more than one.
fn element<'t>(html: &'t str, id: &str, end: &str) -> Result<Option<&'t str>, ()> {
    let mark = format!("id=\"{id}\"");
    let mut found = html.match_indices(&mark);
    let Some((at, _)) = found.next() else { return Ok(None) };
    if found.next().is_some() {
        return Err(());
    }
    let inside = html[at..].split_once('>').and_then(|(_, rest)| rest.split_once(end)).map(|(inside, _)| inside);
    Ok(inside)
}

/// Text out of markup. `None`: there is an element in it, which could hide or cover something.
fn text_of(markup: &str) -> Option<String> {
    if markup.contains('<') || markup.contains('>') {
        return None;
    }
    let text = markup.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
    Some(text.replace("&amp;", "&"))
}

fn read(html: &str) -> Result<Option<(Paper, String, String)>, Vec<String>> {
    let twice = |id: &str| vec![id.to_owned()];
    let part = |id: &'static str, end| element(html, id, end).map_err(|()| twice(id));
    let (Some(slip), Some(word)) = (part("slip", "</pre>")?, part("word", "</p>")?) else { return Ok(None) };
    let (Some(seal), Some(signature)) = (part("seal", "</pre>")?, part("signature", "</pre>")?) else {
        return Ok(None);
    };
    let lines = slip.strip_suffix('\n').unwrap_or(slip).split('\n').map(|line| {
        let bold = line.strip_prefix("<b>").and_then(|line| line.strip_suffix("</b>"));
        Some((text_of(bold.unwrap_or(line))?, bold.is_some()))
    });
    let lines = lines.collect::<Option<Vec<_>>>().ok_or_else(|| twice("slip"))?;
    let word = text_of(word).ok_or_else(|| twice("word"))?;
    let picture = match html.matches("id=\"picture\"").count() {
        0 => None,
        1 => {
            let data = html.split_once("id=\"picture\"").and_then(|(_, rest)| rest.split_once("base64,"));
            let data = data.and_then(|(_, rest)| rest.split_once('"')).and_then(|(data, _)| from_base64(data));
            Some(data.ok_or_else(|| twice("picture"))?)
        }
        _ => return Err(twice("picture")),
    };
    let (Some(seal), Some(signature)) = (text_of(seal), text_of(signature)) else { return Err(twice("seal")) };
    Ok(Some((Paper { lines, word, picture }, seal, signature)))
}

/// Checks a page as it was served; only line ends may have become another system's. What is sealed proves nothing about a page
/// that shows something else: in a comment or hidden it would be found here while a person reads a forgery beside it. So the
/// whole page must be what [`page`] writes around it.
pub fn verify(html: &str, public: &[u8]) -> Verdict {
    let html = &html.replace("\r\n", "\n");
    let (paper, seal, signature) = match read(html) {
        Ok(Some(read)) => read,
        Ok(None) => return Verdict::NoSlip,
        Err(parts) => return Verdict::Changed(parts),
    };
    let seal = seal.trim();
    let begin = seal.lines().next().unwrap_or_default();
    let Some(layout) = Layout::ALL.into_iter().find(|layout| begin == layout.begin()) else {
        return Verdict::NoSlip;
    };
    let says = |name: &str| seal.lines().find_map(|line| line.strip_prefix(name)).map(|rest| rest.trim().to_owned());
    let signature = signature.trim();
    let bytes = slipway_iso8583::from_hex(signature);
    if !bytes.is_some_and(|bytes| signature_holds(public, seal.as_bytes(), &bytes)) {
        return match says("key ") {
            Some(named) if named != fingerprint(public) => Verdict::OtherKey(named),
            _ => Verdict::Changed(vec!["seal".into()]),
        };
    }
    let sealed: Vec<(&str, &str)> = seal.lines().skip(5).filter_map(|line| line.rsplit_once(' ')).collect();
    let own = paper.parts();
    let mut changed: Vec<String> = Vec::new();
    for (name, hash) in &sealed {
        if own.iter().find(|(of, _)| of == name).is_none_or(|(_, of)| of != hash) {
            changed.push((*name).to_owned());
        }
    }
    changed
        .extend(own.iter().filter(|(name, _)| !sealed.iter().any(|(of, _)| of == name)).map(|(name, _)| name.clone()));
    if changed.is_empty() && around(&paper, seal, signature, layout) != *html {
        changed.push("page".to_owned());
    }
    if changed.is_empty() {
        Verdict::Genuine(says("acquirer ").unwrap_or_default(), says("issued ").unwrap_or_default(), paper)
    } else {
        Verdict::Changed(changed)
    }
}

#[cfg(test)]
mod tests;
