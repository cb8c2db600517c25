//! The acquirer host (收单行).
