//! The table a payment engineer reads: framing, MTI, bitmap, one row a field, parts indented, codes explained in both languages.
//! Only lays out what `show` has already masked.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use slipway_terms::Lang;

use crate::fault::Name;
use crate::mask::Reveal;
use crate::show::{Shown, ShownField};

/// The name column is as wide as the longest name of the message, between these two.
const NAME_COLUMNS: core::ops::RangeInclusive<usize> = 20..=72;
/// Columns of a part's label, which stands where number, offset and length of a field do.
const PLACE_COLUMNS: usize = 18;

impl Shown {
    /// The table as lines of plain text. `lang` puts that language first.
    #[must_use]
    pub fn lines(&self, lang: Lang) -> Vec<String> {
        let mut out = Vec::new();
        let unit = pick(lang, "字节", "bytes");
        let mut first = format!("{} · {} {unit}", self.dialect, self.bytes);
        for part in &self.framing {
            first.push_str(&format!(" · {} {}{}", part.key, part.value, said(lang, part.meaning)));
        }
        out.push(first);
        out.push(format!("MTI {}{}", self.mti, said(lang, self.mti_meaning)));
        let numbers: Vec<String> = self.fields.iter().map(|f| format!("{}", f.number)).collect();
        out.push(format!("{} {} · {}", pick(lang, "位图", "bitmap"), self.bitmap, numbers.join(" ")));
        let names = self.fields.iter().flat_map(|f| f.sub.iter().filter_map(|s| s.name).chain([f.name]));
        let longest = names.map(|name| columns(&both(lang, name))).max().unwrap_or(0);
        let wide = longest.clamp(*NAME_COLUMNS.start(), *NAME_COLUMNS.end());
        out.push(head(lang, wide));
        for field in &self.fields {
            field_lines(field, lang, wide, &mut out);
        }
        self.remarks(lang, &mut out);
        out
    }

    fn remarks(&self, lang: Lang, out: &mut Vec<String>) {
        if let Some(mended) = self.mended {
            let (n, says, taken) = (mended.field, mended.says, mended.taken);
            out.push(match lang {
                Lang::Zh => format!("! 域 {n} 的长度写作 {says}，按 {taken} 才能读完整条报文"),
                Lang::En => {
                    format!("! field {n}: its length says {says}; the message only comes out even with {taken}")
                }
            });
        }
        if !self.trailing.is_empty() {
            out.push(format!("! {} {}", pick(lang, "末尾多余字节", "bytes behind the last field"), self.trailing));
        }
        if self.reveal == Reveal::Masked {
            out.push(String::from(pick(lang, "敏感数据已屏蔽", "sensitive data is masked")));
        }
    }
}

fn head(lang: Lang, wide: usize) -> String {
    let (field, at, len) = (pick(lang, "域", "field"), pick(lang, "偏移", "at"), pick(lang, "长度", "len"));
    let name = pad(pick(lang, "名称", "name"), wide);
    format!("{}{}{}{name}  {}", pad(field, 7), pad(at, 6), pad(len, 5), pick(lang, "值", "value"))
}

fn field_lines(field: &ShownField, lang: Lang, wide: usize, out: &mut Vec<String>) {
    let place = format!("{:<7}{:<6}{:<5}", field.number, field.offset, field.length);
    let name = pad(&both(lang, field.name), wide);
    out.push(format!("{place}{name}  {}{}", quoted(&field.value), said(lang, field.meaning)));
    for sub in &field.sub {
        let name = sub.name.map(|name| both(lang, name)).unwrap_or_default();
        let label = pad(&format!("   {}", sub.label), PLACE_COLUMNS);
        out.push(format!("{label}{}  {}{}", pad(&name, wide), quoted(&sub.value), said(lang, sub.meaning)));
    }
}

/// A text with blanks at its ends is quoted, so that they can be seen.
fn quoted(value: &str) -> String {
    if value.trim() == value { String::from(value) } else { format!("\"{value}\"") }
}

fn pick(lang: Lang, zh: &'static str, en: &'static str) -> &'static str {
    match lang {
        Lang::Zh => zh,
        Lang::En => en,
    }
}

fn both(lang: Lang, name: Name) -> String {
    if name.zh == name.en {
        return String::from(name.en);
    }
    match lang {
        Lang::Zh => format!("{} {}", name.zh, name.en),
        Lang::En => format!("{} {}", name.en, name.zh),
    }
}

fn said(lang: Lang, meaning: Option<Name>) -> String {
    meaning.map(|name| format!(" ({})", both(lang, name))).unwrap_or_default()
}

/// Columns in a terminal window, where a Chinese character takes two.
fn columns(text: &str) -> usize {
    text.chars().map(|c| if u32::from(c) >= 0x1100 { 2 } else { 1 }).sum()
}

fn pad(text: &str, wide: usize) -> String {
    let mut out = String::from(text);
    out.extend(core::iter::repeat_n(' ', wide.saturating_sub(columns(text))));
    out
}
