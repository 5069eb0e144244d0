//! The terms something is booked on. A booking keeps those it was made on, whatever changes later.

use maru_kernel::Money;
use serde::{Deserialize, Serialize};

/// What is paid back on a cancellation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Policy {
    /// Everything until so many hours before the start, then nothing.
    FreeUntil {
        /// Hours before the start.
        hours: u16,
    },
    /// A share that falls towards the start: the first stage whose hours are still ahead counts, after
    /// the last one nothing is paid back.
    Staged {
        /// Most hours first.
        stages: Vec<Stage>,
    },
    /// The refund table of the Korean academy act (학원의 설립·운영 및 과외교습에 관한 법률 시행령 별표 4).
    Academy,
}

/// One stage of a staged policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// At least so many hours before the start,
    pub hours: u16,
    /// this share is paid back, in percent.
    pub percent: u8,
}

/// The terms of a room or tour, as a booking of it keeps them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// What is paid back on a cancellation.
    pub policy: Policy,
    /// Minutes after the start when somebody who has not checked in has not come; absent: staff decide.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_show_minutes: Option<u16>,
    /// Hours before the start when a reminder is sent; absent: none is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remind_hours: Option<u16>,
}

impl Default for Terms {
    /// Free until a day before; a reminder a day before; staff decide about no-shows.
    fn default() -> Self {
        Self { policy: Policy::FreeUntil { hours: 24 }, no_show_minutes: None, remind_hours: Some(24) }
    }
}

/// How much one person may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quota {
    /// Bookings, a series counting as one for each time.
    pub bookings: u16,
    /// In each of these.
    pub per: Period,
}

/// What a quota is counted in, by the local date of the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// A date.
    Day,
    /// A week from Monday.
    Week,
    /// A calendar month.
    Month,
}

/// Another price at certain hours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Peak {
    /// Weekdays, Monday is 1, Sunday 7.
    pub days: Vec<u8>,
    /// From this minute of the local day.
    pub from: u16,
    /// To this one, not included.
    pub to: u16,
    /// The price an hour.
    pub hourly_rate: Money,
}
