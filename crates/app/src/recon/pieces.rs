//! From a party's tables to the rows of its list. Postings and exchanges stand in different orders, so both are cut into pieces under
//! the exchange's switch-side identity, sorted on disk, and read side by side: memory does not grow with the day. It must never
//! lose a posting: one without its exchange is a damaged store, and there is no list.

use super::sorted::{Fixed, Sorter};
use crate::say::End;
use slipway_hosts::listed::{Named, Posted};
use slipway_node::Key as StoreKey;
use slipway_recon::Key;
use slipway_recon::four::{Moved, Moves, Row, RowFault};
use slipway_terms::{BusinessDate, DISPUTED, InstitutionId, Kind, Moment, Rrn, SHAPES, SwitchKey};

/// Bytes of a switch-side identity.
const NAME: usize = 30;
/// An institution that is none.
const NOBODY: [u8; 11] = [0; 11];

/// A posting or the name of an exchange, under its identity.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Piece {
    exchange: [u8; NAME],
    /// 0 its name, then its movements in their order.
    what: u8,
    kind: u8,
    rrn: [u8; 12],
    other: [u8; 11],
    slip: u8,
    fen: i64,
    at: i64,
}

/// The identity as bytes; they sort as the identity does.
pub fn name_of(exchange: &SwitchKey) -> [u8; NAME] {
    let key = StoreKey::of(0).with(exchange);
    let mut name = [0; NAME];
    let bytes = key.as_bytes().get(1..).unwrap_or_default();
    name.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    name
}

/// Eight bytes of an identity, the lowest zero: by them one exchange is found again under another reference number.
pub fn place_of(exchange: &[u8]) -> u64 {
    let mut crc = slipway_recon::clearing::Crc::NEW;
    crc.add(exchange);
    crc.value() & !0xFF
}

impl Piece {
    /// The name of an exchange; beside it who issued the card, if the house knows, and what its slip says, if there is one.
    pub fn name(named: &Named, issuer: Option<InstitutionId>, slip_fen: Option<i64>) -> Self {
        let exchange = name_of(&named.exchange);
        // Without a reference number the identity has to do; every house makes the same of it.
        let rrn = named.rrn.or_else(|| Key::nameless(&exchange));
        let kind = SHAPES.iter().chain(DISPUTED).position(|shape| shape.kind == named.kind).unwrap_or(usize::MAX);
        Self {
            exchange,
            what: 0,
            kind: u8::try_from(kind).unwrap_or(u8::MAX),
            rrn: rrn.map_or([0; 12], |rrn| *rrn.bytes()),
            other: issuer.map_or(NOBODY, |issuer| *issuer.padded()),
            slip: u8::from(slip_fen.is_some()),
            fen: slip_fen.unwrap_or(0),
            at: 0,
        }
    }

    /// A movement on the day of the list.
    pub fn posted(posted: &Posted) -> Self {
        Self {
            exchange: name_of(&posted.exchange),
            what: 1 + posted.turn as u8,
            kind: 0,
            rrn: [0; 12],
            other: NOBODY,
            slip: 0,
            fen: posted.claim_minor,
            at: posted.at.0,
        }
    }
}

impl Fixed for Piece {
    const LEN: usize = NAME + 2 + 12 + 11 + 1 + 16;

    fn put(&self, bytes: &mut [u8]) {
        let parts: [&[u8]; 7] = [
            &self.exchange,
            &[self.what, self.kind],
            &self.rrn,
            &self.other,
            &[self.slip],
            &self.fen.to_be_bytes(),
            &self.at.to_be_bytes(),
        ];
        let whole = parts.into_iter().flatten();
        bytes.iter_mut().zip(whole).for_each(|(to, from)| *to = *from);
    }

    fn get(bytes: &[u8]) -> Result<Self, RowFault> {
        fn part<const N: usize>(bytes: &[u8], at: usize) -> Result<[u8; N], RowFault> {
            bytes.get(at..at + N).and_then(|part| part.try_into().ok()).ok_or(RowFault::Cut)
        }
        let [what, kind] = part(bytes, NAME)?;
        Ok(Self {
            exchange: part(bytes, 0)?,
            what,
            kind,
            rrn: part(bytes, NAME + 2)?,
            other: part(bytes, NAME + 14)?,
            slip: part::<1>(bytes, NAME + 25)?[0],
            fen: i64::from_be_bytes(part(bytes, NAME + 26)?),
            at: i64::from_be_bytes(part(bytes, NAME + 34)?),
        })
    }
}

