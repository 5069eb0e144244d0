//! The keys accounts work with, all derived from the stack's master key.

use std::sync::Arc;

use maru_identity::{PublicKey, Signer};
use maru_kernel::{Email, Master, SealKey, Secret, Supply, UserId, crypto};

use crate::AccountError;
use crate::model::Purpose;

/// The keys. Purposes never share bytes, so a code made for one can never pass for another.
pub struct Keys {
    /// Codes mailed links.
    pub mail: [u8; 32],
    /// Codes refresh tokens.
    pub refresh: [u8; 32],
    /// Names counters, suppressions and bans without keeping what they are about.
    pub(crate) names: [u8; 32],
    /// Codes devices, second steps of a sign-in, the panel's header and an administrator's way to Kakao.
    pub(crate) tickets: [u8; 32],
    /// Seals the secrets of authenticator apps.
    pub(crate) factors: SealKey,
    /// Codes recovery codes.
    pub(crate) recovery: [u8; 32],
    pub(crate) peppers: Vec<Pepper>,
    /// Keys of other systems whose tokens count.
    pub shared: Vec<PublicKey>,
    master: Secret,
}

/// What is mixed into a password before it is hashed.
pub(crate) struct Pepper {
    /// What hashes with it begin with.
    pub id: String,
    pub key: [u8; 32],
}

impl Keys {
    /// The keys of this master. A shared secret that is too short is left out.
    pub fn derive(master: &Master) -> Option<Self> {
        let Master { secret, peppers, shared } = master;
        let count = shared.iter().count();
        let shared: Vec<PublicKey> = shared.iter().filter_map(PublicKey::shared).collect();
        if shared.len() < count {
            // Signing in does not depend on it.
            tracing::error!("the HS256 secret is shorter than 32 bytes, so no key is made of it");
        }
        let peppers = peppers.iter().map(|pepper| {
            let key = crypto::derive(pepper, "password-pepper");
            let id = crypto::sha256_hex(&key).chars().take(8).collect();
            Pepper { id, key }
        });
        Some(Self {
            mail: crypto::derive(secret, "mail-link"),
            refresh: crypto::derive(secret, "refresh-token"),
            names: crypto::derive(secret, "names"),
            tickets: crypto::derive(secret, "tickets"),
            factors: SealKey::new(crypto::derive(secret, "second-factor")),
            recovery: crypto::derive(secret, "recovery-code"),
            peppers: peppers.collect(),
            shared,
            master: secret.clone(),
        })
    }

    /// The keys as they are now.
    pub(crate) async fn now(supply: &Supply<Self>) -> Result<Arc<Self>, AccountError> {
        supply.get().await.ok_or(AccountError::Broken("the secret cannot be read"))
    }

    /// The signer of this generation. `None` only if the library refuses the seed.
    pub fn signer(&self, generation: u32) -> Option<Signer> {
        let purpose = format!("access-token:ed25519:{generation}");
        Signer::from_seed(&crypto::derive(&self.master, &purpose), generation)
    }

    /// The public key of this generation.
    pub fn public(&self, generation: u32) -> Option<PublicKey> {
        self.signer(generation).map(|signer| signer.public().clone())
    }

    /// A name for something that is counted or kept without being written down.
    pub(crate) fn name(&self, kind: &str, what: &str) -> String {
        let code = crypto::hmac_sha256(&self.names, &[kind.as_bytes(), what.as_bytes()]);
        format!("{kind}#{}", crypto::to_base64url(&code))
    }

    /// The token of a mailed link.
    pub(crate) fn link_token(&self, id: maru_kernel::MailLinkId, purpose: Purpose) -> String {
        crate::rules::link_token(&self.mail, id, purpose)
    }

    /// The token a device keeps after signing in to an address.
    pub(crate) fn device_token(&self, email: &Email, id: [u8; 16]) -> Secret {
        let code = self.ticket("device", &[email.as_str().as_bytes(), &id]);
        Secret::new(format!("md_{}", crypto::to_base64url(&[id.as_slice(), &code].concat())))
    }

    /// The device a token names, if it signed in to this address before.
    pub(crate) fn device(&self, email: &Email, token: &str) -> Option<[u8; 16]> {
        let bytes = unpack(token, "md_")?;
        let (id, code) = bytes.split_at_checked(16)?;
        let known = self.ticket("device", &[email.as_str().as_bytes(), id]);
        crypto::same(code, &known).then(|| id.try_into().ok())?
    }

