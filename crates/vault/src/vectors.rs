//! Every entry of the project's `vectors/crypto.json`, and the published known answers of each cipher.
//! An entry of a kind that this file does not know fails, so that no new vector goes untested.

use serde_json::Value;
use slipway_terms::{MacMethod, Pan, Pin, PinFormat};

use crate::cipher::{Ready, Schedule};
use crate::mac::{Padding, cbc_mac, chain, ecb_xor_from_block, ecb_xor_sm4, mac, mac_holds, retail_mac};
use crate::pin::lay;
use crate::secret::{Algorithm, ClearKey};
use crate::sign_on::{KeyBlock, MakSlot, WorkingKeys};
use crate::wrap::Wrapper;

fn bytes(hex: &str) -> Vec<u8> {
    let pair = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    (0..hex.len()).step_by(2).map(pair).collect()
}

fn key(algorithm: Algorithm, hex: &str) -> Schedule {
    Schedule::new(&ClearKey::new(algorithm, &bytes(hex)).unwrap()).unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

fn deciphered(under: &Schedule, text: &str) -> String {
    let mut data = bytes(text);
    under.decrypt_ecb(&mut data).unwrap();
    hex(&data)
}

/// Checks one entry and returns how many of its expected values were compared.
fn check(entry: &Value) -> usize {
    use Algorithm::{Des, Sm4, Tdes};
    let text = |name: &str| entry[name].as_str().unwrap_or_else(|| panic!("{name} of {}", entry["id"]));
    let mut compared = 0;
    let mut same = |name: &str, got: String| {
        assert_eq!(entry["expected"][name].as_str(), Some(got.as_str()), "{} {name}", entry["id"]);
        compared += 1;
    };
    match (entry["kind"].as_str().unwrap(), entry["f62"].is_string()) {
        ("workkey", true) => {
            let tmk = key(Tdes, text("tmk"));
            let field = bytes(text("f62"));
            let keys = WorkingKeys::parse(&tmk, KeyBlock::Double, MakSlot::Single, &field).unwrap();
            same("pik", hex(keys.pin.bytes()));
            same("mak_used", hex(keys.mac.bytes()));
            same("pik_kcv", hex(&Schedule::new(&keys.pin).unwrap().check_value().unwrap().0));
            same("mak_kcv", hex(&Schedule::new(&keys.mac).unwrap().check_value().unwrap().0));
            same("mak_slot_plain", deciphered(&tmk, &hex(&field[20..36])));
            // The same keys build the same bytes: this is what our acquirer sends.
            assert_eq!(keys.build(&tmk, KeyBlock::Double, MakSlot::Single).unwrap(), field);
        }
        ("workkey", false) => {
            let plain = deciphered(&key(Tdes, text("tmk")), text("encrypted"));
            same("kcv", hex(&key(Tdes, &plain).check_value().unwrap().0));
            same("plain", plain);
        }
        ("kcv", _) => same("kcv", hex(&key(Tdes, text("key")).check_value().unwrap().0)),
        ("mac-ecb-xor", _) => {
            let Ready::Des(mak) = key(Des, text("key")).0 else { panic!("single-length key") };
            let block = bytes(entry["steps"]["result_block"].as_str().unwrap()).try_into().unwrap();
            let code = ecb_xor_from_block(&mak, block);
            same("f64_hex", hex(&code));
            same("f64_ascii", String::from_utf8(code.to_vec()).unwrap());
        }
        ("pinblock", _) => {
            let card = Pan::new(entry["pan"].as_str().unwrap_or("9990010000000000001")).unwrap();
            let format = if entry["pan"].is_string() { PinFormat::WithPan } else { PinFormat::WithoutPan };
            same("block", hex(&lay(&Pin::new(text("pin")).unwrap(), format, &card)[..]));
        }
        ("mac-x99", _) => {
            let plain = deciphered(&key(Tdes, text("mmk")), text("encrypted_new_key"));
            assert_eq!(plain, text("new_key"));
            let new = key(Des, &plain);
            let code = mac(MacMethod::X99, &new, text("mab").as_bytes()).unwrap();
            same("mac4", hex(&code[..4]));
            same("kcv4", hex(&new.check_value().unwrap().0));
            same("f128", hex(&code[..4]) + &hex(&new.check_value().unwrap().0));
        }
        ("mac-cbc-3des", _) => {
            let got = cbc_mac(&key(Tdes, text("key")), &bytes(text("data")), Padding::Method2).unwrap();
            same("mac", hex(&got));
        }
        ("mac-retail-3des", _) => {
            let (first, second) = (key(Tdes, text("key1")), key(Tdes, text("key2")));
            same("mac", hex(&retail_mac(&first, &second, &bytes(text("data")), Padding::Method2).unwrap()));
        }
        ("sm4-workkey", _) => {
            let plain = deciphered(&key(Sm4, text("protect_key")), text("encrypted"));
            let under = key(Sm4, &plain);
            let mut zeros = [0; 16];
            under.encrypt_ecb(&mut zeros).unwrap();
            assert_eq!(under.check_value().unwrap().0, zeros[..4]);
            same("kcv_full", hex(&zeros));
            same("kcv8", hex(&zeros[..8]));
            same("plain", plain);
        }
        ("sm4-block", _) => {
            let mut data = bytes(text("data"));
            key(Sm4, text("key")).encrypt_ecb(&mut data).unwrap();
            same("cipher", hex(&data));
        }
        // Self-computed: they hold this code still, but prove nothing about any host.
        ("sm4-mac-ecb-xor", _) => {
            let schedule = key(Sm4, text("key"));
            let short = mac(MacMethod::EcbXor, &schedule, &bytes(text("data"))).unwrap();
            same("first8_ascii", String::from_utf8(short.to_vec()).unwrap());
            let Ready::Sm4(sm4) = schedule.0 else { panic!("SM4 key") };
            same("full", hex(&ecb_xor_sm4(&sm4, &bytes(text("data")))));
        }
        ("sm4-mac-cbc", _) => {
            let schedule = key(Sm4, text("key"));
            same("left8", hex(&mac(MacMethod::X99, &schedule, &bytes(text("data"))).unwrap()));
            let Ready::Sm4(sm4) = schedule.0 else { panic!("SM4 key") };
            same("full", hex(&chain(&bytes(text("data")), Padding::Zero, |block: [u8; 16]| sm4.encrypt(block))));
        }
        (kind, _) => panic!("{} is of the unknown kind {kind}", entry["id"]),
    }
    compared
}

#[test]
fn every_published_vector_holds() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors/crypto.json");
    let all: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    for entry in all.as_array().unwrap() {
        let expected = entry["expected"].as_object().unwrap().len();
        assert_eq!(check(entry), expected, "{}: an expected value was not compared", entry["id"]);
    }
    let own = all.as_array().unwrap().iter().filter(|entry| entry["self_computed"] == true);
    assert_eq!(own.count(), 2, "only the two SM4 codes are self-computed; a new one must be marked here too");
}

