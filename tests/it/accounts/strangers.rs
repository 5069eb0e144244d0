//! A stranger cannot tell who has an account: neither by the answers nor by what the store is asked.

use harness::trace::Round;

use super::*;

/// What is compared: the answer without what differs in any two, and everything that was asked of the store.
type Seen = ((u16, Vec<String>, Value), Vec<Round>, Used);

/// Addresses of equal length, one for each thing somebody can be to us.
const PEOPLE: [(&str, &str); 5] = [
    ("a member", KNOWN),
    ("nobody", UNKNOWN),
    ("somebody suspended", "member2@maru.local"),
    ("somebody whose sign-up waits", "waiting@maru.local"),
    ("somebody of Kakao's with a contact address", "kakaoed@maru.local"),
];

/// A door, with the function behind it.
const DOORS: [(&str, &str); 4] = [
    ("login", "login"),
    ("register", "register"),
    ("forgot-password", "forgot-password"),
    ("resend-verification", "verify-email"),
];

/// A stack on which everybody is what they are said to be.
async fn inhabited() -> Result<App> {
    let app = App::start().await?;
    let member = app.another().await?.get("/me").await?;
    let ban = format!("/admin/users/{}/ban", member.text("/data/user_id"));
    let banned = app.staff("admin").await?.post(&ban, &json!({"reason": "no show"})).await?;
    assert_eq!(banned.text("/data/standing"), "suspended", "{banned:?}");

    assert_eq!(sign_up(&app, "waiting@maru.local", NAME).await?.status, 201);
    let kakao = &app.stack().outsiders.kakao;
    kakao.person(4_100_000_001, Some("박서연"), Some(("kakaoed@maru.local", true)));
    let code = kakao.code(4_100_000_001, &format!("{}/local/app/kakao", app.base_url()));
    let entered = app.stranger().post("/login/kakao", &json!({"code": code})).await?;
    assert_eq!(entered.status, 200, "{entered:?}");
    let contact = bearer(&app, &entered.text("/jwt")).get("/me").await?;
    assert_eq!(contact.text("/data/email"), "kakaoed@maru.local", "{contact:?}");
    app.stack().workers.deliver().await?;
    // The hour's mails, of which one sign-up has had one, begin anew.
    app.clock.advance(3600);
    Ok(app)
}

/// Knocks at a door, and looks at everything that can be seen.
async fn knock(app: &App, (door, function): (&str, &str), email: &str) -> Result<Seen> {
    app.faults.trace().watch();
    let (reply, used) = footprint(app, function, mailed_by(app, HERE, door, email)).await?;
    let trace = app.faults.trace().taken();
    assert!(!trace.is_empty(), "nothing was asked of the store: {reply:?}");
    Ok((masked(&reply, &["user_id", "email"]), trace, used))
}

/// Everybody's door looks the same; answers its status and how it looked.
async fn alike(app: &App, door: (&str, &str), what: &str) -> Result<(u16, Vec<Round>)> {
    let mut first: Option<Seen> = None;
    for (who, email) in PEOPLE {
        let seen = knock(app, door, email).await?;
        let usual = first.get_or_insert_with(|| seen.clone());
        assert_eq!(*usual, seen, "{} tells {who} from a member: {what}", door.0);
    }
    let ((status, ..), trace, _) = first.context("nobody")?;
    Ok((status, trace))
}

#[tokio::test]
async fn no_door_tells_who_has_an_account_however_often_it_is_knocked_at() -> Result<()> {
    let app = inhabited().await?;
    for door in DOORS {
        let mut statuses = Vec::new();
        for number in 1..=7 {
            let (status, trace) = alike(&app, door, &format!("knock {number}")).await?;
            if number == 1 || status != statuses.last().copied().unwrap_or(status) {
                println!("{} answers {status} to all five, asking {trace:?}", door.0);
            }
            statuses.push(status);
        }
        let usual = if door.0 == "login" { 401 } else { statuses[0] };
        assert_eq!(statuses, [usual, usual, usual, usual, usual, 429, 429], "{}", door.0);
        // The next door counts anew.
        app.clock.advance(3600);
    }
    Ok(())
}

#[tokio::test]
async fn the_last_tries_at_an_address_do_not_tell_who_has_an_account() -> Result<()> {
    let app = inhabited().await?;
    alike(&app, DOORS[0], "a first try").await?;
    wear(&app, 98).await?;
    let (status, ordinary) = alike(&app, DOORS[0], "the last try but one").await?;
    assert_eq!(status, 401);
    wear(&app, 99).await?;
    let (status, last) = alike(&app, DOORS[0], "the last try").await?;
    assert_eq!(status, 401);
    assert_eq!(last.len(), ordinary.len() + 1, "the mail is asked for, for everybody: {last:?}");
    let (status, _) = alike(&app, DOORS[0], "a stopped address").await?;
    assert_eq!(status, 429);
    for (who, email) in PEOPLE {
        let mails = app.mails(email).await?;
        let told = mails.iter().filter(|mail| mail.subject.contains("로그인이 잠겼습니다")).count();
        assert_eq!(told, usize::from(who == "a member"), "{who}: {mails:?}");
    }
    Ok(())
}

#[tokio::test]
async fn what_is_wrong_with_a_sign_in_is_not_told() -> Result<()> {
    let app = inhabited().await?;
    let usual = login(&app, UNKNOWN, PASSWORD).await?;
    // Each with the password that would be right if all else were.
    for (email, password) in [
        ("member2@maru.local", PASSWORD),
        ("waiting@maru.local", OLD),
        ("kakaoed@maru.local", PASSWORD),
        (KNOWN, "wrong"),
    ] {
        assert_eq!(masked(&login(&app, email, password).await?, &[]), masked(&usual, &[]), "{email}");
    }
    Ok(())
}
