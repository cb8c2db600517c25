//! Whole networks on one thread, with faults, stories and checkers.
