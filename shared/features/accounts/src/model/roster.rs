//! Who is staff: one list, so that the last owner can be seen and kept.

use std::collections::BTreeMap;

use maru_identity::Role;
use maru_kernel::UserId;
use maru_table::{Condition, Key, Write};
use serde::{Deserialize, Serialize};

use crate::store::ROSTERS;

/// The id of the one roster there is.
const STAFF: &str = "staff";

/// Everybody on staff. Every change of a staff role writes it under its version, so two changes at once
/// cannot leave the business without an owner.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Roster {
    id: String,
    version: u64,
    people: BTreeMap<UserId, Post>,
}

/// What somebody is on the list as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Post {
    role: Role,
    /// Whether they can act: neither invited nor suspended.
    acts: bool,
}

impl Roster {
    /// Where it lies.
    pub fn key() -> Key {
        Key::of(&ROSTERS, STAFF)
    }

    /// Everybody on the list.
    pub fn people(&self) -> impl Iterator<Item = UserId> {
        self.people.keys().copied()
    }

    /// Whether somebody else than `user` is an owner who can act.
    pub fn has_owner_beside(&self, user: UserId) -> bool {
        self.people.iter().any(|(id, post)| *id != user && post.role == Role::Owner && post.acts)
    }

    /// The write that makes `user` be `role`, off the list if that is no staff role.
    pub fn with(&self, user: UserId, role: Role, acts: bool) -> Write {
        let mut people = self.people.clone();
        if role.is_staff() {
            people.insert(user, Post { role, acts });
        } else {
            people.remove(&user);
        }
        let unchanged = match self.version {
            0 => Condition::absent("id"),
            version => Condition::number("version", version),
        };
        Write::put(&ROSTERS, &Self { id: STAFF.into(), version: self.version + 1, people }).when(unchanged)
    }
}
