//! What a terminal is that belongs to no network's folder: its numbers, its merchant, its master key. Read from TOML; the
//! master key is needed at the first start only, when it goes into the terminal's own vault.

use crate::network::open::Seat;
use crate::run::Tls;
use crate::say::End;
use serde::Deserialize;
use slipway_terminal::{OfflineLimits, Trade, Verify};
use slipway_terms::{BadShape, Keying, MerchantId, Short, TerminalId, Text};
use std::path::Path;

/// `slipway terminal --print-profile` prints this.
pub const EXAMPLE: &str = r#"# slipway terminal --connect 127.0.0.1:7800 --profile FILE
terminal = "20000001"                        # DE 41 终端号
merchant = "999290054110001"                 # DE 42 商户号
merchant_name = "示范超市 SAMPLE MARKET"     # on the slip 商户名称
tmk = ""                                     # 32 hex digits, at the first start only 终端主密钥, 仅首次启动需要
operator_password = "0000"                   # of 00 and 01, at the first start only 初始操作员密码
keyed_cards = false                          # card numbers may be keyed 允许手输卡号
moto = false                                 # mail and telephone orders 订购
refund = true                                # 退货
cardholder = "signature"                     # pin, signature, both, none 持卡人验证方式
tap_no_pin_fen = 100000                      # largest sale by tap without PIN; 0 none 挥卡免密限额
offline_single_fen = 0                       # largest offline sale; 0 none until the acquirer allows some 离线单笔限额
offline_count = 0
test = true                                  # slips say that they are no vouchers 测试交易
plain = true                                 # no TLS: for a host on this machine, as `slipway up` 明文, 仅限本机
# [tls]                                      # instead of `plain`; paths from this file's folder 与明文二选一
# ca = "tls/ca.pem"                          # whose certificates are believed 信任的CA
# certificate = "tls/own.pem"                # its own, if the host wants one 本机证书
# key = "tls/own.key"
# peer = "acquirer"                          # the name on the host's certificate 对方证书上的名称
"#;

/// A profile as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    terminal: String,
    merchant: String,
    #[serde(default)]
    merchant_name: String,
    tmk: Option<String>,
    #[serde(default = "password")]
    operator_password: String,
    #[serde(default)]
    keyed_cards: bool,
    #[serde(default)]
    moto: bool,
    #[serde(default = "yes")]
    refund: bool,
    #[serde(default = "signature")]
    cardholder: String,
    #[serde(default)]
    tap_no_pin_fen: u64,
    #[serde(default)]
    offline_single_fen: u64,
    #[serde(default)]
    offline_count: u16,
    #[serde(default = "yes")]
    test: bool,
    #[serde(default)]
    plain: bool,
    tls: Option<Tls>,
}

fn password() -> String {
    crate::network::sample::OPERATOR_PASSWORD.into()
}

fn signature() -> String {
    "signature".into()
}

const fn yes() -> bool {
    true
}

/// A terminal's profile.
pub struct Profile {
    /// What its store begins with.
    pub seat: Seat,
    /// Its master key, if the file has it.
    pub tmk: Option<[u8; 16]>,
    /// The operators' first password.
    pub password: String,
    /// How it speaks TLS; `None`: plain, as it says.
    pub tls: Option<Tls>,
}

impl Profile {
    /// Reads a file.
    ///
    /// # Errors
    /// 3 a file that cannot be read, 2 one that is no profile.
    pub fn read(path: &Path) -> Result<Self, End> {
        let shown = path.display();
        let text = std::fs::read_to_string(path).map_err(|error| {
            End::environment(
                format!("无法读取 {shown}：{error}；终端未启动"),
                format!("cannot read {shown}: {error}; the terminal was not started"),
            )
        })?;
        parse(&text).map_err(|what| {
            End::usage(format!("{shown} 有误：{}", what.zh), format!("{shown} is not right: {}", what.en))
        })
    }
}

fn parse(text: &str) -> Result<Profile, Text> {
    // The message alone: an excerpt could show the master key.
    let written: Written = toml::from_str(text).map_err(|error| Text::new(error.message(), error.message()))?;
    let tmk = match written.tmk.as_deref().filter(|hex| !hex.is_empty()) {
        Some(hex) => {
            let bytes = slipway_iso8583::from_hex(hex).and_then(|bytes| bytes.try_into().ok());
            Some(bytes.ok_or_else(|| Text::new("`tmk` 须为 32 位十六进制", "`tmk` is 32 hex digits"))?)
        }
        None => None,
    };
    let cardholder = match written.cardholder.as_str() {
        "pin" => Verify::Pin,
        "signature" => Verify::Signature,
        "both" => Verify::Both,
        "none" => Verify::None,
        _ => {
            return Err(Text::new(
                "`cardholder` 须为 pin、signature、both 或 none",
                "`cardholder` is pin, signature, both or none",
            ));
        }
    };
    let field = |name: &str, bad: BadShape| Text::new(format!("`{name}`：{}", bad.0), format!("`{name}`: {}", bad.0));
    let sum_fen = written.offline_single_fen.saturating_mul(u64::from(written.offline_count));
    let offline = OfflineLimits { single_fen: written.offline_single_fen, count_max: written.offline_count, sum_fen };
    let seat = Seat {
        keying: Keying::default(),
        terminal: TerminalId::new(&written.terminal).map_err(|bad| field("terminal", bad))?,
        merchant: MerchantId::new(&written.merchant).map_err(|bad| field("merchant", bad))?,
        merchant_name: Short::cut(&written.merchant_name),
        keyed: written.keyed_cards,
        trade: Trade {
            moto: written.moto,
            refund: written.refund,
            cardholder,
            offline,
            tap_fen: written.tap_no_pin_fen,
        },
        test: written.test,
    };
    let tls = match (written.plain, written.tls) {
        (true, None) => None,
        (false, Some(tls)) => Some(tls),
        _ => {
            return Err(Text::new(
                "请给出 [tls]，或写明 `plain = true`（明文，仅限本机），二者取一",
                "give either [tls], or `plain = true` for a host on this machine",
            ));
        }
    };
    Ok(Profile { seat, tmk, password: written.operator_password, tls })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_is_a_profile() {
        let profile = parse(EXAMPLE).unwrap();
        assert!(profile.tmk.is_none() && profile.seat.trade.refund && profile.seat.test);
    }

    #[test]
    fn what_is_no_profile_is_refused() {
        let check = |change: (&str, &str), want: &str| {
            let error = parse(&EXAMPLE.replace(change.0, change.1)).err().unwrap();
            assert!(error.en.contains(want), "{change:?}: {error:?}");
        };
        check(("tmk = \"\"", "tmk = \"00\""), "32 hex digits");
        check(("\"signature\"", "\"smile\""), "`cardholder`");
        check(("\"20000001\"", "\"2\""), "`terminal`");
        check(("moto = false", "motto = false"), "unknown field");
        check(("plain = true", ""), "[tls]");
        check(("# [tls]", "[tls]"), "either [tls]");
        let start = EXAMPLE.find("plain = true").unwrap();
        let secure = parse(&format!("{}[tls]\npeer = \"host\"\n", &EXAMPLE[..start])).unwrap();
        assert_eq!(secure.tls.unwrap().peer.as_deref(), Some("host"));
    }
}
