//! From measurements to what is read: rows, table, remarks, missed bars.

use std::{collections::BTreeSet, time::Duration};

use anyhow::Context;
use serde::Serialize;

use crate::{
    binaries::Size,
    cold_start::ColdStart,
    figures::{median, megabytes, milliseconds, percentile, ratio},
};

/// Q14: a function starts in at most this many times the hello's time.
const MOST_INIT_RATIO: f64 = 1.5;
/// Q16: an uploaded function is at most this big.
const MOST_ZIP_MB: f64 = 4.0;

const TITLES: [&str; 14] = [
    "function", "init ms", "first ms", "warm p50", "warm p99", "RSS MB", "peak MB", "size MB", "zip MB",
    "init x", "first x", "warm x", "Q14", "Q16",
];

/// All that was seen of one function.
pub struct Measured {
    /// The function.
    pub name: String,
    /// One per round.
    pub starts: Vec<ColdStart>,
    size: Size,
}

/// The figures of one function, in the units their names say. Times are medians over the starts;
/// a warm percentile is the median of the starts' percentiles.
#[derive(Debug, Serialize)]
pub struct Row {
    name: String,
    init_ms: f64,
    first_ms: f64,
    warm_p50_ms: f64,
    warm_p99_ms: f64,
    rss_mb: f64,
    #[serde(skip)]
    peak_mb: f64,
    size_mb: f64,
    zip_mb: f64,
    init_ratio: f64,
    first_ratio: f64,
    warm_ratio: f64,
}

struct Times {
    init: Duration,
    first: Duration,
    warm_p50: Duration,
    warm_p99: Duration,
}

impl Measured {
    /// Nothing seen yet but the file.
    pub fn new(name: &str, size: Size) -> Self {
        Self { name: name.to_owned(), starts: Vec::new(), size }
    }

    fn times(&self) -> Option<Times> {
        let warm = |percent: usize| -> Option<Duration> {
            median(self.starts.iter().filter_map(|start| percentile(&start.warm, percent)))
        };
        Some(Times {
            init: median(self.starts.iter().map(|start| start.init))?,
            first: median(self.starts.iter().map(|start| start.first))?,
            warm_p50: warm(50)?,
            warm_p99: warm(99)?,
        })
    }

    fn row(&self, baseline: &Times) -> Option<Row> {
        let times = self.times()?;
        let memory = || self.starts.iter().map(|start| start.memory);
        Some(Row {
            name: self.name.clone(),
            init_ms: milliseconds(times.init),
            first_ms: milliseconds(times.first),
            warm_p50_ms: milliseconds(times.warm_p50),
            warm_p99_ms: milliseconds(times.warm_p99),
            rss_mb: megabytes(median(memory().map(|memory| memory.resident))?),
            peak_mb: megabytes(median(memory().map(|memory| memory.peak))?),
            size_mb: megabytes(self.size.binary),
            zip_mb: megabytes(self.size.zip),
            init_ratio: ratio(times.init, baseline.init)?,
            first_ratio: ratio(times.first, baseline.first)?,
            warm_ratio: ratio(times.warm_p50, baseline.warm_p50)?,
        })
    }
}

impl Row {
    fn starts_quickly(&self) -> bool {
        self.init_ratio <= MOST_INIT_RATIO
    }

    fn is_small(&self) -> bool {
        self.zip_mb <= MOST_ZIP_MB
    }
}

/// One row each; the first is what the others are compared with.
pub fn rows(measured: &[Measured]) -> anyhow::Result<Vec<Row>> {
    let baseline = measured.first().and_then(Measured::times).context("nothing was measured")?;
    measured
        .iter()
        .map(|one| one.row(&baseline).with_context(|| format!("{} has no figures", one.name)))
        .collect()
}

/// The rows under their titles, names to the left and figures to the right.
pub fn table(rows: &[Row]) -> String {
    let mut lines = vec![TITLES.map(str::to_owned)];
    lines.extend(rows.iter().map(cells));
    let mut widths = [0; TITLES.len()];
    for line in &lines {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = cell.chars().count().max(*width);
        }
    }
    let mut table = String::new();
    for line in &lines {
        for (column, (cell, width)) in line.iter().zip(widths).enumerate() {
            let padding = " ".repeat(width.saturating_sub(cell.chars().count()));
            let cell = cell.as_str();
            table.extend(if column == 0 { [cell, &padding, ""] } else { ["  ", &padding, cell] });
        }
        table.push('\n');
    }
    table
}

fn cells(row: &Row) -> [String; TITLES.len()] {
    let verdict = |holds: bool| if holds { "ok" } else { "MISSED" }.to_owned();
    [
        row.name.clone(),
        format!("{:.2}", row.init_ms),
        format!("{:.2}", row.first_ms),
        format!("{:.3}", row.warm_p50_ms),
        format!("{:.3}", row.warm_p99_ms),
        format!("{:.1}", row.rss_mb),
        format!("{:.1}", row.peak_mb),
        format!("{:.2}", row.size_mb),
        format!("{:.2}", row.zip_mb),
        format!("{:.2}", row.init_ratio),
        format!("{:.2}", row.first_ratio),
        format!("{:.2}", row.warm_ratio),
        verdict(row.starts_quickly()),
        verdict(row.is_small()),
    ]
}

/// A line for every bar a function does not hold.
pub fn missed(rows: &[Row]) -> Vec<String> {
    let mut lines = Vec::new();
    for row in rows {
        let Row { name, init_ratio, zip_mb, .. } = row;
        if !row.starts_quickly() {
            lines.push(format!(
                "Q14 missed: {name} starts in {init_ratio:.3} x the hello's time, at most \
                 {MOST_INIT_RATIO} x"
            ));
        }
        if !row.is_small() {
            lines.push(format!("Q16 missed: {name} is {zip_mb:.3} MB zipped, at most {MOST_ZIP_MB} MB"));
        }
    }
    lines
}

/// A line for every function that may not have done the work it was measured for.
pub fn remarks(measured: &[Measured]) -> Vec<String> {
    let mut lines = Vec::new();
    for one in measured {
        let statuses: BTreeSet<u16> = one.starts.iter().flat_map(|start| &start.statuses).copied().collect();
        if statuses.len() > 1 || statuses.iter().any(|status| *status >= 400) {
            let statuses: Vec<String> = statuses.iter().map(u16::to_string).collect();
            lines.push(format!("note: {} answered {}", one.name, statuses.join(" and ")));
        }
    }
    lines
}

#[cfg(test)]
mod tests;
