//! What a member tells about themselves, read.

use jiff::civil::Date;
use maru_kernel::{FieldError, Fields, LineRule, Phone, Said, line};

use crate::model::{Calendar, Gender};

/// As it was typed.
pub struct ProfileInput {
    /// 1 to 50 characters.
    pub name: Result<String, FieldError>,
    /// `1990-02-14` or `19900214`.
    pub birth_date: Result<String, FieldError>,
    /// `14:30` or `1430`.
    pub birth_time: Result<Option<String>, FieldError>,
    /// `am`, `pm`, 오전 or 오후.
    pub ampm: Result<Option<String>, FieldError>,
    /// `solar` or `lunar`.
    pub calendar: Result<Option<String>, FieldError>,
    /// A number.
    pub phone: Result<String, FieldError>,
    /// 남 or 여.
    pub gender: Result<String, FieldError>,
}

/// As it is kept.
#[derive(Debug, PartialEq, Eq)]
pub struct NewProfile {
    pub name: String,
    pub birth_date: String,
    pub birth_time: Option<String>,
    pub calendar: Calendar,
    pub phone: Phone,
    pub gender: Gender,
}

impl ProfileInput {
    /// The profile, or everything that is wrong with it. Nobody is born after `today`.
    pub fn read(self, today: Date) -> Result<NewProfile, Vec<FieldError>> {
        let mut fields = Fields::new();
        let rule = LineRule { pointer: "/username", min: 1, max: 50, multiline: false };
        let name = fields.take(self.name.and_then(|name| line(&name, rule)));
        let calendar = fields.take(self.calendar.and_then(|typed| match typed.as_deref() {
            None | Some("solar" | "양력") => Ok(Calendar::Solar),
            Some("lunar" | "음력") => Ok(Calendar::Lunar),
            Some(_) => Err(wrong("/calendar", "solar 또는 lunar여야 합니다.", "Must be solar or lunar.")),
        }));
        let date = self.birth_date.and_then(|typed| {
            birth_date(&typed, calendar.unwrap_or(Calendar::Solar), today)
                .ok_or_else(|| wrong("/birthDate", "생년월일이 올바르지 않습니다.", "Not a date of birth."))
        });
        let birth_date = fields.take(date);
        let half = fields.take(self.ampm.and_then(|typed| match typed.as_deref() {
            None | Some("") => Ok(None),
            Some("am" | "AM" | "오전") => Ok(Some(Half::Before)),
            Some("pm" | "PM" | "오후") => Ok(Some(Half::After)),
            Some(_) => Err(wrong("/ampm", "오전 또는 오후여야 합니다.", "Must be am or pm.")),
        }));
        let time = self.birth_time.and_then(|typed| match typed.as_deref() {
            None | Some("") => Ok(None),
            Some(typed) => birth_time(typed, half.flatten())
                .map(Some)
                .ok_or_else(|| wrong("/birthTime", "태어난 시각이 올바르지 않습니다.", "Not a time of day.")),
        });
        let birth_time = fields.take(time);
        let phone = fields.take(self.phone.and_then(|typed| {
            Phone::parse(&typed).ok_or_else(|| {
                wrong("/userphonenumber", "전화번호가 올바르지 않습니다.", "Not a telephone number.")
            })
        }));
        let gender = fields.take(self.gender.and_then(|typed| match typed.as_str() {
            "남" => Ok(Gender::Man),
            "여" => Ok(Gender::Woman),
            _ => Err(wrong("/gender", "남 또는 여여야 합니다.", "Must be 남 or 여.")),
        }));
        let rest = calendar.zip(birth_time).zip(phone.zip(gender));
        let read = name.zip(birth_date).zip(rest).map(
            |((name, birth_date), ((calendar, birth_time), (phone, gender)))| NewProfile {
                name,
                birth_date,
                birth_time,
                calendar,
                phone,
                gender,
            },
        );
        fields.finish(read)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Half {
    Before,
    After,
}

fn wrong(pointer: &'static str, ko: &'static str, en: &'static str) -> FieldError {
    FieldError::new(pointer, "value", Said::new(ko, en))
}

/// A day of the calendar as `1990-02-14`. Lunar months have up to 30 days, also the second.
fn birth_date(typed: &str, calendar: Calendar, today: Date) -> Option<String> {
    let digits: String = typed.trim().chars().filter(|c| !"-./ ".contains(*c)).collect();
    if digits.len() != 8 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let part = |range: std::ops::Range<usize>| digits.get(range)?.parse::<i16>().ok();
    let (year, month, day) = (part(0..4)?, i8::try_from(part(4..6)?).ok()?, i8::try_from(part(6..8)?).ok()?);
    let real = match calendar {
        Calendar::Solar => Date::new(year, month, day).is_ok_and(|date| date <= today),
        Calendar::Lunar => (1..=12).contains(&month) && (1..=30).contains(&day) && year <= today.year(),
    };
    (real && year >= 1900).then(|| format!("{year:04}-{month:02}-{day:02}"))
}

/// A time of day as `14:30`. With a half of the day the hour is one of twelve, or must agree with it.
fn birth_time(typed: &str, half: Option<Half>) -> Option<String> {
    let digits: String = typed.trim().chars().filter(|c| *c != ':').collect();
    let (hours, minutes) = digits.split_at_checked(digits.len().checked_sub(2)?)?;
    if !(1..=2).contains(&hours.len()) || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (hour, minute): (u8, u8) = (hours.parse().ok()?, minutes.parse().ok()?);
    let hour = match half {
        Some(Half::Before) if hour == 12 => 0,
        Some(Half::Before) if hour > 12 => return None,
        Some(Half::After) if hour < 12 => hour + 12,
        Some(Half::Before | Half::After) | None => hour,
    };
    (hour < 24 && minute < 60).then(|| format!("{hour:02}:{minute:02}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Date = Date::constant(2026, 12, 1);

    #[test]
    fn dates_are_read_in_their_calendar() {
        let solar = |typed| birth_date(typed, Calendar::Solar, TODAY);
        assert_eq!(solar("19900214").as_deref(), Some("1990-02-14"));
        assert_eq!(solar("1990-02-14").as_deref(), Some("1990-02-14"));
        for wrong in ["1990-02-30", "2027-01-01", "1899-12-31", "900214", "19900214x", "", "일구구공"] {
            assert_eq!(solar(wrong), None, "{wrong}");
        }
        assert_eq!(birth_date("1990-02-30", Calendar::Lunar, TODAY).as_deref(), Some("1990-02-30"));
        assert_eq!(birth_date("1990-02-31", Calendar::Lunar, TODAY), None);
    }

    #[test]
    fn times_are_read_with_and_without_their_half_of_the_day() {
        for (typed, half, read) in [
            ("14:30", None, Some("14:30")),
            ("1430", None, Some("14:30")),
            ("230", Some(Half::After), Some("14:30")),
            ("02:30", Some(Half::After), Some("14:30")),
            ("14:30", Some(Half::After), Some("14:30")),
            ("12:10", Some(Half::Before), Some("00:10")),
            ("12:10", Some(Half::After), Some("12:10")),
            ("14:30", Some(Half::Before), None),
            ("24:00", None, None),
            ("12:60", None, None),
            ("30", None, None),
            ("아침", None, None),
        ] {
            assert_eq!(birth_time(typed, half).as_deref(), read, "{typed}");
        }
    }
}
