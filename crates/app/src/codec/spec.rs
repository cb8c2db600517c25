//! `--dialect NAME` or `--spec FILE`: the table that a message is read or written with.
//! What is wrong with a file is told with its line and field; the file itself is never repeated.

use super::dialect_of;
use crate::say::End;
use slipway_iso8583::profile::{Profile, unionpay_pos_profile};
use slipway_iso8583::spec::{SPEC_BYTES_MAX, Spec, from_jpos_xml, from_toml};
use slipway_iso8583::{Dialect, UNIONPAY_POS, Wire};
use std::borrow::Cow;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Which table.
#[derive(clap::Args)]
pub struct Table {
    /// A built-in dialect, e.g. unionpay-pos, iso87-bcd, ebcdic-host (decode without one: a UnionPay one, found by the framing).
    #[arg(long)]
    dialect: Option<String>,
    /// A dialect of your own: TOML, or a jPOS packager in XML.
    #[arg(long, value_name = "FILE", conflicts_with = "dialect")]
    spec: Option<std::path::PathBuf>,
    /// What stands around the message: binary2, binary4, ascii4, bcd2 or none, then +inclusive, +tpdu, +header:HEX.
    #[arg(long, value_name = "WORDS")]
    wire: Option<String>,
}

/// A table, and what its file says of messages.
pub struct Found {
    /// The table.
    pub dialect: Cow<'static, Dialect>,
    /// What stands around its messages, if that was named.
    pub wire: Option<Wire>,
    profile: Option<Profile>,
}

impl Found {
    /// The rules for its messages: the file's, or the built-in ones.
    ///
    /// # Errors
    /// Wrong use: there are none.
    pub fn profile(self) -> Result<Profile, End> {
        match self.profile {
            Some(profile) => Ok(profile),
            None if self.dialect.name == UNIONPAY_POS.name => Ok(unionpay_pos_profile()),
            None => Err(End::usage(
                "此报文规范没有规则；内置规则只有 unionpay-pos，其他请在 --spec 文件中写 [[profile.message]]",
                "this dialect has no profile; the built-in one is for unionpay-pos, others stand in a --spec file as [[profile.message]]",
            )),
        }
    }
}

impl Table {
    /// The table that was named, if one was.
    ///
    /// # Errors
    /// Wrong use: no such dialect, no such file, or what is wrong in it.
    pub fn find(&self) -> Result<Option<Found>, End> {
        let wire = self.wire.as_deref().map(words).transpose()?;
        if let Some(path) = &self.spec {
            let spec = read(path)?;
            let wire = wire.or(spec.wire);
            return Ok(Some(Found { dialect: Cow::Owned(spec.dialect), wire, profile: spec.profile }));
        }
        let named = self.dialect.as_deref().map(dialect_of).transpose()?;
        if wire.is_some() && named.is_none() {
            return Err(End::usage("--wire 需要 --dialect 或 --spec", "--wire needs --dialect or --spec"));
        }
        Ok(named.map(|dialect| Found { dialect: Cow::Borrowed(dialect), wire, profile: None }))
    }
}

fn words(text: &str) -> Result<Wire, End> {
    Wire::parse(text).ok_or_else(|| {
        End::usage(
            "--wire 形如 binary2、ascii4+inclusive、bcd2+tpdu、none+header:HEX",
            "--wire is like binary2, ascii4+inclusive, bcd2+tpdu, none+header:HEX",
        )
    })
}

fn read(path: &Path) -> Result<Spec, End> {
    let shown = path.display();
    let text = text(path)
        .map_err(|fault| End::usage(format!("读不了 {shown}：{fault}"), format!("cannot read {shown}: {fault}")))?;
    let xml = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("xml")) || text.trim_start().starts_with('<');
    let spec = if xml { from_jpos_xml(&text) } else { from_toml(&text) };
    spec.map_err(|fault| End::usage(format!("{shown}：{}", fault.told_zh()), format!("{shown}: {fault}")))
}

fn text(path: &Path) -> std::io::Result<String> {
    let limit = u64::try_from(SPEC_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
    let mut text = String::new();
    File::open(path)?.take(limit).read_to_string(&mut text)?;
    Ok(text)
}
