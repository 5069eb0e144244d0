//! Tokens of mailed links.

use maru_kernel::{MailLinkId, Timestamp, crypto};

use crate::model::{MailLink, Purpose};

/// The token of a link: its id and a code over id and purpose under the mail key.
pub fn link_token(key: &[u8; 32], id: MailLinkId, purpose: Purpose) -> String {
    crypto::to_base64url(&[id.bytes().as_slice(), &code(key, id, purpose)].concat())
}

/// The link a token names, if this key made the token for this purpose.
pub fn read_link_token(key: &[u8; 32], token: &str, purpose: Purpose) -> Option<MailLinkId> {
    let bytes = crypto::from_base64url(Some(token.trim()).filter(|t| t.len() < 256)?)?;
    let (id, shown) = bytes.split_at_checked(16)?;
    let id = MailLinkId::from_bytes(id.try_into().ok()?);
    crypto::same(shown, &code(key, id, purpose)).then_some(id)
}

fn code(key: &[u8; 32], id: MailLinkId, purpose: Purpose) -> [u8; 32] {
    crypto::hmac_sha256(key, &[b"mail-link", purpose.as_str().as_bytes(), &id.bytes()])
}

/// Whether a link can still be followed.
pub fn works(link: &MailLink, purpose: Purpose, now: Timestamp) -> bool {
    link.purpose == purpose && now.as_second() < link.expires_at
}

#[cfg(test)]
mod tests {
    use super::*;
    use maru_kernel::{Clock, Random};

    #[test]
    fn a_token_opens_its_own_link_for_its_own_purpose_only() {
        let id = MailLinkId::new(&Clock::from_fn(|| Timestamp::UNIX_EPOCH), &Random::seeded(3));
        let token = link_token(&[1; 32], id, Purpose::Reset);
        assert_eq!(read_link_token(&[1; 32], &token, Purpose::Reset), Some(id));
        assert_eq!(read_link_token(&[1; 32], &token, Purpose::SignUp), None);
        assert_eq!(read_link_token(&[2; 32], &token, Purpose::Reset), None);
        assert_eq!(read_link_token(&[1; 32], &token[..20], Purpose::Reset), None);
    }
}
