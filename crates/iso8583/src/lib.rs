//! ISO 8583 by dialect tables: bytes to fields to typed messages, framing, masked dump.
