//! Guam: the holidays its government observes (1 GCA § 1000). Washington's Birthday, Juneteenth and Columbus
//! Day are not among them: only federal offices keep those.

use jiff::civil::{Date, Weekday};

/// The holiday of a date: the day itself, or the Friday or Monday it is observed on.
pub(super) fn holiday(date: Date) -> Option<&'static str> {
    named(date).or_else(|| match date.weekday() {
        Weekday::Friday => named(date.tomorrow().ok()?),
        Weekday::Monday => named(date.yesterday().ok()?),
        Weekday::Tuesday | Weekday::Wednesday | Weekday::Thursday | Weekday::Saturday | Weekday::Sunday => {
            None
        }
    })
}

fn named(date: Date) -> Option<&'static str> {
    let nth = |weekday, n| date.weekday() == weekday && (date.day() - 1) / 7 + 1 == n;
    let last = |weekday| date.weekday() == weekday && date.day() + 7 > date.days_in_month();
    match (date.month(), date.day()) {
        (1, 1) => Some("New Year's Day"),
        (1, _) if nth(Weekday::Monday, 3) => Some("Martin Luther King Jr. Day"),
        (3, _) if nth(Weekday::Monday, 1) => Some("Guam History and Chamorro Heritage Day"),
        (5, _) if last(Weekday::Monday) => Some("Memorial Day"),
        (7, 4) => Some("Independence Day"),
        (7, 21) => Some("Liberation Day"),
        (9, _) if nth(Weekday::Monday, 1) => Some("Labor Day"),
        (11, 2) => Some("All Souls' Day"),
        (11, 11) => Some("Veterans Day"),
        (11, _) if nth(Weekday::Thursday, 4) => Some("Thanksgiving Day"),
        (12, 8) => Some("Our Lady of Camarin Day"),
        (12, 25) => Some("Christmas Day"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn of_year(year: i16) -> Vec<(i8, i8, &'static str)> {
        std::iter::successors(Some(date(year, 1, 1)), |day| day.tomorrow().ok())
            .take_while(|day| day.year() == year)
            .filter_map(|day| Some((day.month(), day.day(), holiday(day)?)))
            .collect()
    }

    #[test]
    fn the_whole_of_2026() {
        assert_eq!(
            of_year(2026),
            [
                (1, 1, "New Year's Day"),
                (1, 19, "Martin Luther King Jr. Day"),
                (3, 2, "Guam History and Chamorro Heritage Day"),
                (5, 25, "Memorial Day"),
                (7, 3, "Independence Day"),
                (7, 4, "Independence Day"),
                (7, 21, "Liberation Day"),
                (9, 7, "Labor Day"),
                (11, 2, "All Souls' Day"),
                (11, 11, "Veterans Day"),
                (11, 26, "Thanksgiving Day"),
                (12, 8, "Our Lady of Camarin Day"),
                (12, 25, "Christmas Day"),
            ]
        );
    }

    #[test]
    fn a_sunday_is_observed_on_monday_and_a_new_year_on_saturday_the_year_before() {
        assert_eq!(holiday(date(2025, 11, 2)), Some("All Souls' Day"));
        assert_eq!(holiday(date(2025, 11, 3)), Some("All Souls' Day"));
        assert_eq!(holiday(date(2027, 12, 31)), Some("New Year's Day"));
        assert_eq!(holiday(date(2025, 2, 17)), None, "Washington's Birthday");
        assert_eq!(holiday(date(2025, 10, 13)), None, "Columbus Day");
    }
}
