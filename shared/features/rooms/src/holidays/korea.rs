//! The Republic of Korea: 관공서의 공휴일에 관한 규정.

use jiff::civil::{Date, Weekday};

/// What becomes of a holiday that meets a free day (제3조).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Nothing: 신정 and 현충일.
    Plain,
    /// Substituted on Saturdays and Sundays, and where it meets another holiday.
    Day,
    /// Three days. Substituted on Sundays, and where they meet another holiday.
    Feast,
}

/// 설날, 부처님오신날 and 추석 by year: the new moons of Korean standard time (so 설날 of 2027 and 2028 is a
/// day later than in China).
const LUNAR: [(i16, [(i8, i8); 3]); 16] = [
    (2025, [(1, 29), (5, 5), (10, 6)]),
    (2026, [(2, 17), (5, 24), (9, 25)]),
    (2027, [(2, 7), (5, 13), (9, 15)]),
    (2028, [(1, 27), (5, 2), (10, 3)]),
    (2029, [(2, 13), (5, 20), (9, 22)]),
    (2030, [(2, 3), (5, 9), (9, 12)]),
    (2031, [(1, 23), (5, 28), (10, 1)]),
    (2032, [(2, 11), (5, 16), (9, 19)]),
    (2033, [(1, 31), (5, 6), (9, 8)]),
    (2034, [(2, 19), (5, 25), (9, 27)]),
    (2035, [(2, 8), (5, 15), (9, 16)]),
    (2036, [(1, 28), (5, 3), (10, 4)]),
    (2037, [(2, 15), (5, 22), (9, 24)]),
    (2038, [(2, 4), (5, 11), (9, 13)]),
    (2039, [(1, 24), (4, 30), (10, 2)]),
    (2040, [(2, 12), (5, 18), (9, 21)]),
];

/// The year 제헌절 became a public holiday again (공휴일에 관한 법률, promulgated February 2026).
const CONSTITUTION_DAY_SINCE: i16 = 2026;

/// No substitute lies further behind its holiday than this: a three-day feast, a day beside it, a weekend.
const REACH_DAYS: usize = 10;

/// The holiday of a date.
pub(super) fn holiday(date: Date) -> Option<&'static str> {
    let own = named(date).into_iter().next().map(|(_, name)| name);
    own.or_else(|| is_substitute(date).then_some("대체공휴일"))
}

/// The holidays of a date by name; two where they meet.
fn named(date: Date) -> Vec<(Kind, &'static str)> {
    let fixed = match (date.month(), date.day()) {
        (1, 1) => Some((Kind::Plain, "신정")),
        (3, 1) => Some((Kind::Day, "3·1절")),
        (5, 5) => Some((Kind::Day, "어린이날")),
        (6, 6) => Some((Kind::Plain, "현충일")),
        (7, 17) if date.year() >= CONSTITUTION_DAY_SINCE => Some((Kind::Day, "제헌절")),
        (8, 15) => Some((Kind::Day, "광복절")),
        (10, 3) => Some((Kind::Day, "개천절")),
        (10, 9) => Some((Kind::Day, "한글날")),
        (12, 25) => Some((Kind::Day, "기독탄신일")),
        _ => None,
    };
    fixed.into_iter().chain(lunar(date)).collect()
}

fn lunar(date: Date) -> Option<(Kind, &'static str)> {
    let (_, [new_year, buddha, harvest]) = LUNAR.iter().find(|(year, _)| *year == date.year())?;
    let is = |day: Option<Date>, (month, of_month): (i8, i8)| {
        day.is_some_and(|day| (day.month(), day.day()) == (month, of_month))
    };
    let (before, after) = (date.tomorrow().ok(), date.yesterday().ok());
    let feasts =
        [(new_year, ["설날 전날", "설날", "설날 다음날"]), (harvest, ["추석 전날", "추석", "추석 다음날"])];
    for (feast, [eve, itself, morrow]) in feasts {
        for (day, name) in [(before, eve), (Some(date), itself), (after, morrow)] {
            if is(day, *feast) {
                return Some((Kind::Feast, name));
            }
        }
    }
    is(Some(date), *buddha).then_some((Kind::Day, "부처님오신날"))
}

