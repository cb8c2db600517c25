//! A byte stream into frames: whatever the pieces in which it arrives, the frames and the end are the same, and a frame
//! that is written again is the bytes that were read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use slipway_iso8583::{Envelope, FRAME_BYTES_MAX, Family, Fault, split};

/// Where a stream has come to: so many bytes wait for more, or it is lost.
#[derive(Debug, PartialEq)]
enum End {
    Waits(usize),
    Lost(Fault),
}

/// Feeds the stream in pieces of these sizes, again and again, as a reader of a line does.
fn frames(stream: &[u8], pieces: &[usize], family: Family, max: usize) -> (Vec<Vec<u8>>, End) {
    let (mut held, mut out, mut rest) = (Vec::new(), Vec::new(), stream);
    for size in pieces.iter().cycle() {
        let (piece, after) = rest.split_at((*size).max(1).min(rest.len()));
        held.extend_from_slice(piece);
        rest = after;
        loop {
            match split(&held, family, max) {
                Ok(Some((frame, consumed))) => {
                    assert!(frame.start <= frame.end && frame.end == consumed && consumed <= held.len());
                    assert!(frame.len() <= max.min(FRAME_BYTES_MAX));
                    again(&held[..consumed], &held[frame.clone()], family);
                    out.push(held[frame].to_vec());
                    held.drain(..consumed);
                }
                Ok(None) => break,
                Err(fault) => return (out, End::Lost(fault)),
            }
        }
        if rest.is_empty() {
            break;
        }
    }
    (out, End::Waits(held.len()))
}

fn again(read: &[u8], frame: &[u8], family: Family) {
    let envelope = Envelope::Length(family);
    let mut written = Vec::new();
    let mark = envelope.open(&mut written);
    written.extend_from_slice(frame);
    envelope.close(&mut written, mark).expect("it was read within the limit");
    assert_eq!(written, read);
}

fuzz_target!(|data: &[u8]| {
    // How it is cut stands in front: family and limit, a count, so many sizes of pieces.
    let [manner, count, rest @ ..] = data else { return };
    let family = if manner & 1 == 0 { Family::Pos } else { Family::Cups };
    let max = [64, 2_000, FRAME_BYTES_MAX, usize::MAX][usize::from(manner >> 1 & 3)];
    let (sizes, stream) = rest.split_at(usize::from(count & 15).min(rest.len()));
    let sizes: Vec<usize> = sizes.iter().map(|size| usize::from(*size)).chain([7]).collect();
    let whole = frames(stream, &[usize::MAX], family, max);
    assert_eq!(frames(stream, &sizes, family, max), whole, "cut into {sizes:?}");
    assert_eq!(frames(stream, &[1], family, max), whole, "byte by byte");
});
