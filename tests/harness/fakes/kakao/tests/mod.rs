//! The fake and our client of it, over a loopback port, at a standing clock.

mod consent;
mod misbehaving;
mod signing_in;
mod tokens;
mod unlinking;

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, header};
use jiff::{SignedDuration, Timestamp};
use maru_dial::Dial;
use maru_kakao::{Kakao, KakaoError, KakaoId, KakaoPerson, KakaoSettings};
use maru_kernel::Secret;
use serde_json::Value;
use tokio::net::TcpListener;
use tower::ServiceExt;

use super::{Behaviour, FakeKakao, FakeKakaoOptions};

const APP: &str = "rest-key";
const NATIVE: &str = "native-key";
const SECRET: &str = "client-secret";
const ADMIN: &str = "admin-key";
const BACK: &str = "https://shop.example/back";
const OTHER: &str = "https://shop.example/other?from=kakao";
const NONCE: &str = "n71c";
const MINA: i64 = 4_000_000_001;

/// A shop, and Kakao on a port of its own.
struct Shop {
    fake: FakeKakao,
    clock: Arc<Mutex<Timestamp>>,
    settings: KakaoSettings,
    kakao: Kakao,
}

struct Seen {
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl Shop {
    async fn new() -> Self {
        Self::with(None).await
    }

    async fn with(file: Option<PathBuf>) -> Self {
        let clock = Arc::new(Mutex::new("2026-11-20T01:00:01Z".parse().unwrap()));
        let hands = Arc::clone(&clock);
        let fake = FakeKakao::new(FakeKakaoOptions {
            now: Arc::new(move || *hands.lock().unwrap()),
            rest_api_key: APP.to_owned(),
            client_secret: Some(SECRET.to_owned()),
            admin_key: Some(ADMIN.to_owned()),
            redirect_uris: vec![BACK.to_owned(), OTHER.to_owned()],
            file,
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let site = fake.auth().merge(fake.api());
        tokio::spawn(async move { axum::serve(listener, site).await });
        let settings = KakaoSettings {
            rest_api_key: APP.to_owned(),
            client_secret: Some(Secret::new(SECRET)),
            admin_key: Some(Secret::new(ADMIN)),
            audiences: vec![NATIVE.to_owned()],
            redirect_uris: vec![BACK.to_owned(), OTHER.to_owned()],
            auth_url: base.clone(),
            api_url: base,
        };
        let kakao = client(settings.clone());
        fake.person(MINA, Some("김민아"), Some(("mina@example.com", true)));
        Self { fake, clock, settings, kakao }
    }

    fn now(&self) -> Timestamp {
        *self.clock.lock().unwrap()
    }

    fn wait(&self, seconds: i64) {
        *self.clock.lock().unwrap() += SignedDuration::from_secs(seconds);
    }

    /// Orders the next calls, and gives a client that does not wait long for silence.
    fn ordering<const N: usize>(&self, behaviours: [Behaviour; N]) -> Kakao {
        self.fake.next(behaviours);
        if behaviours.contains(&Behaviour::Silent) {
            self.kakao.clone().answering_within(Duration::from_millis(200))
        } else {
            self.kakao.clone()
        }
    }

    async fn by_code(&self, code: &str) -> Result<KakaoPerson, KakaoError> {
        self.kakao.by_code(code, BACK).await
    }

    async fn by_token(&self, token: &str) -> Result<KakaoPerson, KakaoError> {
        self.kakao.by_id_token(token, NONCE, self.now()).await
    }

    async fn open(&self, link: &str) -> Seen {
        send(self.fake.auth(), Request::get(link).body(Body::empty()).unwrap()).await
    }

    async fn press(&self, link: &str, form: &[(&str, &str)]) -> Seen {
        let request = Request::post(link)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(maru_dial::query(form)))
            .unwrap();
        send(self.fake.auth(), request).await
    }

    async fn local(&self, path: &str, body: &str) -> (u16, Value) {
        let request = Request::post(path).body(Body::from(body.to_owned())).unwrap();
        let seen = send(self.fake.window(), request).await;
        (seen.status, serde_json::from_str(&seen.text).unwrap())
    }
}

async fn send(router: Router, request: Request<Body>) -> Seen {
    let (parts, body) = router.oneshot(request).await.unwrap().into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap();
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    Seen { status: parts.status.as_u16(), headers: parts.headers, text }
}

fn client(settings: KakaoSettings) -> Kakao {
    Kakao::new(Dial::new().unwrap(), settings).unwrap()
}

fn id(number: i64) -> KakaoId {
    KakaoId::new(number).unwrap()
}

fn is_bad<T>(told: &Result<T, KakaoError>) -> bool {
    matches!(told, Err(KakaoError::BadCredential))
}

/// The cause of an outage.
fn cause<T>(told: Result<T, KakaoError>) -> String {
    match told {
        Ok(_) => "none".to_owned(),
        Err(KakaoError::Unavailable(cause)) => cause,
        Err(other @ (KakaoError::BadCredential | KakaoError::Refused(_))) => format!("{other:?}"),
    }
}
