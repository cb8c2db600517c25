//! Keys, PIN blocks and MACs behind one door: the soft provider.
