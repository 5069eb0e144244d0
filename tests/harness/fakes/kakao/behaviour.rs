//! How the next call should go wrong. What goes wrong goes wrong before anything happens: a code is not spent.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One instruction for one call. Without any, the fake behaves.
///
/// A call takes the first one waiting, unless that is about other calls; then it waits on.
///
/// | name | about | what the caller sees |
/// | --- | --- | --- |
/// | `usual` | every call | what it would have seen |
/// | `error_500` | every call | 500 with a code of its own trouble |
/// | `html` | every call | a 502 page |
/// | `silent` | every call | nothing, for as long as the connection lasts |
/// | `malformed` | every call | 200 and half a JSON text |
/// | `too_many_requests` | every call | `KOE237`, from the API `-10` |
/// | `not_a_tester` | token | `KOE005` |
/// | `wrong_id` | API | the right answer about the person with the next number |
/// | `underage` | API | `-406` |
/// | `dormant` | API | `-103` |
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Behaviour {
    Usual,
    Error500,
    Html,
    Silent,
    Malformed,
    TooManyRequests,
    NotATester,
    WrongId,
    Underage,
    Dormant,
}

/// A name that is no behaviour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownBehaviour(pub String);

/// Which door a call came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Desk {
    Token,
    Keys,
    Api,
}

impl Behaviour {
    /// Every behaviour, in the order people are told about them.
    pub const ALL: [Self; 10] = [
        Self::Usual,
        Self::Error500,
        Self::Html,
        Self::Silent,
        Self::Malformed,
        Self::TooManyRequests,
        Self::NotATester,
        Self::WrongId,
        Self::Underage,
        Self::Dormant,
    ];

    /// The name used in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Usual => "usual",
            Self::Error500 => "error_500",
            Self::Html => "html",
            Self::Silent => "silent",
            Self::Malformed => "malformed",
            Self::TooManyRequests => "too_many_requests",
            Self::NotATester => "not_a_tester",
            Self::WrongId => "wrong_id",
            Self::Underage => "underage",
            Self::Dormant => "dormant",
        }
    }

    /// Whether a call to this desk can obey it.
    pub(super) fn is_about(self, desk: Desk) -> bool {
        match self {
            Self::Usual
            | Self::Error500
            | Self::Html
            | Self::Silent
            | Self::Malformed
            | Self::TooManyRequests => true,
            Self::NotATester => desk == Desk::Token,
            Self::WrongId | Self::Underage | Self::Dormant => desk == Desk::Api,
        }
    }
}

impl TryFrom<String> for Behaviour {
    type Error = UnknownBehaviour;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        Self::ALL.into_iter().find(|behaviour| behaviour.name() == name).ok_or(UnknownBehaviour(name))
    }
}

impl From<Behaviour> for String {
    fn from(behaviour: Behaviour) -> Self {
        behaviour.name().to_owned()
    }
}

impl fmt::Display for UnknownBehaviour {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = Behaviour::ALL.map(Behaviour::name).join(", ");
        write!(out, "unknown behaviour {:?}; allowed: {names}", self.0)
    }
}

impl std::error::Error for UnknownBehaviour {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_behaviour_is_found_by_its_own_name() {
        for behaviour in Behaviour::ALL {
            let json = serde_json::to_value(behaviour).unwrap();
            assert_eq!(json, behaviour.name());
            assert_eq!(serde_json::from_value::<Behaviour>(json).unwrap(), behaviour);
        }
        let told = Behaviour::try_from("explode".to_owned()).unwrap_err().to_string();
        assert!(told.contains("\"explode\"") && told.contains("error_500"));
    }
}
