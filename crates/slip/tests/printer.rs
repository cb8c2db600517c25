//! The simulated printer: each fault, what came out, what fate it has.

mod samples;

use proptest::prelude::*;
use slipway_slip::printer::{Fault, PaperLine, SimPrinter, Status, paper_text, status_query};
use slipway_slip::{Columns, Lines, escpos, escpos_raster, render};
use slipway_terms::{Copy, PaperFate, Slip};

fn slip() -> Lines {
    render(&samples::sale(), Copy::Merchant, Columns::C32)
}

/// Lines of the slip on paper, feed and cuts left out.
fn seen(printer: &SimPrinter) -> usize {
    let inked = |l: &&PaperLine| match l {
        PaperLine::Text(line) => !line.text().is_empty(),
        PaperLine::Dots(_) => true,
        PaperLine::Cut => false,
    };
    printer.paper().iter().filter(inked).count()
}

#[test]
fn good_paper_is_the_slip_line_by_line() {
    let (mut printer, lines) = (SimPrinter::new(), slip());
    assert_eq!(printer.print_lines(&lines), PaperFate::Printed);
    let shown = paper_text(printer.paper(), Columns::C32);
    assert!(shown.contains("999653058120001") && shown.contains("消费/SALE"), "{shown}");
    for (on_paper, line) in printer.paper().iter().zip(&lines) {
        assert_eq!(on_paper, &PaperLine::Text(line.clone()));
    }
    assert_eq!(printer.tear_off().last(), Some(&PaperLine::Cut));
    assert!(printer.paper().is_empty());
}

#[test]
fn faults() {
    use PaperFate::{Half, Missing, Unknown};
    let check = |fault, want_fate, want_lines| {
        let mut printer = SimPrinter::new();
        printer.arm(fault);
        assert_eq!(printer.print_lines(&slip()), want_fate, "{fault:?}");
        assert_eq!(seen(&printer), want_lines, "{fault:?}");
        // Put right, the whole slip comes.
        printer.mend();
        printer.tear_off();
        let again = render(&Slip { reprint: true, ..samples::sale() }, Copy::Merchant, Columns::C32);
        assert_eq!(printer.print_lines(&again), PaperFate::Printed, "{fault:?}");
        assert!(paper_text(printer.paper(), Columns::C32).contains("重打印"), "{fault:?}");
    };
    check(Fault::PaperOut { after: 0 }, Missing, 0);
    check(Fault::PaperOut { after: 7 }, Half, 7);
    check(Fault::Jam { after: 0 }, Missing, 0);
    check(Fault::Jam { after: 1 }, Half, 1);
    check(Fault::CoverOpen { after: 0 }, Missing, 0);
    check(Fault::CoverOpen { after: 20 }, Half, 20);
    check(Fault::Overheated { after: 0 }, Missing, 0);
    check(Fault::Overheated { after: 12 }, Half, 12);
    check(Fault::PowerLost { after: 0 }, Missing, 0);
    check(Fault::PowerLost { after: 5 }, Unknown, 5);
    check(Fault::DeadHead, Unknown, 0);
    check(Fault::LiesReady, Unknown, 0);
}

#[test]
fn a_roll_that_lasts_prints_and_the_next_slip_finds_it_empty() {
    let (mut printer, lines) = (SimPrinter::new(), slip());
    let feed = 3;
    printer.arm(Fault::PaperOut { after: lines.len() + feed + 2 });
    assert_eq!(printer.print_lines(&lines), PaperFate::Printed);
    printer.tear_off();
    assert_eq!(printer.print_lines(&lines), PaperFate::Half);
    assert_eq!(seen(&printer), 2);
    assert_eq!(printer.print_lines(&lines), PaperFate::Missing);
}

#[test]
fn without_the_bar_sensor_only_a_person_sees_blank_paper() {
    let mut printer = SimPrinter::without_bar_sensor();
    printer.arm(Fault::DeadHead);
    assert_eq!(printer.print_lines(&slip()), PaperFate::Printed);
    assert_eq!(seen(&printer), 0);
}

#[test]
fn raster_and_mixed_slips_print_too() {
    let mut printer = SimPrinter::new();
    let lines = render(&Slip { merchant_name: "Café 🎉".into(), ..samples::sale() }, Copy::Merchant, Columns::C32);
    assert_eq!(printer.print(&escpos(&lines)), PaperFate::Printed);
    let dots = |p: &SimPrinter| p.paper().iter().filter(|l| matches!(l, PaperLine::Dots(_))).count();
    assert_eq!(dots(&printer), 1);
    printer.tear_off();
    assert_eq!(printer.print(&escpos_raster(&lines)), PaperFate::Printed);
    assert_eq!(dots(&printer), lines.len());
}

#[test]
fn a_job_cut_off_in_the_middle_is_not_printed() {
    let bytes = escpos_raster(&slip());
    let mut printer = SimPrinter::new();
    // The rest of the dots never came: the printer takes the questions for dots and answers nothing.
    assert_eq!(printer.print(&bytes[..bytes.len() / 2]), PaperFate::Unknown);
}

#[test]
fn bytes_may_come_one_by_one() {
    let (mut whole, mut split) = (SimPrinter::new(), SimPrinter::new());
    let lines = render(&Slip { merchant_name: "Café".into(), ..samples::sale() }, Copy::Merchant, Columns::C32);
    let bytes = escpos(&lines);
    whole.hear(&bytes);
    for byte in &bytes {
        split.hear(std::slice::from_ref(byte));
    }
    assert_eq!(whole.paper(), split.paper());
    assert_eq!(Status::decode(&split.hear(status_query())), Some(Status::default()));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..600), after in 0usize..20) {
        let mut printer = SimPrinter::new();
        printer.arm(Fault::Jam { after });
        printer.hear(&bytes);
        prop_assert!(seen(&printer) <= after);
    }
}
