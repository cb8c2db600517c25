//! Every named limit of a node, in one place.

/// Inputs judged in one batch with one commit.
pub const BATCH_INPUTS_MAX: usize = 256;
/// Decoded rows that a driver keeps from batch to batch.
pub const CACHE_ROWS_MAX: usize = 1 << 14;
/// Rounds in which a core may want more.
pub const WANT_ROUNDS_MAX: usize = 4;
/// Rows one range may bring.
pub const SCAN_ROWS_MAX: u16 = 512;
/// Bytes of one frame after its length prefix; longer frames cut the link.
pub const FRAME_BYTES_MAX: usize = 4096;
/// Bytes queued towards one link above which it is cut, if its peer has read nothing for [`LINK_STUCK_WALL_MS`].
pub const LINK_QUEUE_BYTES_MAX: usize = 1 << 20;
/// Wall milliseconds without a byte taken by the peer that make a full queue a slow reader's, not a burst of our own.
pub const LINK_STUCK_WALL_MS: u64 = 10_000;
/// Bytes queued towards one link above which it is cut whatever the peer does: memory is not endless.
pub const LINK_BURST_BYTES_MAX: usize = 64 << 20;
/// Inputs waiting for one driver before its links stop reading.
pub const INBOX_INPUTS_MAX: usize = 4096;
/// Panics in a row that stop a node (each guilty input is set aside and counted).
pub const PANICS_IN_A_ROW_MAX: u32 = 3;
/// Waits between repeats of a host advice in milliseconds; the last one repeats without end (rules 5).
pub const ADVICE_REPEAT_MS: [i64; 5] = [5_000, 15_000, 60_000, 300_000, 600_000];
/// Age of an outbox entry that raises an alarm.
pub const ADVICE_ALARM_MS: i64 = 24 * 3_600_000;
/// A commit slower than this ends the process loudly.
pub const COMMIT_MS_MAX: u64 = 5_000;
