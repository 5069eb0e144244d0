//! One-time codes of an authenticator app (RFC 6238: SHA-1, six digits, thirty seconds: what apps take).

use maru_kernel::crypto::same;
use maru_kernel::{Random, Timestamp, path_segment};
use totp_rs::{Algorithm, Builder, Secret, Totp};

/// Seconds a code is shown.
const STEP: u64 = 30;
/// Recovery codes a person gets.
pub const RECOVERY_CODES: usize = 10;
/// Letters of recovery codes: no 0, 1, i, l, o, u to misread.
const LETTERS: &[u8; 30] = b"23456789abcdefghjkmnpqrstvwxyz";

fn codes(secret: &[u8]) -> Option<Totp> {
    let builder = Builder::new().with_algorithm(Algorithm::SHA1).with_digits(6);
    builder.with_step_duration(STEP).with_secret(secret.to_vec()).build().ok()
}

/// The step whose code was typed: the present one, or the one before or after it (clocks differ, fingers
/// are slow). Codes of `last` and before are used up.
pub fn matching_step(secret: &[u8], typed: &str, now: Timestamp, last: u64) -> Option<u64> {
    let codes = codes(secret)?;
    let present = u64::try_from(now.as_second()).ok()? / STEP;
    let fits = |step: &u64| same(codes.generate(step * STEP).to_string().as_bytes(), typed.as_bytes());
    (present.saturating_sub(1)..=present + 1).filter(|step| *step > last).find(fits)
}

/// The secret as people type it into an app.
pub fn secret_text(secret: &[u8]) -> String {
    Secret::from(secret.to_vec()).to_base32()
}

/// The link an app's camera reads.
pub fn otpauth(secret: &[u8], account: &str) -> String {
    let (issuer, account, secret) = (path_segment("마루"), path_segment(account), secret_text(secret));
    format!("otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}")
}

/// A fresh recovery code: `abcde-fghjk`, 49 bits.
pub fn recovery_code(random: &Random) -> String {
    let letter = || {
        let at = usize::try_from(random.below(LETTERS.len() as u64)).unwrap_or(0);
        LETTERS.get(at).map_or('2', |byte| char::from(*byte))
    };
    let five = || (0..5).map(|_| letter()).collect::<String>();
    format!("{}-{}", five(), five())
}

/// A code as it is compared: people leave out the dash, add spaces, use capitals.
pub fn normal_code(typed: &str) -> String {
    typed.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).take(32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, cut to six digits.
    #[test]
    fn the_codes_are_those_of_the_standard() {
        let secret = b"12345678901234567890";
        for (second, code) in [(59, "287082"), (1_111_111_109, "081804"), (2_000_000_000, "279037")] {
            let now = Timestamp::from_second(second).unwrap();
            let step = u64::try_from(second).unwrap() / STEP;
            assert_eq!(matching_step(secret, code, now, 0), Some(step), "{code}");
            assert_eq!(matching_step(secret, code, now, step), None, "a code is good once");
            let late = Timestamp::from_second(second + 30).unwrap();
            assert_eq!(matching_step(secret, code, late, 0), Some(step));
            let too_late = Timestamp::from_second(second + 60).unwrap();
            assert_eq!(matching_step(secret, code, too_late, 0), None);
            assert_eq!(matching_step(secret, &code[..5], now, 0), None);
            assert_eq!(matching_step(secret, "", now, 0), None);
        }
    }

    #[test]
    fn recovery_codes_are_compared_as_people_type_them() {
        let code = recovery_code(&Random::seeded(9));
        assert_eq!((code.len(), normal_code(&code).len()), (11, 10));
        assert_eq!(normal_code(&code.to_uppercase().replace('-', " ")), normal_code(&code));
        assert!(otpauth(&[7; 20], "김@a.kr").is_ascii());
    }
}