    /// What stands between the password and the second factor: whose, of which epoch, until when.
    pub(crate) fn factor_ticket(&self, user: UserId, epoch: u64, until: i64) -> Secret {
        let body = [user.bytes().as_slice(), &epoch.to_be_bytes(), &until.to_be_bytes()].concat();
        let code = self.ticket("factor", &[&body]);
        Secret::new(format!("mt_{}", crypto::to_base64url(&[body.as_slice(), &code].concat())))
    }

    /// Reads such a ticket: whose, of which epoch, until when.
    pub(crate) fn read_factor_ticket(&self, token: &str) -> Option<(UserId, u64, i64)> {
        let bytes = unpack(token, "mt_")?;
        let (body, code) = bytes.split_at_checked(32)?;
        if !crypto::same(code, &self.ticket("factor", &[body])) {
            return None;
        }
        let (user, rest) = body.split_at_checked(16)?;
        let (epoch, until) = rest.split_at_checked(8)?;
        let user = UserId::from_bytes(user.try_into().ok()?);
        Some((user, u64::from_be_bytes(epoch.try_into().ok()?), i64::from_be_bytes(until.try_into().ok()?)))
    }

    /// The text a panel sends in a header beside its cookie.
    pub(crate) fn csrf(&self, session: maru_kernel::SessionId) -> Secret {
        Secret::new(crypto::to_base64url(&self.ticket("csrf", &[&session.bytes()])))
    }

    /// The `state` an administrator's browser takes to Kakao and brings back: bound to where it returns,
    /// until when.
    pub(crate) fn state(&self, redirect_uri: &str, nonce: [u8; 16], until: i64) -> String {
        let body = [nonce.as_slice(), &until.to_be_bytes()].concat();
        let code = self.ticket("state", &[redirect_uri.as_bytes(), &body]);
        crypto::to_base64url(&[body.as_slice(), &code].concat())
    }

    /// Until when a `state` counts, if it is one of ours for this place.
    pub(crate) fn read_state(&self, redirect_uri: &str, state: &str) -> Option<i64> {
        let bytes = unpack(state, "")?;
        let (body, code) = bytes.split_at_checked(24)?;
        if !crypto::same(code, &self.ticket("state", &[redirect_uri.as_bytes(), body])) {
            return None;
        }
        body.get(16..).and_then(|until| until.try_into().ok()).map(i64::from_be_bytes)
    }

    /// What is kept of a recovery code.
    pub(crate) fn recovery_hash(&self, user: UserId, code: &str) -> String {
        let code = crypto::hmac_sha256(&self.recovery, &[&user.bytes(), code.as_bytes()]);
        crypto::to_base64url(&code)
    }

    fn ticket(&self, kind: &str, parts: &[&[u8]]) -> [u8; 32] {
        let parts: Vec<&[u8]> = std::iter::once(kind.as_bytes()).chain(parts.iter().copied()).collect();
        crypto::hmac_sha256(&self.tickets, &parts)
    }
}

fn unpack(token: &str, prefix: &str) -> Option<Vec<u8>> {
    crypto::from_base64url(token.trim().strip_prefix(prefix).filter(|rest| rest.len() < 256)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(master: &str) -> Keys {
        Keys::derive(&Master::plain(Secret::new(master))).unwrap()
    }

    #[test]
    fn a_ticket_opens_with_its_own_key_for_its_own_purpose_only() {
        let (ours, others) = (keys("a"), keys("b"));
        let (email, other) = (Email::parse("a@b.kr").unwrap(), Email::parse("c@b.kr").unwrap());
        let device = ours.device_token(&email, [3; 16]);
        assert_eq!(ours.device(&email, device.expose()), Some([3; 16]));
        assert_eq!(ours.device(&other, device.expose()), None);
        assert_eq!(others.device(&email, device.expose()), None);
        assert_eq!(ours.device(&email, "md_"), None);

        let user = UserId::from_bytes([5; 16]);
        let ticket = ours.factor_ticket(user, 7, 1000);
        assert_eq!(ours.read_factor_ticket(ticket.expose()), Some((user, 7, 1000)));
        assert_eq!(others.read_factor_ticket(ticket.expose()), None);
        assert_eq!(ours.read_factor_ticket(device.expose()), None);

        let state = ours.state("https://a.kr/back", [1; 16], 99);
        assert_eq!(ours.read_state("https://a.kr/back", &state), Some(99));
        assert_eq!(ours.read_state("https://b.kr/back", &state), None);
        assert_eq!(ours.read_state("https://a.kr/back", "x"), None);
    }

    #[test]
    fn a_short_shared_secret_makes_no_key() {
        let master = Master { shared: Some(Secret::new("short")), ..Master::plain(Secret::new("m")) };
        assert!(Keys::derive(&master).unwrap().shared.is_empty());
    }
}