#[test]
fn ciphers_give_their_standards_answers() {
    // FIPS 81 (ECB) and SP 800-17 for DES; triple DES with equal halves is DES.
    for (algorithm, under, plain, cipher) in [
        (Algorithm::Des, "0123456789ABCDEF", "4E6F77206973207468652074696D6520", "3FA40E8A984D48156A271787AB8883F9"),
        (Algorithm::Des, "0101010101010101", "8000000000000000", "95F8A5E5DD31D900"),
        (Algorithm::Des, "133457799BBCDFF1", "0123456789ABCDEF", "85E813540F0AB405"),
        (Algorithm::Tdes, "0123456789ABCDEF0123456789ABCDEF", "4E6F772069732074", "3FA40E8A984D4815"),
    ] {
        let mut data = bytes(plain);
        let schedule = key(algorithm, under);
        schedule.encrypt_ecb(&mut data).unwrap();
        assert_eq!(hex(&data), cipher);
        schedule.decrypt_ecb(&mut data).unwrap();
        assert_eq!(hex(&data), plain);
    }
    // FIPS 113: the message code example.
    let fips113 =
        mac(MacMethod::X99, &key(Algorithm::Des, "0123456789ABCDEF"), b"7654321 Now is the time for ").unwrap();
    assert_eq!(hex(&fips113[..4]), "F1D30F68");
    // AES-256-GCM, NIST case 13: zero key, zero nonce, nothing inside.
    let wrapper = Wrapper::new(&ClearKey::new(Algorithm::Aes256, &[0; 32]).unwrap()).unwrap();
    let mut closed = Vec::new();
    wrapper.close(&mut |out: &mut [u8]| out.fill(0), b"", b"", &mut closed).unwrap();
    assert_eq!(hex(&closed[12..]), "530F8AFBC74536B9A963B4F1C4CB738B");
}

