//! Whom one may take on, and how long a key may last.

use maru_identity::Role;
use maru_kernel::{FieldError, Said, Timestamp};

/// The role somebody is invited as: one of staff. By a Kakao account nobody becomes owner, because nobody
/// knows whether it will ever come, and an owner who cannot must not count.
pub fn invited_as(role: Role, by_kakao: bool) -> Result<Role, FieldError> {
    let said = Said::new("직원의 역할이 아닙니다.", "Not a role of staff.");
    let untried = role == Role::Owner && by_kakao;
    if role.is_staff() && !untried { Ok(role) } else { Err(FieldError::new("/role", "value", said)) }
}

/// When a key made at `now` stops working: later, or never.
pub fn key_until(end: Option<Timestamp>, now: Timestamp) -> Result<Option<Timestamp>, FieldError> {
    let said = Said::new("지난 시각입니다.", "It lies in the past.");
    if end.is_some_and(|end| end <= now) {
        return Err(FieldError::new("/expires_at", "past", said));
    }
    Ok(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_staff_are_invited_and_no_owner_by_kakao_alone() {
        for (role, by_mail, by_kakao) in [
            (Role::Owner, true, false),
            (Role::Admin, true, true),
            (Role::Operator, true, true),
            (Role::Viewer, true, true),
            (Role::Instructor, false, false),
            (Role::Member, false, false),
        ] {
            assert_eq!(invited_as(role, false).is_ok(), by_mail, "{role}");
            assert_eq!(invited_as(role, true).is_ok(), by_kakao, "{role}");
        }
    }

    #[test]
    fn a_key_ends_later_or_never() {
        let at = |second| Timestamp::from_second(second).unwrap();
        assert_eq!(key_until(None, at(9)), Ok(None));
        assert_eq!(key_until(Some(at(10)), at(9)), Ok(Some(at(10))));
        for end in [8, 9] {
            assert!(key_until(Some(at(end)), at(9)).is_err(), "{end}");
        }
    }
}
