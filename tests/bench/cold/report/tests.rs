use serde_json::json;

use super::*;
use crate::cold_start::Memory;

fn start(init_us: u64, first_us: u64, warm_us: &[u64]) -> ColdStart {
    ColdStart {
        init: Duration::from_micros(init_us),
        first: Duration::from_micros(first_us),
        warm: warm_us.iter().copied().map(Duration::from_micros).collect(),
        memory: Memory { resident: 4_000_000, peak: 5_000_000 },
        statuses: BTreeSet::from([200]),
    }
}

fn measured(name: &str, zip: usize, starts: Vec<ColdStart>) -> Measured {
    Measured { name: name.to_owned(), starts, size: Size { binary: 9_000_000, zip } }
}

fn hello() -> Measured {
    let starts = vec![
        start(1_000, 200, &[50, 60, 70]),
        start(9_000, 900, &[500, 600, 700]),
        start(900, 190, &[40, 50, 60]),
    ];
    measured("bench-hello", 900_000, starts)
}

#[test]
fn figures_are_medians_and_ratios_are_against_the_first_row() {
    let rooms = measured("rooms", 2_500_000, vec![start(1_400, 500, &[120, 240])]);
    let rows = rows(&[hello(), rooms]).unwrap();
    assert_eq!(
        serde_json::to_value(rows).unwrap(),
        json!([
            {
                "name": "bench-hello", "init_ms": 1.0, "first_ms": 0.2, "warm_p50_ms": 0.06,
                "warm_p99_ms": 0.07, "rss_mb": 4.0, "size_mb": 9.0, "zip_mb": 0.9,
                "init_ratio": 1.0, "first_ratio": 1.0, "warm_ratio": 1.0,
            },
            {
                "name": "rooms", "init_ms": 1.4, "first_ms": 0.5, "warm_p50_ms": 0.12,
                "warm_p99_ms": 0.24, "rss_mb": 4.0, "size_mb": 9.0, "zip_mb": 2.5,
                "init_ratio": 1.4, "first_ratio": 2.5, "warm_ratio": 2.0,
            },
        ])
    );
}

#[test]
fn a_bar_that_is_just_met_is_not_missed() {
    let rooms = measured("rooms", 4_000_000, vec![start(1_500, 500, &[120])]);
    assert_eq!(missed(&rows(&[hello(), rooms]).unwrap()), Vec::<String>::new());
}

#[test]
fn every_missed_bar_has_its_line() {
    let rooms = measured("rooms", 4_000_001, vec![start(1_501, 500, &[120])]);
    assert_eq!(
        missed(&rows(&[hello(), rooms]).unwrap()),
        [
            "Q14 missed: rooms starts in 1.501 x the hello's time, at most 1.5 x",
            "Q16 missed: rooms is 4.001 MB zipped, at most 4 MB",
        ]
    );
}

#[test]
fn the_table_is_aligned() {
    let rooms = measured("rooms", 4_100_000, vec![start(12_345, 500, &[120])]);
    let table = table(&rows(&[hello(), rooms]).unwrap());
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(
        lines,
        [
            "function     init ms  first ms  warm p50  warm p99  RSS MB  peak MB  size MB  zip MB  \
             init x  first x  warm x     Q14     Q16",
            "bench-hello     1.00      0.20     0.060     0.070     4.0      5.0     9.00    0.90  \
             \u{20}\u{20}1.00     1.00    1.00      ok      ok",
            "rooms          12.35      0.50     0.120     0.120     4.0      5.0     9.00    4.10  \
             \u{20}12.35     2.50    2.00  MISSED  MISSED",
        ]
    );
}

#[test]
fn refusals_and_changing_answers_are_remarked() {
    let mut refused = start(1, 1, &[1]);
    refused.statuses = BTreeSet::from([403]);
    let mut changing = start(1, 1, &[1]);
    changing.statuses = BTreeSet::from([200, 201]);
    let measured = [hello(), measured("rooms", 1, vec![refused]), measured("tours", 1, vec![changing])];
    assert_eq!(remarks(&measured), ["note: rooms answered 403", "note: tours answered 200 and 201"]);
}

#[test]
fn a_function_that_was_never_started_has_no_row() {
    let failure = rows(&[hello(), measured("rooms", 1, Vec::new())]).unwrap_err();
    assert_eq!(failure.to_string(), "rooms has no figures");
    assert!(rows(&[]).is_err());
}
