//! Secrets stay secret (Q19): texts nobody else uses are planted wherever a secret or a person's word goes
//! in or comes out, everything is lived through, failures too, and then all that is written is searched.

mod life;
mod logs;
mod visit;

use maru_kernel::crypto::sha256_hex;
use maru_settings::Secrets;

use super::*;
use logs::Logs;
use visit::Visit;

/// Where a canary may be found.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    /// Nowhere at all: passwords, the stack's secrets, Kakao's tokens.
    Unspoken,
    /// In the answer that gives it, and nowhere else: our tokens, keys and codes.
    Shown,
    /// In the mail to this address, and nowhere else: links.
    Linked(String),
    /// In mails to these addresses, and where people are kept: what they are called, and the addresses.
    Named(&'static [&'static str]),
    /// Where people are kept.
    Private,
}

/// A planted text.
struct Canary {
    name: String,
    kind: Kind,
    /// The text, and as it may have been written down.
    forms: Vec<String>,
}

impl Canary {
    fn of(name: &str, kind: Kind, text: &str) -> Self {
        assert!(text.chars().count() >= 5, "{name} is too short to be told from other text");
        let encoded = to_base64url(text.as_bytes());
        // The last characters depend on what follows.
        let encoded = encoded[..encoded.len() - 2].to_owned();
        let mut forms = vec![text.to_owned(), encoded.replace('-', "+").replace('_', "/"), encoded];
        forms.push(maru_dial::query(&[("", text)]).trim_start_matches('=').to_owned());
        forms.push(format!("{text:?}").trim_matches('"').to_owned());
        forms.sort();
        forms.dedup();
        Self { name: name.to_owned(), kind, forms }
    }

    fn times_in(&self, text: &str) -> usize {
        self.forms.iter().map(|form| text.matches(form.as_str()).count()).sum()
    }
}

const MASTER: &str = "kanarie-master-5f0f9b1c2d3e4a5b6c7d8e9f";
const PEPPER: &str = "kanarie-pepper-0a1b2c3d";
const OLD_PEPPER: &str = "kanarie-pepper-before-4e5f6a7b";
const SHARED: &str = "kanarie-shared-secret-of-more-than-32-bytes";

fn plant(secrets: &mut Secrets) {
    secrets.master = Secret::new(MASTER);
    secrets.pepper = Secret::new(PEPPER);
    secrets.pepper_previous = Secret::new(OLD_PEPPER);
    secrets.hs256_secret = Secret::new(SHARED);
}

/// Tables that keep people.
const PEOPLE: [&str; 5] = ["users", "profiles", "credentials", "mail-links", "identities"];
/// Tables that keep codes over addresses.
const CODES: [&str; 3] = ["throttles", "suppressions", "bans"];

#[tokio::test]
async fn no_secret_is_written_down_anywhere() -> Result<()> {
    let logs = Logs::keep();
    let app = App::with(Wish { secrets: plant, ..Wish::default() }).await?;
    let visit = life::lived(&app).await?;
    tracing::warn!(target: "maru_control", "kanarie-control");

    let canaries = &visit.canaries;
    let names: BTreeSet<&str> = canaries.iter().map(|canary| canary.name.as_str()).collect();
    assert!(names.len() >= 25, "{} canaries: {names:?}", names.len());
    let mut found = Vec::new();
    let mut search = |place: &str, text: &str, may: &dyn Fn(&Kind) -> bool| {
        let forbidden = canaries.iter().filter(|canary| !may(&canary.kind));
        found.extend(
            forbidden
                .filter(|canary| canary.times_in(text) > 0)
                .map(|canary| format!("{} in {place}: {}", canary.name, around(canary, text))),
        );
    };

    let (lines, details) = (logs.lines(), logs.details());
    for (what, text) in [("logs", &lines), ("detailed logs", &details)] {
        assert!(text.contains("kanarie-control") && text.contains("login"), "nothing is kept of {what}");
        search(what, text, &|_| false);
    }
    for error in &visit.errors {
        search("an error answer", error, &|_| false);
    }
    for answer in &visit.answers {
        search("an answer", answer, &|kind| *kind != Kind::Unspoken);
    }
    let mails = app.stack().outsiders.ses.mails(None);
    for mail in &mails {
        let text = format!("{} {} {} {}", mail.to, mail.subject, mail.text, mail.html);
        search("a mail", &text, &|kind| match kind {
            Kind::Linked(to) => *to == mail.to,
            Kind::Named(to) => to.contains(&mail.to.as_str()),
            Kind::Unspoken | Kind::Shown | Kind::Private => false,
        });
    }
    let tables = stored(&app).await?;
    for (table, items) in &tables {
        let text = items.join("\n");
        // The ring holds a key shared with another system, for the functions that verify its tokens.
        let text = if *table == "keys" { text.replace(&to_base64url(SHARED.as_bytes()), "") } else { text };
        let keeps_people = PEOPLE.contains(table);
        search(table, &text, &|kind| match kind {
            Kind::Named(_) | Kind::Private => keeps_people,
            Kind::Unspoken | Kind::Shown | Kind::Linked(_) => false,
        });
    }
    assert!(found.is_empty(), "{} findings:\n{}", found.len(), found.join("\n"));

    println!(
        "{} canaries: 0 in {} log lines ({} of every level), {} error answers, {} other answers, {} mails, {} audits",
        names.len(),
        lines.lines().count(),
        details.lines().count(),
        visit.errors.len(),
        visit.answers.len(),
        mails.len(),
        tables["audits"].len()
    );
    seen_where_they_belong(&app, &visit, &tables);
    Ok(())
}

/// A search that finds nothing proves nothing unless it finds what is there.
fn seen_where_they_belong(
    app: &App,
    visit: &Visit<'_>,
    tables: &std::collections::BTreeMap<&str, Vec<String>>,
) {
    let mails = app.stack().outsiders.ses.mails(None);
    let posted: String = mails.iter().map(|mail| format!("{} {}", mail.text, mail.html)).collect();
    let answered = visit.answers.join("\n");
    let people: String = PEOPLE.iter().map(|table| tables[table].join("\n")).collect();
    for canary in &visit.canaries {
        let there = match canary.kind {
            Kind::Unspoken => continue,
            Kind::Shown => canary.times_in(&answered),
            Kind::Linked(_) => canary.times_in(&posted),
            Kind::Named(_) | Kind::Private => canary.times_in(&people) + canary.times_in(&answered),
        };
        assert!(there > 0, "{} was never seen where it belongs", canary.name);
    }
    let sealed = tables["audits"].iter().filter(|audit| audit.contains("sealed=S(")).count();
    assert!(sealed > 10, "{sealed} audits hold something sealed");
    for table in CODES {
        assert!(!tables[table].is_empty(), "nothing was ever written to {table}");
        let clear: Vec<_> = tables[table].iter().filter(|item| item.contains('@')).collect();
        assert!(clear.is_empty(), "{clear:?}");
    }
}

/// A finding and the text about it.
fn around(canary: &Canary, text: &str) -> String {
    let Some(at) = canary.forms.iter().find_map(|form| text.find(form.as_str())) else {
        return String::new();
    };
    let before: String = text[..at].chars().rev().take(120).collect::<Vec<_>>().into_iter().rev().collect();
    format!("…{before}{}…", text[at..].chars().take(80).collect::<String>())
}
