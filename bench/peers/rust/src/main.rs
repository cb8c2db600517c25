//! One chip sale by the other Rust codecs: `name bytes pack_ns unpack_ns`, medians of short rounds.
//! Each has the fields and values of our sale, in the nearest form it knows.

use std::hint::black_box;
use std::time::Instant;

const ROUND: u32 = 200;
const ROUNDS: usize = 500;

fn median(mut once: impl FnMut()) -> u128 {
    let mut rounds: Vec<u128> = (0..ROUNDS)
        .map(|_| {
            let began = Instant::now();
            (0..ROUND).for_each(|_| once());
            began.elapsed().as_nanos() / u128::from(ROUND)
        })
        .collect();
    rounds.sort_unstable();
    rounds[ROUNDS / 2]
}

/// Field, kind, maximum, whether it has a length in front, value.
const SALE: [(u8, char, u16, bool, &str); 17] = [
    (2, 'n', 19, true, "9990010000000014"),
    (3, 'n', 6, false, "000000"),
    (4, 'n', 12, false, "000000008800"),
    (11, 'n', 6, false, "000123"),
    (22, 'n', 4, false, "0051"),
    (23, 'n', 4, false, "0001"),
    (25, 'n', 2, false, "00"),
    (26, 'n', 2, false, "12"),
    (35, 't', 37, true, "9990010000000014D30122010000000000000"),
    (41, 't', 8, false, "10000001"),
    (42, 't', 15, false, "999290054110001"),
    (49, 't', 3, false, "156"),
    (52, 'b', 8, false, "5A5A5A5A5A5A5A5A"),
    (53, 'n', 16, false, "2600000000000000"),
    (55, 'b', 255, true, CHIP),
    (60, 'n', 17, true, "22000001000500"),
    (64, 'b', 8, false, "4141414141414141"),
];

const CHIP: &str = "9F260811223344556677889F2701809F1008070103A02002010A9F3704112233449F36020001950500000000009A033012319C01009F02060000000088005F2A02015682027C009F1A0201569F03060000000000009F3303E0E1C88409F099900100000000019F34034203009F3501229F4103000001";

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap()).collect()
}

fn codec() {
    use iso8583_codec::{Encoding, FieldSpec, FieldValue, Length, Message, Mti, Prefix, Spec};
    let mut builder = Spec::builder("sale");
    for (n, kind, most, var, _) in SALE {
        let prefix = if most > 99 { 3 } else { 2 };
        let length = if var { Length::variable(most, Prefix::Bcd(prefix)) } else { Length::fixed(most) };
        builder = builder.field(match kind {
            'n' => FieldSpec::numeric(n, "n", length).with_encoding(Encoding::Bcd),
            't' => FieldSpec::text(n, "t", length),
            _ => FieldSpec::binary(n, "b", length),
        });
    }
    let spec = builder.build().unwrap();
    let build = || {
        let mut message = Message::new(Mti::parse(b"0200").unwrap());
        for (n, kind, _, _, value) in SALE {
            let value = match kind {
                'n' => FieldValue::digits(value).unwrap(),
                't' => FieldValue::text(value).unwrap(),
                _ => FieldValue::binary(bytes(value)),
            };
            message.set_field(n, value).unwrap();
        }
        message
    };
    let mut out = Vec::with_capacity(512);
    build().encode_to(&spec, &mut out).unwrap();
    let message = build();
    // Building turns hexadecimal into bytes here, which ours is spared: so only the packing of a built message is timed.
    let pack = median(|| {
        out.clear();
        black_box(&message).encode_to(&spec, &mut out).unwrap();
    });
    let unpack = median(|| {
        let message = Message::parse(&spec, black_box(&out)).unwrap();
        black_box(message.fields().map(|(_, value)| value.len()).sum::<usize>());
    });
    println!("iso8583-codec {} {pack} {unpack}", out.len());
}

fn rs() {
    use iso8583_rs::iso8583::iso_spec::{new_msg, spec};
    let mut yaml = String::from(
        "name: S\nid: 1\nheader_fields:\n  - {name: t, id: 1, type: Fixed, len: 4, data_encoding: ASCII}\nmessages:\n  - name: sale\n    selector: [\"0200\"]\n    id: 1\n    fields:\n      - {name: message_type, id: 1, type: Fixed, len: 4, data_encoding: ASCII}\n      - name: bitmap\n        id: 2\n        type: Bitmapped\n        len: 0\n        data_encoding: BINARY\n        children:\n",
    );
    for (n, kind, most, var, value) in SALE {
        let encoding = match kind {
            'n' => "BCD",
            't' => "ASCII",
            _ => "BINARY",
        };
        let len = match (var, kind) {
            (true, _) if most > 99 => 3,
            (true, _) => 2,
            (false, 'n') => value.len() / 2,
            (false, _) => usize::from(most),
        };
        let form = if var { "Variable" } else { "Fixed" };
        yaml.push_str(&format!(
            "          - {{name: f{n}, id: {n}, type: {form}, len: {len}, len_encoding: ASCII, data_encoding: {encoding}, position: {n}}}\n"
        ));
    }
    let path = std::env::temp_dir().join(format!("slipway-peers-{}.yaml", std::process::id()));
    std::fs::write(&path, yaml).unwrap();
    // SAFETY: this program has one thread.
    unsafe { std::env::set_var("SPEC_FILE", &path) };
    let spec = spec("");
    let segment = spec.get_message("sale").unwrap();
    let build = || {
        let mut message = new_msg(spec, segment);
        message.set("message_type", "0200").unwrap();
        for (n, _, _, _, value) in SALE {
            message.set_on(u32::from(n), value).unwrap();
        }
        message
    };
    let out = build().assemble().unwrap();
    let pack = median(|| {
        black_box(build().assemble().unwrap());
    });
    let unpack = median(|| {
        let mut bytes = black_box(&out).clone();
        let message = spec.parse(&mut bytes).unwrap();
        black_box(SALE.iter().map(|(n, ..)| message.bmp_child_value(u32::from(*n)).unwrap().len()).sum::<usize>());
    });
    let _ = std::fs::remove_file(&path);
    println!("iso8583_rs {} {pack} {unpack}", out.len());
}

fn main() {
    codec();
    if std::panic::catch_unwind(rs).is_err() {
        println!("iso8583_rs - - -");
    }
}
