//! The contract of every party: inputs, wants, facts, decisions, and the ports of the outside.
