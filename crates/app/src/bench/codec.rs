//! `bench codec`: one chip sale of a test card, built and packed, then unpacked, with the allocations of each: by fields, as any
//! dialect is read and written, and as the typed message that the parties work with.
//! One thread, no disk. Times are of this machine at this moment: medians of short rounds, because a busy machine only adds.

use super::watch;
use crate::say::{End, Say};
use alloc_tracker::{Operation, Session};
use serde_json::json;
use slipway_iso8583::bench::{pack, pack_fields, sale, unpack, unpack_fields};
use std::hint::black_box;

/// Messages of one round.
const ROUND: u64 = 1_000;
/// Rounds at least, however short the time.
const ROUNDS_MIN: usize = 20;

/// Arguments of `bench codec`.
#[derive(clap::Args)]
pub struct CodecArgs {
    /// Seconds to measure.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
}

/// One direction: nanoseconds of one message in each round, and allocations of one message.
struct Side {
    rounds_ns: Vec<u64>,
    allocations: u64,
}

impl Side {
    fn at(&self, per_mille: usize) -> u64 {
        let mut sorted = self.rounds_ns.clone();
        sorted.sort_unstable();
        sorted.get((sorted.len() * per_mille / 1000).min(sorted.len().saturating_sub(1))).copied().unwrap_or(0)
    }
}

/// Measures and prints.
pub fn run(args: &CodecArgs, say: &Say) -> Result<(), End> {
    let mut frame = Vec::with_capacity(512);
    say.progress(&format!("bench codec: {} s", args.seconds));
    let part_ns = args.seconds * 250_000_000;
    let fields = [
        measure(part_ns, |stan| pack_fields(black_box(stan), &mut frame).map_err(|fault| ours(&fault)))?,
        measure(part_ns, |_| {
            black_box(unpack_fields(black_box(&frame)).map_err(|fault| ours(&fault))?);
            Ok(())
        })?,
    ];
    let packed = measure(part_ns, |stan| {
        let message = sale(stan).map_err(|fault| ours(&fault))?;
        pack(&message, &mut frame).map_err(|fault| ours(&fault))
    })?;
    let unpacked = measure(part_ns, |_| {
        black_box(unpack(black_box(&frame)).map_err(|fault| ours(&fault))?);
        Ok(())
    })?;
    print(&fields, &[packed, unpacked], frame.len(), args.seconds, say);
    Ok(())
}

fn measure(for_ns: u64, mut once: impl FnMut(u32) -> Result<(), End>) -> Result<Side, End> {
    let allocations = allocations_of_one(&mut once)?;
    let now = watch();
    let (began, mut rounds_ns) = (now(), Vec::with_capacity(1 << 16));
    let mut last = began;
    while last - began < for_ns || rounds_ns.len() < ROUNDS_MIN {
        for stan in 1..=ROUND {
            once(u32::try_from(stan).unwrap_or(1))?;
        }
        let done = now();
        rounds_ns.push((done - last) / ROUND);
        last = done;
    }
    Ok(Side { rounds_ns, allocations })
}

/// Counted over a round after a warm-up, so that a reused buffer has grown; rounded up.
fn allocations_of_one(once: &mut impl FnMut(u32) -> Result<(), End>) -> Result<u64, End> {
    once(1)?;
    let session = Session::new().no_stdout().no_file();
    let operation: Operation = session.operation("codec");
    let span = operation.measure_thread().iterations(ROUND);
    for _ in 0..ROUND {
        once(1)?;
    }
    drop(span);
    let counted: u64 = session.to_report().operations().map(|(_, of)| of.total_allocations_count()).sum();
    Ok(counted.div_ceil(ROUND))
}

fn print([packed, unpacked]: &[Side; 2], typed: &[Side; 2], bytes: usize, seconds: u64, say: &Say) {
    let (pack_ns, unpack_ns) = (packed.at(500), unpacked.at(500));
    let both_ns = (pack_ns + unpack_ns).max(1);
    if say.json {
        return say.document(&json!({
            "bench": "codec",
            "ops_per_s": 1_000_000_000 / both_ns,
            "pack_ns": pack_ns,
            "unpack_ns": unpack_ns,
            "pack_best_ns": packed.at(0),
            "unpack_best_ns": unpacked.at(0),
            "pack_p99_ns": packed.at(990),
            "unpack_p99_ns": unpacked.at(990),
            "allocations": packed.allocations.max(unpacked.allocations),
            "pack_allocations": packed.allocations,
            "unpack_allocations": unpacked.allocations,
            "typed_pack_ns": typed[0].at(500),
            "typed_unpack_ns": typed[1].at(500),
            "typed_allocations": typed[0].allocations.max(typed[1].allocations),
            "bytes": bytes,
            "durable": false,
            "settings": { "seconds": seconds, "threads": 1, "round": ROUND },
        }));
    }
    say.line(say.strong(say.both(
        &format!("编解码：一笔 {bytes} 字节的芯片卡消费，单线程，每轮 {ROUND} 条的中位数"),
        &format!("codec: one chip sale of {bytes} bytes, one thread, median of rounds of {ROUND}"),
    )));
    let row = |zh: &str, en: &str, side: &Side| {
        let (best, p50, p99, allocations) = (side.at(0), side.at(500), side.at(990), side.allocations);
        say.line(say.both(
            &format!("  {zh}  {p50:>6} ns  (最快 {best} ns，p99 {p99} ns)  内存分配 {allocations} 次"),
            &format!("  {en}  {p50:>6} ns  (best {best} ns, p99 {p99} ns)  {allocations} allocations"),
        ));
    };
    row("组包（按域）", "pack, by fields  ", packed);
    row("解包（按域）", "unpack, by fields", unpacked);
    row("组包（类型化）", "build and pack, typed", &typed[0]);
    row("解包（类型化）", "unpack, typed        ", &typed[1]);
}

fn ours(fault: &dyn std::fmt::Display) -> End {
    End::broken(format!("编解码出错：{fault}"), format!("the codec failed: {fault}"))
}
