//! The field shapes that the tables are written with: one short name per combination the trade uses.
//! A shape knows nothing of any field.

use crate::dialect::{Counts, Cover, Encoding, Field, Kind, Length, Pad, Prefix};
use crate::fault::Name;

macro_rules! shape {
    ($name:ident, $what:literal, $kind:ident, $enc:ident, $len:expr, $pad:ident) => {
        #[doc = $what]
        pub(crate) const fn $name(number: u8, max: u16, cover: Cover, zh: &'static str, en: &'static str) -> Field {
            let (kind, encoding, pad) = (Kind::$kind, Encoding::$enc, Pad::$pad);
            Field { number, kind, encoding, length: $len, max, pad, cover, name: Name { zh, en } }
        }
    };
}

const fn var(digits: u8, prefix: Prefix, counts: Counts) -> Length {
    Length::Var { digits, prefix, counts }
}

shape!(n_fix, "digits packed to the left, fixed", N, BcdLeft, Length::Fixed, Zeros);
shape!(n_right, "digits packed to the right, fixed", N, BcdRight, Length::Fixed, Zeros);
shape!(n_ll, "digits packed, LL packed counts digits", N, BcdLeft, var(2, Prefix::Bcd, Counts::Digits), None);
shape!(n_lll, "digits packed, LLL packed counts digits", N, BcdLeft, var(3, Prefix::Bcd, Counts::Digits), None);
shape!(z_ll, "track packed, LL", Z, BcdLeft, var(2, Prefix::Bcd, Counts::Digits), None);
shape!(z_lll, "track packed, LLL", Z, BcdLeft, var(3, Prefix::Bcd, Counts::Digits), None);
shape!(ans_ll, "text, LL packed counts bytes", Ans, Gbk, var(2, Prefix::Bcd, Counts::Bytes), None);
shape!(ans_lll, "text, LLL packed counts bytes", Ans, Gbk, var(3, Prefix::Bcd, Counts::Bytes), None);
shape!(b_lll, "bytes, LLL packed counts bytes", B, Binary, var(3, Prefix::Bcd, Counts::Bytes), None);
shape!(an_fix, "letters and digits, fixed", An, Ascii, Length::Fixed, Spaces);
shape!(ans_fix, "text, fixed", Ans, Gbk, Length::Fixed, Spaces);
shape!(b_fix, "bytes, fixed", B, Binary, Length::Fixed, None);
shape!(a_fix, "ASCII digits, fixed", N, Ascii, Length::Fixed, Zeros);
shape!(x_fix, "sign and ASCII digits, fixed", X, Ascii, Length::Fixed, None);
shape!(a_ll, "ASCII digits, LL", N, Ascii, var(2, Prefix::Ascii, Counts::Bytes), None);
shape!(za_ll, "track in ASCII, LL", Z, Ascii, var(2, Prefix::Ascii, Counts::Bytes), None);
shape!(za_lll, "track in ASCII, LLL", Z, Ascii, var(3, Prefix::Ascii, Counts::Bytes), None);
shape!(t_ll, "text, LL", Ans, Gbk, var(2, Prefix::Ascii, Counts::Bytes), None);
shape!(t_lll, "text, LLL", Ans, Gbk, var(3, Prefix::Ascii, Counts::Bytes), None);
shape!(ba_lll, "bytes, LLL", B, Binary, var(3, Prefix::Ascii, Counts::Bytes), None);
