//! Somebody who does things, plants canaries on the way and keeps every answer.

use harness::app::Guest;
use harness::faults::{Calls, Fault};
use reqwest::Method;

use super::*;

/// The canaries so far, and what was answered.
pub(super) struct Visit<'a> {
    pub app: &'a App,
    pub canaries: Vec<Canary>,
    /// Refusals and failures, whole.
    pub errors: Vec<String>,
    /// All other answers, whole.
    pub answers: Vec<String>,
}

impl<'a> Visit<'a> {
    pub(super) fn of(app: &'a App) -> Self {
        Self { app, canaries: Vec::new(), errors: Vec::new(), answers: Vec::new() }
    }

    /// Remembers a text that is about to be used, or was just given.
    pub(super) fn plant(&mut self, name: &str, kind: Kind, text: &str) -> String {
        self.canaries.push(Canary::of(name, kind, text));
        text.to_owned()
    }

    /// Plants the texts of an answer.
    pub(super) fn shown(&mut self, reply: &Reply, members: &[(&str, &str)]) {
        for (name, pointer) in members {
            self.plant(name, Kind::Shown, &reply.text(pointer));
        }
    }

    /// Plants the token of the last mailed link to this page.
    pub(super) async fn link(&mut self, name: &str, to: &str, page: &str) -> Result<String> {
        let token = self.app.mailed_token(to, page).await?;
        Ok(self.plant(name, Kind::Linked(to.to_owned()), &token))
    }

    fn keep(&mut self, reply: &Reply) {
        let text = format!("{} {:?} {}", reply.status, reply.headers, reply.body);
        if reply.status < 400 { self.answers.push(text) } else { self.errors.push(text) }
    }

    /// Sends anything, and the answer must have this status.
    pub(super) async fn send(
        &mut self,
        who: &Guest,
        (method, path): (Method, &str),
        headers: &[(&str, &str)],
        body: String,
        status: u16,
    ) -> Result<Reply> {
        let reply = who.send(method, path, headers, Some(body.into_bytes())).await?;
        self.keep(&reply);
        assert_eq!(reply.status, status, "{path}: {reply:?}");
        Ok(reply)
    }

    /// POST of JSON, answered with this status.
    pub(super) async fn post(&mut self, who: &Guest, path: &str, body: &Value, status: u16) -> Result<Reply> {
        let json = [("content-type", "application/json")];
        self.send(who, (Method::POST, path), &json, body.to_string(), status).await
    }

    /// POST of JSON, whatever the answer is.
    pub(super) async fn whatever(&mut self, who: &Guest, path: &str, body: &Value) -> Result<()> {
        let reply = who.post(path, body).await?;
        self.keep(&reply);
        Ok(())
    }

    /// The same in every way it can go wrong before it goes right: not JSON, of the wrong types, with a
    /// store that does not answer and one whose answers are lost.
    pub(super) async fn troubled(&mut self, who: &Guest, path: &str, body: &Value) -> Result<()> {
        let json = [("content-type", "application/json")];
        let text = body.to_string();
        self.send(who, (Method::POST, path), &json, text[..text.len() - 1].to_owned(), 400).await?;
        self.send(who, (Method::POST, path), &[("content-type", "text/plain")], text.clone(), 415).await?;
        let listed = body.as_object().context("no object")?.iter();
        let listed: Value = listed
            .map(|(name, value)| (name.clone(), json!([value])))
            .collect::<serde_json::Map<_, _>>()
            .into();
        self.post(who, path, &listed, 422).await?;
        self.app.faults.times(1000, Calls::All, Fault::ServerError);
        let reply = self.post(who, path, body, 503).await;
        self.app.faults.clear();
        reply.map(drop)
    }
}
