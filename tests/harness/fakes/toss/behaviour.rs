//! How the next call should go wrong, and what that means for the money and for the wire.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One instruction for one call: a confirm, a charge, a cancel or a read, each with a queue of its own. Without
/// any, the fake approves.
///
/// "Captured" is what happens to the money, whatever the caller gets to see of it. This is what a confirm meets,
/// and a charge.
///
/// | name | captured | what the caller sees |
/// | --- | --- | --- |
/// | `approve` | yes | 200, the payment `DONE` |
/// | `decline` | no, payment `ABORTED` | 403 `REJECT_CARD_PAYMENT` |
/// | `timeout_after_capture` | yes | silence for 60 s, then a 504 page |
/// | `hang` | no | silence for as long as the connection lasts |
/// | `error_500` | no | 500 `FAILED_INTERNAL_SYSTEM_PROCESSING` |
/// | `error_500_after_capture` | yes | the same 500 |
/// | `html` | no | a 502 page |
/// | `html_after_capture` | yes | the same 502 page |
/// | `processing` | no | 409 `IDEMPOTENT_REQUEST_PROCESSING` |
/// | `wrong_amount` | yes | 200, the payment (now and when read) is one won too large |
/// | `unknown_status` | yes | 200 with status `SOMETHING_NEW`; a later read says `DONE` |
/// | `unmapped_code` | no | 400 with a code nobody knows |
/// | `huge` | yes | 200, the payment padded to more than 10 MB |
/// | `redirect` | no | 302 to a page that looks like an approval |
///
/// For a cancel read "given back" for "captured". There `decline` is 400 `REFUND_REJECTED` and changes nothing,
/// `wrong_amount` gives one won less back than was asked for, `redirect` leads to a page that looks as if
/// everything had gone back.
///
/// A read changes nothing, so there the two of a pair are the same. `decline` is 404 `NOT_FOUND_PAYMENT`, and what
/// `wrong_amount` (of the total) and `unknown_status` show is gone with the next read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Behaviour {
    Approve,
    Decline,
    TimeoutAfterCapture,
    Hang,
    Error500,
    Error500AfterCapture,
    Html,
    HtmlAfterCapture,
    Processing,
    WrongAmount,
    UnknownStatus,
    UnmappedCode,
    Huge,
    Redirect,
}

/// A name that is no behaviour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownBehaviour(pub String);

/// What a behaviour does to one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Plan {
    /// The call never reaches the payment.
    Lost(Fault),
    /// The payment is judged, then the answer travels back.
    Judged(Verdict, Delivery),
}

/// What stands in for an answer when the payment was never looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Silence,
    InternalError,
    GatewayPage,
    Busy,
    Elsewhere,
}

/// What becomes of a payment that may be confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Approve,
    ApproveAnotherAmount,
    ApproveUnderAnotherStatus,
    Decline,
    RefuseWithoutReason,
}

/// What becomes of the answer on its way back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Delivery {
    Whole,
    Silence,
    InternalError,
    GatewayPage,
    Padded,
}

impl Behaviour {
    /// Every behaviour, in the order people are told about them.
    pub const ALL: [Self; 14] = [
        Self::Approve,
        Self::Decline,
        Self::TimeoutAfterCapture,
        Self::Hang,
        Self::Error500,
        Self::Error500AfterCapture,
        Self::Html,
        Self::HtmlAfterCapture,
        Self::Processing,
        Self::WrongAmount,
        Self::UnknownStatus,
        Self::UnmappedCode,
        Self::Huge,
        Self::Redirect,
    ];

    /// The name used in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Decline => "decline",
            Self::TimeoutAfterCapture => "timeout_after_capture",
            Self::Hang => "hang",
            Self::Error500 => "error_500",
            Self::Error500AfterCapture => "error_500_after_capture",
            Self::Html => "html",
            Self::HtmlAfterCapture => "html_after_capture",
            Self::Processing => "processing",
            Self::WrongAmount => "wrong_amount",
            Self::UnknownStatus => "unknown_status",
            Self::UnmappedCode => "unmapped_code",
            Self::Huge => "huge",
            Self::Redirect => "redirect",
        }
    }

    pub(super) const fn plan(self) -> Plan {
        use Verdict::Approve;
        match self {
            Self::Approve => Plan::Judged(Approve, Delivery::Whole),
            Self::Decline => Plan::Judged(Verdict::Decline, Delivery::Whole),
            Self::TimeoutAfterCapture => Plan::Judged(Approve, Delivery::Silence),
            Self::Hang => Plan::Lost(Fault::Silence),
            Self::Error500 => Plan::Lost(Fault::InternalError),
            Self::Error500AfterCapture => Plan::Judged(Approve, Delivery::InternalError),
            Self::Html => Plan::Lost(Fault::GatewayPage),
            Self::HtmlAfterCapture => Plan::Judged(Approve, Delivery::GatewayPage),
            Self::Processing => Plan::Lost(Fault::Busy),
            Self::WrongAmount => Plan::Judged(Verdict::ApproveAnotherAmount, Delivery::Whole),
            Self::UnknownStatus => Plan::Judged(Verdict::ApproveUnderAnotherStatus, Delivery::Whole),
            Self::UnmappedCode => Plan::Judged(Verdict::RefuseWithoutReason, Delivery::Whole),
            Self::Huge => Plan::Judged(Approve, Delivery::Padded),
            Self::Redirect => Plan::Lost(Fault::Elsewhere),
        }
    }
}

impl TryFrom<&str> for Behaviour {
    type Error = UnknownBehaviour;

    fn try_from(name: &str) -> Result<Self, Self::Error> {
        Self::ALL
            .into_iter()
            .find(|behaviour| behaviour.name() == name)
            .ok_or_else(|| UnknownBehaviour(name.to_owned()))
    }
}

impl TryFrom<String> for Behaviour {
    type Error = UnknownBehaviour;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        Self::try_from(name.as_str())
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
            assert_eq!(Behaviour::try_from(behaviour.name()), Ok(behaviour));
            let json = serde_json::to_value(behaviour).unwrap();
            assert_eq!(json, behaviour.name());
            assert_eq!(serde_json::from_value::<Behaviour>(json).unwrap(), behaviour);
        }
    }

    #[test]
    fn names_are_snake_case_with_their_numbers_apart() {
        assert_eq!(
            Behaviour::ALL.map(Behaviour::name),
            [
                "approve",
                "decline",
                "timeout_after_capture",
                "hang",
                "error_500",
                "error_500_after_capture",
                "html",
                "html_after_capture",
                "processing",
                "wrong_amount",
                "unknown_status",
                "unmapped_code",
                "huge",
                "redirect"
            ]
        );
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_allowed_ones() {
        let told = Behaviour::try_from("explode").unwrap_err().to_string();
        assert!(told.contains("\"explode\"") && told.contains("error_500_after_capture"));
    }
}