/// Codes over the bytes 01, 02, .. computed by the Python package psec, whole and broken last block.
#[test]
fn x99_and_x919_agree_with_psec() {
    let data: Vec<u8> = (1..=120).collect();
    let single = key(Algorithm::Des, "0123456789ABCDEF");
    let double = key(Algorithm::Tdes, "0123456789ABCDEFFEDCBA9876543210");
    for (method, under, length, want) in [
        (MacMethod::X919, &double, 120, "800A6E6B5EFE4DED"),
        (MacMethod::X919, &double, 117, "A03E6A96F62C9334"),
        (MacMethod::X99, &single, 120, "15359E064AC59856"),
        (MacMethod::X99, &single, 117, "254595B313DEAD04"),
        (MacMethod::X99, &double, 117, "EEB01833BA57B2CE"),
    ] {
        let code = mac(method, under, &data[..length]).unwrap();
        assert_eq!(hex(&code), want, "{method:?} {length}");
        assert_eq!(mac_holds(method, under, &data[..length], &code), Ok(true));
        let mut bad = code;
        bad[7] ^= 1;
        assert_eq!(mac_holds(method, under, &data[..length], &bad), Ok(false));
    }
    let (left, right) = (key(Algorithm::Des, "0123456789ABCDEF"), key(Algorithm::Des, "FEDCBA9876543210"));
    assert_eq!(hex(&retail_mac(&left, &right, &data, Padding::Method2).unwrap()), "2991A571F7706A06");
    assert!(mac(MacMethod::X919, &single, &data).is_err(), "X9.19 needs two halves");
    assert!(retail_mac(&left, &double, &data, Padding::Zero).is_err());
}

/// A double-length key goes through both halves in ECB-XOR too; the value is by hand: hex of the XOR, 3DES, XOR, 3DES.
#[test]
fn ecb_xor_with_a_double_length_key_is_triple_des() {
    let double = key(Algorithm::Tdes, "0123456789ABCDEFFEDCBA9876543210");
    let mut first = *b"01020304";
    double.encrypt_ecb(&mut first).unwrap();
    for (byte, other) in first.iter_mut().zip(b"05060708") {
        *byte ^= other;
    }
    double.encrypt_ecb(&mut first).unwrap();
    let want = hex(&first[..4]);
    assert_eq!(mac(MacMethod::EcbXor, &double, &[1, 2, 3, 4, 5, 6, 7, 8]).unwrap()[..], *want.as_bytes());
    // Zero fill: the same message with explicit zeros, and XORed with a block that is all zeros.
    assert_eq!(
        mac(MacMethod::EcbXor, &double, &[1, 2, 3]),
        mac(MacMethod::EcbXor, &double, &[1, 2, 3, 0, 0, 0, 0, 0, 0])
    );
}
