//! A whole simulated network whose people, faults and sky are chosen by the bytes: no rule may be broken, and after the faults
//! everything comes to rest.
#![no_main]

use libfuzzer_sys::fuzz_target;
use slipway_fuzz::plot;
use slipway_sim::{Manner, parse, play};

fuzz_target!(|data: &[u8]| {
    let text = plot(data);
    let stories = parse(&text).unwrap_or_else(|bad| panic!("{bad}\n{text}"));
    let ending = play(&stories[0], 1, Manner { batch_inputs_max: 256, twice: false });
    // A fault that was ordered and met nothing breaks no rule.
    let broken: Vec<_> = ending.wrong.iter().filter(|wrong| !wrong.starts_with("never met: ")).collect();
    assert!(broken.is_empty(), "{broken:#?}\n{text}");
});
