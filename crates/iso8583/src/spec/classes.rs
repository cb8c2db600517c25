//! The field classes of jPOS as shapes. Names and shapes only, as its packager files use them; the code behind them is not ours.

use crate::dialect::{Counts, Encoding, Kind, Length, Pad, Prefix};

/// What a class says about a field.
#[derive(Clone, Copy)]
pub(super) enum Class {
    /// A field.
    Field(Shape),
    /// A bitmap.
    Bitmap(Encoding),
    /// Eight bytes of bits that say nothing about what follows: a field.
    Standalone(Encoding),
    /// Nothing: a place holder.
    Nothing,
}

/// A field's shape; its maximum is in the file.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    pub(super) kind: Kind,
    /// `BcdLeft` stands for packed: the file's `pad` says on which side.
    pub(super) encoding: Encoding,
    pub(super) length: Length,
    pub(super) pad: Pad,
}

const A: Prefix = Prefix::Ascii;
const P: Prefix = Prefix::Bcd;
const E: Prefix = Prefix::Ebcdic;
const H: Prefix = Prefix::Binary;

impl Class {
    /// A bitmap that announces nothing, as a field of bytes.
    pub(super) const fn bits(form: Encoding) -> Shape {
        Shape { kind: Kind::B, encoding: form, length: Length::Fixed, pad: Pad::None }
    }
}

const fn fixed(kind: Kind, encoding: Encoding) -> Class {
    let pad = match kind {
        Kind::N | Kind::Z => Pad::Zeros,
        Kind::An | Kind::Ans => Pad::Spaces,
        Kind::X | Kind::B => Pad::None,
    };
    Class::Field(Shape { kind, encoding, length: Length::Fixed, pad })
}

const fn var(kind: Kind, encoding: Encoding, digits: u8, prefix: Prefix) -> Class {
    let counts = if matches!(encoding, Encoding::BcdLeft) { Counts::Digits } else { Counts::Bytes };
    Class::Field(Shape { kind, encoding, length: Length::Var { digits, prefix, counts }, pad: Pad::None })
}

/// The same with the pad nibble F.
const fn f(class: Class) -> Class {
    match class {
        Class::Field(shape) => Class::Field(Shape { pad: Pad::NibbleF, ..shape }),
        other => other,
    }
}

/// The same with a length that counts the other unit.
const fn counting(class: Class, other: Counts) -> Class {
    match class {
        Class::Field(Shape { kind, encoding, length: Length::Var { digits, prefix, .. }, pad }) => {
            Class::Field(Shape { kind, encoding, length: Length::Var { digits, prefix, counts: other }, pad })
        }
        other => other,
    }
}

use Encoding::{Ascii, BcdLeft, Binary, Ebcdic, Hex, HexEbcdic};
use Kind::{Ans, B, N, X, Z};

