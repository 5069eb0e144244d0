//! Roles and what they permit: one table, data not code.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a person is. Staff roles each include the one before; customers are a separate axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The business's owner.
    Owner,
    /// 관리자.
    Admin,
    /// Handles bookings; limited settings.
    Operator,
    /// Reads only.
    Viewer,
    /// 강사.
    Instructor,
    /// 학생, 회원.
    Member,
}

/// One thing staff may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// See anyone's bookings.
    BookingsRead,
    /// Change anyone's bookings.
    BookingsWrite,
    /// Hide bookings from everybody.
    BookingsErase,
    /// See anyone's payments.
    PaymentsRead,
    /// Take payments at the desk and pay back.
    PaymentsWrite,
    /// Take customers in by their Kakao id.
    PeopleWrite,
    /// Suspend customers and let them back.
    PeopleSuspend,
    /// Make and change rooms.
    RoomsManage,
    /// Invite staff, change their roles, make and revoke API keys.
    StaffManage,
    /// Be known as staff.
    StaffRead,
    /// See how the system is doing.
    SystemRead,
}

impl Role {
    /// What the role permits.
    pub const fn permits(self) -> &'static [Permission] {
        use Permission::{
            BookingsErase, BookingsRead, BookingsWrite, PaymentsRead, PaymentsWrite, PeopleSuspend,
            PeopleWrite, RoomsManage, StaffManage, StaffRead, SystemRead,
        };
        match self {
            Self::Owner | Self::Admin => &[
                StaffRead,
                BookingsRead,
                BookingsWrite,
                BookingsErase,
                PaymentsRead,
                PaymentsWrite,
                PeopleWrite,
                PeopleSuspend,
                RoomsManage,
                StaffManage,
                SystemRead,
            ],
            Self::Operator => {
                &[StaffRead, BookingsRead, BookingsWrite, PaymentsRead, PaymentsWrite, PeopleWrite]
            }
            Self::Viewer => &[StaffRead, BookingsRead],
            Self::Instructor | Self::Member => &[],
        }
    }

    /// Whether this is a staff role.
    pub const fn is_staff(self) -> bool {
        matches!(self, Self::Owner | Self::Admin | Self::Operator | Self::Viewer)
    }

    /// Whether somebody of this role may give `other` to somebody, or take it away: an owner any, an admin
    /// those below their own.
    pub const fn may_appoint(self, other: Self) -> bool {
        match self {
            Self::Owner => true,
            Self::Admin => !matches!(other, Self::Owner | Self::Admin),
            Self::Operator | Self::Viewer | Self::Instructor | Self::Member => false,
        }
    }

    /// The name clients know.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Operator => "operator",
            Self::Viewer => "viewer",
            Self::Instructor => "instructor",
            Self::Member => "member",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A permission as a type, for guards: `Staff<permit::BookingsRead>`.
pub trait Permit: Send + Sync + 'static {
    /// The permission.
    const PERMISSION: Permission;
}

/// The permissions as types.
pub mod permit {
    use super::{Permission, Permit};

    macro_rules! permits {
        ($($(#[$doc:meta])* $name:ident,)*) => {$(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy)]
            pub struct $name;
            impl Permit for $name {
                const PERMISSION: Permission = Permission::$name;
            }
        )*};
    }

    permits! {
        /// See anyone's bookings.
        BookingsRead,
        /// Change anyone's bookings.
        BookingsWrite,
        /// Hide bookings from everybody.
        BookingsErase,
        /// See anyone's payments.
        PaymentsRead,
        /// Take payments at the desk and pay back.
        PaymentsWrite,
        /// Take customers in by their Kakao id.
        PeopleWrite,
        /// Suspend customers and let them back.
        PeopleSuspend,
        /// Make and change rooms.
        RoomsManage,
        /// Invite staff, change their roles, make and revoke API keys.
        StaffManage,
        /// Be known as staff.
        StaffRead,
        /// See how the system is doing.
        SystemRead,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_staff_role_includes_the_one_before_and_customers_have_none() {
        let ladder = [Role::Viewer, Role::Operator, Role::Admin, Role::Owner];
        for pair in ladder.windows(2) {
            assert!(pair[0].permits().iter().all(|p| pair[1].permits().contains(p)), "{pair:?}");
        }
        for role in ladder {
            assert!(role.is_staff());
            assert_eq!(Role::Admin.may_appoint(role), matches!(role, Role::Viewer | Role::Operator));
            assert!(Role::Owner.may_appoint(role) && !Role::Operator.may_appoint(role));
        }
        assert!(Role::Member.permits().is_empty() && Role::Instructor.permits().is_empty());
    }
}
