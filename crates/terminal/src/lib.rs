//! The pure core of the POS terminal.
