//! What the person gave: an argument, or standard input. Read up to a limit, never repeated in an error.

use crate::say::End;
use std::io::{IsTerminal, Read};

/// Characters read at most: the longest frame in hexadecimal with a separator after each byte, or its fields as JSON.
const GIVEN_CHARS_MAX: u64 = 64 * 1024;

/// The argument; without one, or with `-`, all of standard input.
///
/// # Errors
/// Wrong use: nothing given, not text, too long.
pub fn text(argument: Option<&str>, what_zh: &str, what_en: &str) -> Result<String, End> {
    let text = match argument {
        Some(text) if text != "-" => text.to_owned(),
        None if std::io::stdin().is_terminal() => {
            return Err(End::usage(
                format!("请给出{what_zh}：作为参数，或从标准输入（-）"),
                format!("give {what_en} as an argument, or on standard input (-)"),
            ));
        }
        _ => from_stdin()?,
    };
    if u64::try_from(text.len()).unwrap_or(u64::MAX) > GIVEN_CHARS_MAX {
        return Err(too_long());
    }
    Ok(text)
}

fn from_stdin() -> Result<String, End> {
    let mut bytes = Vec::new();
    std::io::stdin().lock().take(GIVEN_CHARS_MAX + 1).read_to_end(&mut bytes)?;
    String::from_utf8(bytes).map_err(|_| {
        End::usage(
            "标准输入不是文本；二进制报文请先转成十六进制（例如 xxd -p）",
            "standard input is not text; turn a binary message into hexadecimal first (for instance xxd -p)",
        )
    })
}

fn too_long() -> End {
    End::usage(
        format!("输入超过 {GIVEN_CHARS_MAX} 个字符；一次只解一条报文"),
        format!("more than {GIVEN_CHARS_MAX} characters; give one message at a time"),
    )
}

/// Bytes of hexadecimal text. A `0x` in front, blanks, line ends and colons between digits are skipped.
///
/// # Errors
/// Wrong use, with the place (line and column) of the first wrong character, not the character.
pub fn bytes(text: &str) -> Result<Vec<u8>, End> {
    let text = text.trim();
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text);
    let mut nibbles = Vec::with_capacity(digits.len());
    let (mut line, mut column) = (1_usize, 1 + text.len() - digits.len());
    for c in digits.chars() {
        if let Some(nibble) = c.to_digit(16).and_then(|n| u8::try_from(n).ok()) {
            nibbles.push(nibble);
        } else if !c.is_ascii_whitespace() && c != ':' {
            return Err(End::usage(
                format!("第 {line} 行第 {column} 个字符不是十六进制数字"),
                format!("line {line}, character {column} is not a hexadecimal digit"),
            ));
        }
        (line, column) = if c == '\n' { (line + 1, 1) } else { (line, column + 1) };
    }
    if nibbles.is_empty() {
        return Err(End::usage("没有十六进制数字", "no hexadecimal digits given"));
    }
    if !nibbles.len().is_multiple_of(2) {
        let n = nibbles.len();
        return Err(End::usage(
            format!("共 {n} 个十六进制数字，是奇数：少了或多了一个"),
            format!("{n} hexadecimal digits: an odd number, one is missing or too many"),
        ));
    }
    Ok(nibbles.chunks(2).map(|pair| pair.iter().fold(0, |byte, nibble| byte << 4 | nibble)).collect())
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn hexadecimal_as_people_paste_it() {
        let check = |text: &str, want: Result<&[u8], &str>| match (bytes(text), want) {
            (Ok(got), Ok(want)) => assert_eq!(got, want, "{text}"),
            (Err(got), Err(want)) => assert!(got.code == 2 && got.text.en.contains(want), "{text}: {}", got.text.en),
            (got, _) => panic!("{text}: {got:?}"),
        };
        check("60050A", Ok(&[0x60, 0x05, 0x0A]));
        check(" 60 05\n0a\r\n", Ok(&[0x60, 0x05, 0x0A]));
        check("0x6005", Ok(&[0x60, 0x05]));
        check("60:05", Ok(&[0x60, 0x05]));
        check("6 0 0 5", Ok(&[0x60, 0x05]));
        check("", Err("no hexadecimal"));
        check("600", Err("3 hexadecimal digits: an odd number"));
        check("60\n0G", Err("line 2, character 2"));
        check("60号", Err("line 1, character 3"));
    }
}