#[rustfmt::skip] // one class a line reads as a table
static CLASSES: &[(&str, Class)] = &[
    ("IF_NOP", Class::Nothing),
    ("IF_UNUSED", Class::Nothing),
    ("IFA_BITMAP", Class::Bitmap(Hex)),
    ("IFB_BITMAP", Class::Bitmap(Binary)),
    ("IFE_BITMAP", Class::Bitmap(HexEbcdic)),
    ("Base1_BITMAP126", Class::Bitmap(Binary)),
    ("IFA_BITMAPStandalone", Class::Standalone(Hex)),
    ("IFB_BITMAPStandalone", Class::Standalone(Binary)),
    ("IFE_BITMAPStandalone", Class::Standalone(HexEbcdic)),
    ("IF_CHAR", fixed(Ans, Ascii)),
    ("IF_ECHAR", fixed(Ans, Ebcdic)),
    ("IFA_NUMERIC", fixed(N, Ascii)),
    ("IFA_AMOUNT", fixed(X, Ascii)),
    ("IFA_AMOUNT2003", fixed(N, Ascii)),
    ("IFA_BINARY", fixed(B, Hex)),
    ("IFA_LCHAR", var(Ans, Ascii, 1, A)),
    ("IFA_LLCHAR", var(Ans, Ascii, 2, A)),
    ("IFA_LLLCHAR", var(Ans, Ascii, 3, A)),
    ("IFA_LLLLCHAR", var(Ans, Ascii, 4, A)),
    ("IFA_LLLLLCHAR", var(Ans, Ascii, 5, A)),
    ("IFA_LLLLLLCHAR", var(Ans, Ascii, 6, A)),
    ("IFA_LLNUM", var(N, Ascii, 2, A)),
    ("IFA_LLLNUM", var(N, Ascii, 3, A)),
    ("IFA_LBINARY", var(B, Binary, 1, A)),
    ("IFA_LLBINARY", var(B, Binary, 2, A)),
    ("IFA_LLLBINARY", var(B, Binary, 3, A)),
    ("IFA_LLLLBINARY", var(B, Binary, 4, A)),
    ("IFA_LLLLLBINARY", var(B, Binary, 5, A)),
    ("IFA_LLLLLLBINARY", var(B, Binary, 6, A)),
    ("IFA_LLABINARY", var(B, Hex, 2, A)),
    ("IFA_LLLABINARY", var(B, Hex, 3, A)),
    ("IFB_NUMERIC", fixed(N, BcdLeft)),
    ("IFB_FNUMERIC", f(fixed(N, BcdLeft))),
    ("IFB_HEX", f(fixed(Z, BcdLeft))),
    ("IFB_AMOUNT", fixed(X, BcdLeft)),
    ("IFB_AMOUNT2003", fixed(N, BcdLeft)),
    ("IFB_BINARY", fixed(B, Binary)),
    ("IFB_LLNUM", var(N, BcdLeft, 2, P)),
    ("IFB_LLLNUM", var(N, BcdLeft, 3, P)),
    ("IFB_FLLNUM", f(var(N, BcdLeft, 2, P))),
    ("IFB_FLLLNUM", f(var(N, BcdLeft, 3, P))),
    ("IFB_LLHNUM", var(N, BcdLeft, 1, H)),
    ("IFB_LLLHNUM", var(N, BcdLeft, 2, H)),
    ("IFB_LLCHAR", var(Ans, Ascii, 2, P)),
    ("IFB_LLLCHAR", var(Ans, Ascii, 3, P)),
    ("IFB_LLLLCHAR", var(Ans, Ascii, 4, P)),
    ("IFB_LLLLLLCHAR", var(Ans, Ascii, 6, P)),
    ("IFB_LLHCHAR", var(Ans, Ascii, 1, H)),
    ("IFB_LLLHCHAR", var(Ans, Ascii, 2, H)),
    ("IFB_LLHECHAR", var(Ans, Ebcdic, 1, H)),
    ("IFB_LLLHECHAR", var(Ans, Ebcdic, 2, H)),
    ("IFB_LLBINARY", var(B, Binary, 2, P)),
    ("IFB_LLLBINARY", var(B, Binary, 3, P)),
    ("IFB_LLLLBINARY", var(B, Binary, 4, P)),
    ("IFB_LLHBINARY", var(B, Binary, 1, H)),
    ("IFB_LLLHBINARY", var(B, Binary, 2, H)),
    ("IFB_LLHEX", counting(var(B, Binary, 2, P), Counts::Digits)),
    ("IFB_LLLHEX", counting(var(B, Binary, 3, P), Counts::Digits)),
    ("IFE_CHAR", fixed(Ans, Ebcdic)),
    ("IFE_NUMERIC", fixed(N, Ebcdic)),
    ("IFE_AMOUNT", fixed(X, Ebcdic)),
    ("IFE_BINARY", fixed(B, HexEbcdic)),
    ("IFE_LCHAR", var(Ans, Ebcdic, 1, E)),
    ("IFE_LLCHAR", var(Ans, Ebcdic, 2, E)),
    ("IFE_LLLCHAR", var(Ans, Ebcdic, 3, E)),
    ("IFE_LLLLCHAR", var(Ans, Ebcdic, 4, E)),
    ("IFE_LLNUM", var(N, Ebcdic, 2, E)),
    ("IFE_LLLNUM", var(N, Ebcdic, 3, E)),
    ("IFE_LLBINARY", var(B, Binary, 2, E)),
    ("IFE_LLLBINARY", var(B, Binary, 3, E)),
    ("IFE_LLLLBINARY", var(B, Binary, 4, E)),
    ("IFEA_LLCHAR", var(Ans, Ascii, 2, E)),
    ("IFEA_LLLCHAR", var(Ans, Ascii, 3, E)),
    ("IFEA_LLNUM", var(N, Ascii, 2, E)),
    ("IFEA_LLLNUM", var(N, Ascii, 3, E)),
    ("IFAE_LLCHAR", var(Ans, Ebcdic, 2, A)),
    ("IFEB_LLNUM", counting(f(var(N, BcdLeft, 2, E)), Counts::Bytes)),
    ("IFEB_LLLNUM", counting(f(var(N, BcdLeft, 3, E)), Counts::Bytes)),
];

/// The number in front of a part.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Tag {
    /// Its digits; 0 is none.
    pub(super) digits: u8,
    /// Whether it stands behind the length, which counts it.
    pub(super) counted: bool,
}

/// Classes that are others with a number in front.
static TAGGED: &[(&str, &str, Tag)] = &[
    ("IFMC_LLCHAR", "IFA_LLCHAR", Tag { digits: 2, counted: false }),
    ("IFIPM_LLLCHAR", "IFA_LLLCHAR", Tag { digits: 4, counted: false }),
    ("IFEP_LLCHAR", "IFA_LLCHAR", Tag { digits: 2, counted: true }),
];

/// The class called `name`, with or without its Java package. A tagged one (`IFA_TTLLCHAR`) gives its tag beside it.
pub(super) fn class(name: &str) -> Option<(Class, Tag)> {
    let short = name.rsplit('.').next().unwrap_or_default();
    let find = |short: &str| CLASSES.iter().find(|(known, _)| *known == short).map(|(_, class)| *class);
    if let Some((_, like, tag)) = TAGGED.iter().find(|(known, ..)| *known == short) {
        return Some((find(like)?, *tag));
    }
    let Some(rest) = short.strip_prefix("IFA_T") else {
        return Some((find(short)?, Tag { digits: 0, counted: false }));
    };
    let more = rest.bytes().take_while(|b| *b == b'T').count();
    let untagged = alloc::format!("IFA_{}", rest.get(more..).unwrap_or_default());
    Some((find(&untagged)?, Tag { digits: u8::try_from(more + 1).ok()?, counted: false }))
}
