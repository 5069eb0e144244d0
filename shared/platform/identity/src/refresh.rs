//! Refresh tokens: family, generation and a code over both. Nothing of them is stored but the number
//! of the newest generation, so the same successor can be given again to a phone that lost the answer.

use maru_kernel::{SessionId, Timestamp, crypto};

/// A refresh token that is really ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefreshToken {
    /// The session it belongs to.
    pub session: SessionId,
    /// Which token of the session.
    pub generation: u64,
}

impl RefreshToken {
    /// The text a client keeps.
    pub fn encode(self, key: &[u8; 32]) -> String {
        let bytes = [self.body().as_slice(), &self.code(key)].concat();
        format!("mr_{}", crypto::to_base64url(&bytes))
    }

    /// Reads a client's text; `None` unless this key made it.
    pub fn decode(text: &str, key: &[u8; 32]) -> Option<Self> {
        let bytes = crypto::from_base64url(text.strip_prefix("mr_").filter(|rest| rest.len() < 128)?)?;
        let (body, code) = bytes.split_at_checked(24)?;
        let (session, generation) = body.split_at_checked(16)?;
        let session = SessionId::from_bytes(session.try_into().ok()?);
        let token = Self { session, generation: u64::from_be_bytes(generation.try_into().ok()?) };
        crypto::same(code, &token.code(key)).then_some(token)
    }

    fn body(self) -> Vec<u8> {
        [self.session.bytes().as_slice(), &self.generation.to_be_bytes()].concat()
    }

    fn code(self, key: &[u8; 32]) -> [u8; 32] {
        crypto::hmac_sha256(key, &[b"refresh", &self.body()])
    }
}

/// What a presented generation means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The newest one: make the next.
    Rotate,
    /// Its successor was made but not used yet (or only just): give that same successor again.
    Repeat {
        /// The successor's generation.
        generation: u64,
    },
    /// A token that was replaced and whose successor is in use: somebody has a copy.
    Reused,
}

/// Seconds for which a token stays good after its successor was first used: two tabs of one browser.
const GRACE_SECONDS: i64 = 10;

/// Judges `presented` against the newest generation `current`, which was made at `rotated_at`.
///
/// The newest generation has not been used (using it makes the next one), so the one before it may
/// always be repeated. The one before that was superseded at `rotated_at` and has the grace only.
pub fn judge(presented: u64, current: u64, rotated_at: Timestamp, now: Timestamp) -> Verdict {
    let age = now.as_second() - rotated_at.as_second();
    match current.checked_sub(presented) {
        Some(0) => Verdict::Rotate,
        Some(1) => Verdict::Repeat { generation: current },
        Some(2) if age <= GRACE_SECONDS => Verdict::Repeat { generation: presented + 1 },
        _ => Verdict::Reused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use maru_kernel::{Clock, Random};

    #[test]
    fn only_the_right_key_and_an_unchanged_text_are_read() {
        let session = SessionId::new(&Clock::from_fn(|| Timestamp::UNIX_EPOCH), &Random::seeded(1));
        let token = RefreshToken { session, generation: 3 };
        let text = token.encode(&[1; 32]);
        assert_eq!(RefreshToken::decode(&text, &[1; 32]), Some(token));
        assert_eq!(RefreshToken::decode(&text, &[2; 32]), None);
        for at in 3..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            assert_ne!(
                RefreshToken::decode(&String::from_utf8(bytes).unwrap(), &[1; 32]),
                Some(token),
                "{at}"
            );
        }
    }

    #[test]
    fn a_lost_answer_is_repeated_and_an_old_copy_is_noticed() {
        let made = Timestamp::UNIX_EPOCH;
        let later = |seconds| Timestamp::from_second(seconds).unwrap();
        assert_eq!(judge(5, 5, made, later(99_999)), Verdict::Rotate);
        assert_eq!(judge(4, 5, made, later(99_999)), Verdict::Repeat { generation: 5 });
        assert_eq!(judge(3, 5, made, later(10)), Verdict::Repeat { generation: 4 });
        assert_eq!(judge(3, 5, made, later(11)), Verdict::Reused);
        assert_eq!(judge(2, 5, made, later(0)), Verdict::Reused);
        assert_eq!(judge(6, 5, made, later(0)), Verdict::Reused);
    }
}
