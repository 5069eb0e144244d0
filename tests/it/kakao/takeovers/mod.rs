//! Ways to somebody else's account through sign-ins of other systems, each tried on a stack of its own.

mod by_kakao;
mod by_mail;
mod coming_back;
mod sign_ups;

use super::*;

/// Somebody whose account is tried, and what is kept of them.
struct Victim {
    guest: Guest,
    id: String,
    kept: Vec<String>,
}

/// Everything by which somebody is known or comes in.
const OF_A_PERSON: [&str; 8] =
    ["users", "credentials", "identities", "profiles", "seals", "second-factors", "sessions", "api-keys"];

async fn kept(app: &App, id: &str) -> Result<Vec<String>> {
    let all = stored(app).await?;
    let tables = all.into_iter().filter(|(table, _)| OF_A_PERSON.contains(table));
    Ok(tables.flat_map(|(_, items)| items).filter(|item| item.contains(id)).collect())
}

impl Victim {
    async fn of(app: &App, guest: Guest) -> Result<Self> {
        let id = id_of(&guest).await?;
        Ok(Self { kept: kept(app, &id).await?, guest, id })
    }

    /// Who signed up with the address and a password.
    async fn by_password(app: &App) -> Result<Self> {
        let guest = app.newcomer(EMAIL, "김민아", OWN).await?;
        Self::of(app, guest).await
    }

    /// Who came by Kakao, which tells the address.
    async fn by_kakao(app: &App) -> Result<Self> {
        fake(app).person(MINA, Some("김민아"), Some((EMAIL, true)));
        let guest = super::by_kakao(app, MINA).await?;
        Self::of(app, guest).await
    }

    /// Nothing of them changed, and they are still in.
    async fn is_untouched(&self, app: &App) -> Result<()> {
        let now = kept(app, &self.id).await?;
        ensure!(now == self.kept, "the victim changed:\n{:#?}\n{now:#?}", self.kept);
        ensure!(id_of(&self.guest).await? == self.id, "the victim is out");
        Ok(())
    }
}

/// Ways that were tried, each on a stack of its own; all that are open are told at once.
#[derive(Default)]
struct Ways {
    refused: usize,
    open: Vec<String>,
}

impl Ways {
    async fn tried(&mut self, name: &str, way: impl AsyncFnOnce(&App) -> Result<()>) -> Result<()> {
        let app = App::start().await?;
        match way(&app).await {
            Ok(()) => {
                println!("refused: {name}");
                self.refused += 1;
            }
            Err(error) => self.open.push(format!("{name}: {error:#}")),
        }
        Ok(())
    }

    fn are_closed(self) -> Result<()> {
        ensure!(self.open.is_empty(), "open:\n{}", self.open.join("\n"));
        println!("{} ways tried, 0 open", self.refused);
        Ok(())
    }
}

/// The answer is this refusal.
fn is(reply: &Reply, status: u16, code: &str) -> Result<()> {
    ensure!(told(reply) == refused(status, code), "{reply:?}");
    Ok(())
}

#[tokio::test]
async fn no_way_by_kakaos_proofs_leads_into_somebody_elses_account() -> Result<()> {
    let mut ways = Ways::default();
    ways.tried("a Kakao account carries the victim's proved address", by_kakao::same_address).await?;
    ways.tried("the same while the victim's sign-up is pending", by_kakao::pending_sign_up).await?;
    ways.tried("the same by an id_token that carries the address", by_kakao::token_with_address).await?;
    ways.tried("linking the victim's Kakao account to the attacker's", by_kakao::link_the_victims).await?;
    ways.tried("linking by a stolen access token, later", by_kakao::link_by_stolen_token).await?;
    ways.tried("guessing the password to link by a stolen access token", by_kakao::guess_to_link).await?;
    ways.tried("a replayed code", by_kakao::replayed_code).await?;
    ways.tried("a code stolen in front of us, for another redirect", by_kakao::code_of_another_redirect)
        .await?;
    ways.tried("a replayed id_token with another nonce, or none", by_kakao::replayed_token).await?;
    ways.tried("an id_token of another app", by_kakao::token_of_another_app).await?;
    ways.tried("id_tokens that are forged, edited, unsigned or over", by_kakao::forged_tokens).await?;
    ways.tried("a notice of unlinking that is not Kakao's", by_kakao::forged_notice).await?;
    ways.tried("unlinking here while linking there", by_kakao::unlink_relink).await?;
    ways.are_closed()
}

#[tokio::test]
async fn no_way_by_an_address_leads_into_somebody_elses_account() -> Result<()> {
    let mut ways = Ways::default();
    ways.tried("forgot-password for a Kakao account's address", by_mail::forgotten).await?;
    ways.tried("signing up with it and claiming the Kakao account", by_mail::sign_up_and_merge).await?;
    ways.tried("an old reset link kept for after a move", by_mail::old_reset_link).await?;
    ways.tried("moving to the victim's address", by_mail::move_to_known).await?;
    ways.tried("moving to an address the victim has yet to sign up with", by_mail::move_to_unknown).await?;
    ways.tried("a move that was asked for before the victim signed up", by_mail::move_asked_before).await?;
    ways.tried("an owner who clicks on a move somebody asked for", by_mail::click_on_a_trap).await?;
    ways.tried("a link of one purpose used for another", by_mail::crossed_links).await?;
    ways.are_closed()
}

#[tokio::test]
async fn nobody_who_was_shut_out_or_left_comes_back_into_what_was() -> Result<()> {
    let mut ways = Ways::default();
    ways.tried("suspended, by the same Kakao account", coming_back::same_kakao).await?;
    ways.tried("suspended, by a sign-up with the same address", coming_back::same_address).await?;
    ways.tried("suspended, by cutting a second way in at Kakao", coming_back::cut_and_return).await?;
    ways.tried("suspended, by leaving at Kakao and signing in anew", coming_back::leave_and_return).await?;
    ways.tried("suspended, by the other way in", coming_back::other_way).await?;
    ways.tried("left, by Kakao: a new person without the old data", coming_back::left_by_kakao).await?;
    ways.tried("left, by the old tokens", coming_back::old_tokens).await?;
    ways.are_closed()
}

#[tokio::test]
async fn an_attackers_sign_up_never_opens_the_account_the_victim_makes() -> Result<()> {
    use sign_ups::{Follow, Order};
    let mut ways = Ways::default();
    for order in [Order::Before, Order::After, Order::Around] {
        for follow in [Follow::NewestWithout, Follow::NewestWithOwn, Follow::OwnWithOwn, Follow::EachWithOwn]
        {
            let way = async |app: &App| sign_ups::hijacked(app, order, follow).await;
            ways.tried(&format!("pre-hijack: {order:?} the victim signs up, who follows {follow:?}"), way)
                .await?;
        }
    }
    ways.are_closed()
}
