//! The charges as a table, as JSON and as complaints.

use serde_json::{Value, json};

use crate::visit::{Bars, Charge};

const TITLES: [&str; 9] =
    ["operation", "function", "trips", "reads", "writes", "index writes", "flat", "Q15", "Q17"];
/// Columns that are words.
const WORDS: usize = 2;

/// A charge next to the same one among fewer bookings.
struct Compared<'a> {
    charge: &'a Charge,
    flat: bool,
}

impl Compared<'_> {
    /// Q15, where it says anything about this.
    fn answers_quickly(&self) -> Option<bool> {
        self.charge.bars.trips.map(|most| self.charge.trips <= most)
    }

    /// Q17; that it is flat holds for everything.
    fn is_cheap(&self) -> bool {
        let Bars { trips: _, writes, reads } = self.charge.bars;
        let within = |most: Option<f64>, used: f64| most.is_none_or(|most| used <= most);
        let used = self.charge.used;
        self.flat && within(writes, used.write_units) && within(reads, used.read_units)
    }
}

fn compared<'a>(few: &'a [Charge], many: &'a [Charge]) -> impl Iterator<Item = Compared<'a>> {
    many.iter().zip(few).map(|(charge, before)| Compared {
        charge,
        flat: charge.operation == before.operation && charge.used == before.used,
    })
}

/// One line each, words to the left and figures to the right.
pub fn table(few: &[Charge], many: &[Charge]) -> String {
    let mut lines = vec![TITLES.map(str::to_owned)];
    lines.extend(compared(few, many).map(|one| cells(&one)));
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
            table.extend(if column < WORDS { [cell, &padding, "  "] } else { [&padding, cell, "  "] });
        }
        table.truncate(table.trim_end().len());
        table.push('\n');
    }
    table
}

fn cells(one: &Compared<'_>) -> [String; TITLES.len()] {
    let verdict = |holds: bool| if holds { "ok" } else { "MISSED" }.to_owned();
    let Charge { operation, function, used, trips, bars: _ } = one.charge;
    [
        (*operation).to_owned(),
        (*function).to_owned(),
        trips.to_string(),
        used.read_units.to_string(),
        used.write_units.to_string(),
        used.index_units.to_string(),
        if one.flat { "yes" } else { "NO" }.to_owned(),
        one.answers_quickly().map(verdict).unwrap_or_default(),
        verdict(one.is_cheap()),
    ]
}

/// A line for every bar an operation does not hold.
pub fn missed(few: &[Charge], many: &[Charge]) -> Vec<String> {
    let mut lines = Vec::new();
    for one in compared(few, many) {
        let Charge { operation, used, trips, bars, .. } = one.charge;
        if let Some(most) = bars.trips.filter(|most| trips > most) {
            lines.push(format!(
                "Q15 missed: {operation} makes {trips} round trips one after the other, at most {most}"
            ));
        }
        if let Some(most) = bars.writes.filter(|most| used.write_units > *most) {
            lines.push(format!(
                "Q17 missed: {operation} uses {} write units, at most {most}",
                used.write_units
            ));
        }
        if let Some(most) = bars.reads.filter(|most| used.read_units > *most) {
            lines
                .push(format!("Q17 missed: {operation} uses {} read units, at most {most}", used.read_units));
        }
        if !one.flat {
            lines.push(format!("Q17 missed: {operation} does not cost the same among fewer bookings"));
        }
    }
    lines
}

/// The charges of one run.
pub fn json(charges: &[Charge]) -> Vec<Value> {
    let one = |charge: &Charge| {
        let Charge { operation, function, used, trips, bars: _ } = charge;
        json!({
            "operation": operation,
            "function": function,
            "trips": used.trips,
            "sequential_trips_beside_the_callers_read": trips,
            "read_units": used.read_units,
            "write_units": used.write_units,
            "index_write_units": used.index_units,
        })
    };
    charges.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use maru_table::Used;

    use super::*;

    fn charge(write_units: f64, trips: u64) -> Charge {
        let used = Used { trips: trips + 1, write_units, ..Used::default() };
        let bars = Bars { trips: Some(2), writes: Some(16.0), reads: None };
        Charge { operation: "book", function: "bookings", used, trips, bars }
    }

    #[test]
    fn what_holds_its_bars_is_ok() {
        let table = table(&[charge(16.0, 2)], &[charge(16.0, 2)]);
        assert!(table.ends_with("yes   ok   ok\n"), "{table}");
        assert!(missed(&[charge(16.0, 2)], &[charge(16.0, 2)]).is_empty());
    }

    #[test]
    fn each_missed_bar_is_told() {
        let lines = missed(&[charge(16.0, 2)], &[charge(17.0, 3)]);
        let expected = [
            "Q15 missed: book makes 3 round trips one after the other, at most 2",
            "Q17 missed: book uses 17 write units, at most 16",
            "Q17 missed: book does not cost the same among fewer bookings",
        ];
        assert_eq!(lines, expected);
    }
}