/// All of one exchange on the day.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    /// Whose exchange.
    pub acquirer: InstitutionId,
    /// What kind.
    pub kind: Kind,
    /// Its reference number.
    pub rrn: Rrn,
    /// Who issued the card, where the house knows.
    pub issuer: Option<InstitutionId>,
    /// What its slip says, if there is one.
    pub slip_fen: Option<i64>,
    /// The same in every house that has the exchange: its identity, shortened; its lowest byte is zero.
    pub place: u64,
    /// When it was approved, if that was on the day, whatever became of it.
    pub first: Option<Moment>,
    /// Its movements on the day.
    pub moves: Moves,
}

impl Group {
    /// Its entries, as rows of the house's list.
    pub fn rows(&self, date: BusinessDate, near: impl Fn(Moment) -> bool) -> impl Iterator<Item = Row> {
        let (acquirer, rrn, place) = (self.acquirer, self.rrn, self.place);
        self.moves.on(date, self.kind).into_iter().map(move |(entry, moved)| {
            let mut row = Row::new(Key::new(acquirer, rrn, entry), moved.fen, date, place);
            row.flags = if near(moved.at) { Row::NEAR_CUT } else { 0 };
            row
        })
    }
}

/// Reads sorted pieces, exchange by exchange.
pub fn groups(
    date: BusinessDate,
    sorter: Sorter<Piece>,
    mut each: impl FnMut(&Group) -> Result<(), End>,
) -> Result<(), End> {
    let mut together: Vec<Piece> = Vec::new();
    for piece in sorter.finish().map_err(|fault| End::environment(fault.to_string(), fault.to_string()))? {
        let piece = piece.map_err(|fault| End::environment(fault.to_string(), fault.to_string()))?;
        if together.first().is_some_and(|first| first.exchange != piece.exchange) {
            group(date, &together)?.map_or(Ok(()), |group| each(&group))?;
            together.clear();
        }
        together.push(piece);
    }
    group(date, &together)?.map_or(Ok(()), |group| each(&group))
}

fn group(date: BusinessDate, pieces: &[Piece]) -> Result<Option<Group>, End> {
    let mut moves = Moves::default();
    for piece in pieces.iter().filter(|piece| piece.fen != 0) {
        let moved = Some(Moved { day: date, fen: piece.fen, at: Moment(piece.at) });
        match piece.what {
            1 => moves.first = moved,
            2 => moves.undo = moved,
            3 => moves.again = moved,
            _ => {}
        }
    }
    let Some(name) = pieces.iter().find(|piece| piece.what == 0) else {
        // What moved nothing for the network needs no name: a merchant paid out of the acquirer's own pocket.
        let nothing = moves == Moves::default();
        return if nothing { Ok(None) } else { Err(nameless()) };
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end_matches('\0').to_owned();
    let acquirer = InstitutionId::new(&text(name.exchange.get(..11).unwrap_or_default()));
    let shape = SHAPES.iter().chain(DISPUTED).nth(usize::from(name.kind));
    let rrn = Rrn::new(&String::from_utf8_lossy(&name.rrn));
    let (Ok(acquirer), Some(shape), Ok(rrn)) = (acquirer, shape, rrn) else { return Err(nameless()) };
    let issuer = InstitutionId::new(&text(&name.other)).ok();
    let first = pieces.iter().find(|piece| piece.what == 1).map(|piece| Moment(piece.at));
    let slip_fen = (name.slip == 1).then_some(name.fen);
    Ok(Some(Group { acquirer, kind: shape.kind, rrn, issuer, slip_fen, place: place_of(&name.exchange), first, moves }))
}

fn nameless() -> End {
    End::environment(
        "账目中有一笔没有对应交易：存储已损坏，请从备份恢复；没有写出名单，已有名单不变",
        "a posting has no exchange: the store is damaged, restore it from a copy; no list was written, older ones stand",
    )
}
