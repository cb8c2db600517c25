//! The trade's words as checked value types, typed messages and outcomes.