fn is_weekend(date: Date) -> bool {
    matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// Whether a date's holidays are made up for by another day off.
fn is_substituted(date: Date) -> bool {
    let holidays = named(date);
    let any = |kind| holidays.iter().any(|(known, _)| *known == kind);
    let meet = holidays.len() > 1 && !is_weekend(date);
    (any(Kind::Day) && (is_weekend(date) || meet))
        || (any(Kind::Feast) && (date.weekday() == Weekday::Sunday || meet))
}

/// Whether a date makes up for an earlier one: the first working day behind it that makes up for no other.
fn is_substitute(date: Date) -> bool {
    if is_weekend(date) {
        return false;
    }
    let mut earlier: Vec<Date> = std::iter::successors(date.yesterday().ok(), |day| day.yesterday().ok())
        .take(REACH_DAYS)
        .filter(|day| is_substituted(*day))
        .collect();
    earlier.reverse();
    let mut substitutes: Vec<Date> = Vec::new();
    for holiday in earlier {
        let mut behind = std::iter::successors(holiday.tomorrow().ok(), |day| day.tomorrow().ok());
        let free = |day: &Date| !is_weekend(*day) && named(*day).is_empty() && !substitutes.contains(day);
        let found = behind.find(free);
        substitutes.extend(found);
    }
    substitutes.contains(&date)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    /// The holidays of a span of dates: month, day, name.
    fn between(from: Date, to: Date) -> Vec<(i8, i8, &'static str)> {
        std::iter::successors(Some(from), |day| day.tomorrow().ok())
            .take_while(|day| *day <= to)
            .filter_map(|day| Some((day.month(), day.day(), holiday(day)?)))
            .collect()
    }

    #[test]
    fn the_whole_of_2025() {
        assert_eq!(
            between(date(2025, 1, 1), date(2025, 12, 31)),
            [
                (1, 1, "신정"),
                (1, 28, "설날 전날"),
                (1, 29, "설날"),
                (1, 30, "설날 다음날"),
                (3, 1, "3·1절"),
                (3, 3, "대체공휴일"),
                (5, 5, "어린이날"),
                (5, 6, "대체공휴일"),
                (6, 6, "현충일"),
                (8, 15, "광복절"),
                (10, 3, "개천절"),
                (10, 5, "추석 전날"),
                (10, 6, "추석"),
                (10, 7, "추석 다음날"),
                (10, 8, "대체공휴일"),
                (10, 9, "한글날"),
                (12, 25, "기독탄신일"),
            ]
        );
    }

    #[test]
    fn the_whole_of_2026() {
        assert_eq!(
            between(date(2026, 1, 1), date(2026, 12, 31)),
            [
                (1, 1, "신정"),
                (2, 16, "설날 전날"),
                (2, 17, "설날"),
                (2, 18, "설날 다음날"),
                (3, 1, "3·1절"),
                (3, 2, "대체공휴일"),
                (5, 5, "어린이날"),
                (5, 24, "부처님오신날"),
                (5, 25, "대체공휴일"),
                (6, 6, "현충일"),
                (7, 17, "제헌절"),
                (8, 15, "광복절"),
                (8, 17, "대체공휴일"),
                (9, 24, "추석 전날"),
                (9, 25, "추석"),
                (9, 26, "추석 다음날"),
                (10, 3, "개천절"),
                (10, 5, "대체공휴일"),
                (10, 9, "한글날"),
                (12, 25, "기독탄신일"),
            ]
        );
    }

    #[test]
    fn holidays_that_meet_each_get_a_day_of_their_own() {
        // 개천절 within 추석.
        assert_eq!(
            between(date(2028, 9, 30), date(2028, 10, 8)),
            [(10, 2, "추석 전날"), (10, 3, "개천절"), (10, 4, "추석 다음날"), (10, 5, "대체공휴일")]
        );
        // 개천절 meets the eve on a Friday, and the last day is a Sunday.
        assert_eq!(
            between(date(2036, 10, 1), date(2036, 10, 8)),
            [
                (10, 3, "개천절"),
                (10, 4, "추석"),
                (10, 5, "추석 다음날"),
                (10, 6, "대체공휴일"),
                (10, 7, "대체공휴일")
            ]
        );
        // A Saturday does not count against a feast: 2027-02-06 is one, 2027-02-07 is the Sunday.
        assert_eq!(
            between(date(2027, 2, 1), date(2027, 2, 12)),
            [(2, 6, "설날 전날"), (2, 7, "설날"), (2, 8, "설날 다음날"), (2, 9, "대체공휴일")]
        );
    }

    #[test]
    fn new_year_and_memorial_day_are_never_made_up_for() {
        assert_eq!(between(date(2028, 1, 1), date(2028, 1, 4)), [(1, 1, "신정")]);
        assert_eq!(between(date(2026, 6, 5), date(2026, 6, 9)), [(6, 6, "현충일")]);
    }

    #[test]
    fn lunar_years_are_as_long_as_lunar_years_are() {
        let dates = LUNAR.map(|(year, [(month, day), ..])| date(year, month, day));
        for pair in dates.windows(2) {
            let days = (pair[1] - pair[0]).get_days();
            assert!([354, 355, 383, 384].contains(&days), "{days} days to {}", pair[1]);
        }
        // 부처님오신날 is the eighth of the fourth month, 추석 the fifteenth of the eighth.
        for (year, [_, (month, day), (harvest_month, harvest_day)]) in LUNAR {
            let days = (date(year, harvest_month, harvest_day) - date(year, month, day)).get_days();
            assert!((124..=126).contains(&days) || (153..=155).contains(&days), "{year}: {days}");
        }
    }

    #[test]
    fn outside_the_table_fixed_dates_remain() {
        assert_eq!(holiday(date(2041, 3, 1)), Some("3·1절"));
        assert_eq!(between(date(2041, 1, 2), date(2041, 2, 28)), []);
        assert_eq!(holiday(date(2025, 7, 17)), None);
    }
}
