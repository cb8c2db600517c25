//! Every story of the catalogue ends as it must, whatever the size of a batch, and with every input twice.
#![allow(clippy::unwrap_used, reason = "tests may")]

use slipway_sim::{FILES, Manner, parse, play};

fn check(manner: Manner) {
    let mut wrong = Vec::new();
    for (file, text) in FILES {
        for story in parse(text).unwrap() {
            let ending = play(&story, 1, manner);
            if !ending.wrong.is_empty() {
                let walk = if std::env::var_os("WALK").is_some() { ending.walk.join("\n  ") } else { String::new() };
                wrong.push(format!("{file} {} {}\n    {}\n{walk}", story.id, story.title, ending.wrong.join("\n    ")));
            }
        }
    }
    assert!(wrong.is_empty(), "{} stories end otherwise ({manner:?}):\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn stories_with_whole_batches() {
    check(Manner { batch_inputs_max: 256, twice: false });
}

#[test]
fn stories_with_one_input_a_batch() {
    check(Manner { batch_inputs_max: 1, twice: false });
}

#[test]
fn stories_with_every_input_twice_in_one_batch() {
    check(Manner { batch_inputs_max: 256, twice: true });
}

#[test]
fn a_story_replays() {
    let stories = parse(FILES[1].1).unwrap();
    let manner = Manner { batch_inputs_max: 256, twice: false };
    for story in stories {
        assert_eq!(play(&story, 7, manner), play(&story, 7, manner));
    }
}

#[test]
fn a_story_with_another_end_is_told() {
    let story = &parse("story X\nsign-in 0\nsale 0 0 8800\nquiet\nexpect debits 2").unwrap()[0];
    let wrong = play(story, 1, Manner { batch_inputs_max: 256, twice: false }).wrong;
    assert_eq!(wrong, ["line 5: debits is 1, not 2"]);
}
