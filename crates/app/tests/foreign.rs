//! `clearing read`: the layouts that come with the project read their files; a bad file leaves the list of before as it was.

#![allow(clippy::unwrap_used, reason = "tests may")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(layout: &str, file: &Path, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_slipway"));
    command.args(["--lang", "en", "clearing", "read", "--day", "2026-03-02", "--layout"]);
    command.arg(root().join("examples/layouts").join(layout)).arg(file).args(more);
    command.output().unwrap()
}

#[test]
fn a_bad_file_leaves_the_list_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let (file, list) = (folder.path().join("bill.txt"), folder.path().join("issuer.list"));
    let good = "00010000   603400000001P         88002026-03-02\n00010000   603400000002R          -802026-03-02\n";
    // CRC-32 of these two lines, reckoned by Python's zlib.
    let trailer = "T         2                8720";
    let write = |crc: &str| std::fs::write(&file, format!("{good}{trailer}{crc}\n")).unwrap();
    write(CRC);
    let out = ["--out", list.to_str().unwrap()];
    let told = read("wallet-fixed.toml", &file, &out);
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let before = std::fs::read(&list).unwrap();
    assert_eq!(before.len(), 96);
    write("00000000");
    let told = read("wallet-fixed.toml", &file, &out);
    let said = String::from_utf8_lossy(&told.stderr).into_owned();
    assert_eq!(told.status.code(), Some(1));
    assert!(said.contains("line 3, column 32 (crc32): the checksum does not agree"), "{said}");
    assert_eq!(std::fs::read(&list).unwrap(), before, "the list of before is untouched");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "and nothing lies beside it");
    let nobody = read("wallet-fixed.toml", &folder.path().join("nowhere"), &[]);
    assert_eq!(nobody.status.code(), Some(3));
}

const CRC: &str = "c8b53e6a";

#[test]
fn a_banks_statement_in_gbk_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bank.csv");
    // 序号,参考号,种类,金额,日期 / 消费 / 退货 / 合计 in GBK.
    let mut bytes =
        b"\xD0\xF2\xBA\xC5,\xB2\xCE\xBF\xBC\xBA\xC5,\xD6\xD6\xC0\xE0,\xBD\xF0\xB6\xEE,\xC8\xD5\xC6\xDA\r\n".to_vec();
    bytes.extend(
        b"1,`603400000001,\xCF\xFB\xB7\xD1,88.00,20260302\r\n2,`603400000002,\xCD\xCB\xBB\xF5,0.80,20260302\r\n",
    );
    bytes.extend(b"\xBA\xCF\xBC\xC6,2,88.80\r\n");
    std::fs::write(&file, &bytes).unwrap();
    let told = read("bank-csv.toml", &file, &["--json"]);
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let said: serde_json::Value = serde_json::from_slice(&told.stdout).unwrap();
    assert_eq!((&said["rows"], &said["entries"][1]["sum_fen"]), (&2.into(), &"8800".into()));
    let half = bytes.len() - 14;
    std::fs::write(&file, &bytes[..half]).unwrap();
    let told = read("bank-csv.toml", &file, &["--json"]);
    let said: serde_json::Value = serde_json::from_slice(&told.stdout).unwrap();
    assert_eq!((&said["sound"], &said["line"]), (&false.into(), &4.into()), "{said}");
}
