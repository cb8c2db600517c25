//! Atomic durable batches: memory, embedded, crash images.
