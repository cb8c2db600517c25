pub const TEXTS: &[(&str, &str)] = &[];
