//! The whole system in one process: every function, its engines, its outsiders, its workers.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use aws_config::SdkConfig;
use axum::extract::Request;
use axum::response::Response;
use maru_accounts::{Eraser, House, Keys, Rotator, Suppressions, documents};
use maru_blobs::Blobs;
use maru_dial::Dial;
use maru_kakao::{Kakao, KakaoSettings};
use maru_kernel::{Clock, Email, Random, Secret, Supply};
use maru_mail::Mail;
use maru_payments::{Checkout, Grades, Tickets, Window};
use maru_settings::{LocalAws, Secrets, Vault, sdk_for};
use maru_table::{Db, Grant};
use maru_toss::Toss;
use maru_web::{Front, Mounted};

use crate::engines::{BUCKET, Dynamo, Files, make_tables};
use crate::fakes::kakao::{FakeKakao, FakeKakaoOptions};
use crate::fakes::ses::FakeSes;
use crate::fakes::toss::{FakeToss, FakeTossOptions};
use crate::faults::Faults;
use crate::functions;
use crate::gateway::{Gateway, TEMPLATE};
use crate::people::{self, Person};
use crate::workers::Workers;

/// The fake provider's keys. Not a shop's.
pub const TOSS_SECRET_KEY: &str = "test_sk_local";
const TOSS_CLIENT_KEY: &str = "test_ck_local";
/// The fake Kakao app. Nobody's.
pub const KAKAO_REST_KEY: &str = "local-rest-key";
/// The app key of the phone app.
pub const KAKAO_NATIVE_KEY: &str = "local-native-key";
/// What the fake Kakao's webhooks show.
pub const KAKAO_ADMIN_KEY: &str = "local-admin-key";
/// Who sends receipts.
const BUSINESS: &str = "마루 스튜디오 · 사업자등록번호 123-45-67890";
const KAKAO_CLIENT_SECRET: &str = "local-client-secret";

/// How a stack is to be.
pub struct Options {
    /// `http://127.0.0.1:port`, where it will be served.
    pub base_url: String,
    /// Where data is kept; `None` is thrown away.
    pub folder: Option<PathBuf>,
    /// The clock of everything.
    pub clock: Clock,
    /// Faults between our code and the store.
    pub faults: Option<Faults>,
    /// Another DynamoDB than the embedded one, empty or with our tables.
    pub dynamo: Option<String>,
    /// How long a capture is waited for.
    pub toss_deadline: Duration,
    /// What the operator decided.
    pub house: House,
    /// Changes the stack's secrets before it starts.
    pub secrets: fn(&mut Secrets),
    /// How long Kakao is waited for.
    pub kakao_deadline: Duration,
    /// Origins of browsers that may call.
    pub origins: Vec<String>,
}

impl Options {
    /// A throw-away stack with the machine's clock.
    pub fn throw_away(base_url: impl Into<String>) -> Self {
        Self {
            base_url: base_url.into(),
            folder: None,
            clock: Clock::system(),
            faults: None,
            dynamo: None,
            toss_deadline: maru_toss::CONFIRM_DEADLINE,
            house: House {
                owner: Email::parse("owner@maru.local"),
                documents: documents("terms:1!,privacy:1!,marketing:1"),
                ..House::default()
            },
            secrets: |_| {},
            kakao_deadline: Duration::from_secs(5),
            origins: vec!["http://localhost:5173".into(), "http://localhost:5174".into()],
        }
    }
}

/// The outsiders of a stack.
#[derive(Clone)]
pub struct Outsiders {
    /// The post.
    pub ses: FakeSes,
    /// The payment provider.
    pub toss: FakeToss,
    /// The social sign-in.
    pub kakao: FakeKakao,
}

impl Outsiders {
    /// The fakes, served at `base_url`, keeping their state in `folder`.
    pub fn new(base_url: &str, folder: Option<&PathBuf>, clock: &Clock) -> Self {
        let (for_toss, for_kakao) = (clock.clone(), clock.clone());
        let kakao = FakeKakao::new(FakeKakaoOptions {
            now: Arc::new(move || for_kakao.now()),
            rest_api_key: KAKAO_REST_KEY.into(),
            client_secret: Some(KAKAO_CLIENT_SECRET.into()),
            admin_key: Some(KAKAO_ADMIN_KEY.into()),
            redirect_uris: kakao_redirects(base_url),
            file: folder.map(|folder| folder.join("kakao.json")),
        });
        let toss = FakeToss::new(FakeTossOptions {
            now: Arc::new(move || for_toss.now()),
            secret_key: TOSS_SECRET_KEY.into(),
            success_url: format!("{base_url}/local/app/success"),
            fail_url: format!("{base_url}/local/app/fail"),
            file: folder.map(|folder| folder.join("toss.json")),
        });
        Self { ses: FakeSes::new(folder.map(|folder| folder.join("mail.jsonl"))), toss, kakao }
    }
}

/// Where the fake Kakao may send people back to: the app's page and the panel's.
fn kakao_redirects(base_url: &str) -> Vec<String> {
    vec![format!("{base_url}/local/app/kakao"), format!("{base_url}/local/app/admin-kakao")]
}

/// The system.
pub struct Stack {
    gateway: Gateway,
    fronts: BTreeMap<&'static str, Front>,
    stores: BTreeMap<&'static str, Db>,
    /// The fakes.
    pub outsiders: Outsiders,
    /// The workers.
    pub workers: Workers,
    /// The seeded people.
    pub people: Vec<Person>,
    /// The stack's secrets.
    pub vault: Vault,
    /// How the store is reached, without faults.
    pub sdk: SdkConfig,
    _files: Files,
}

impl Stack {
    /// Starts everything. Only listening is the caller's.
    pub async fn start(options: Options) -> Result<Self> {
        if let Some(folder) = &options.folder {
            std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
        }
        if let Some(folder) = &options.folder {
            same_tables(folder)?;
        }
        let file = options.folder.as_ref().map(|folder| folder.join("dynamo.sqlite"));
        let dynamo = Dynamo::start(file.as_deref()).await?;
        let endpoint = options.dynamo.clone().unwrap_or_else(|| dynamo.endpoint.clone());
        let sdk = sdk_for(&LocalAws { endpoint: endpoint.clone() }, None);
        make_tables(&sdk, &functions::tables()).await?;

        let mut secrets = secrets(master(options.folder.as_ref())?);
        (options.secrets)(&mut secrets);
        let keys = Keys::derive(&secrets.master()).context("deriving keys")?;
        let seeds = connect(&sdk, &people::grants(), &options.clock);
        let known_file = options.folder.as_ref().map(|folder| folder.join("people.json"));
        let known = known_file.as_ref().and_then(|file| std::fs::read(file).ok());
        let known = known.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
        let people = people::make(&seeds, &keys, known).await?;
        if let Some(file) = known_file {
            std::fs::write(file, serde_json::to_vec_pretty(&people)?)?;
        }

        let outsiders = Outsiders::new(&options.base_url, options.folder.as_ref(), &options.clock);
        let files =
            Files::start(options.folder.as_ref().map(|folder| folder.join("files")).as_deref()).await?;
        let faulty = options
            .faults
            .as_ref()
            .map_or_else(|| sdk.clone(), |faults| sdk_for(&LocalAws { endpoint }, Some(faults.client())));
        let stores: BTreeMap<_, _> = functions::all()
            .iter()
            .map(|f| (f.function.name, connect(&faulty, &f.grants, &options.clock)))
            .collect();
        let vault = Vault::fixed(secrets);
        let parts = Parts::new(&options, &vault, &files)?;
        let fronts = parts.fronts(&options, &stores)?;
        let workers = parts.workers(&stores, options.dynamo.is_none().then_some(dynamo))?;
        let gateway = Gateway::from_template(TEMPLATE)?;
        Ok(Self { gateway, fronts, stores, outsiders, workers, people, vault, sdk, _files: files })
    }

    /// Answers a request as the gateway and the function behind it would.
    pub async fn answer(&self, request: Request, ip: Option<String>) -> Response {
        let path = request.uri().path();
        // Clients may send the stage; the gateway strips it before it looks for a route.
        let path = path.strip_prefix("/dev").filter(|rest| rest.starts_with('/')).unwrap_or(path);
        let name = self.gateway.function(path).unwrap_or("system");
        match self.fronts.get(name) {
            Some(front) => front.answer(request, ip).await,
            None => unrouted(name),
        }
    }

    /// The functions that answer HTTP.
    pub fn fronts(&self) -> impl Iterator<Item = &Front> {
        self.fronts.values()
    }

    /// The front door of a function that answers HTTP.
    pub fn front(&self, function: &str) -> Option<&Front> {
        self.fronts.get(function)
    }

    /// The gateway.
    pub fn gateway(&self) -> &Gateway {
        &self.gateway
    }

    /// A function's own handle of the store.
    pub fn store(&self, function: &str) -> Option<&Db> {
        self.stores.get(function)
    }
}

/// Data of a version with other tables is of no use: an index that is missing fails late and far away.
fn same_tables(folder: &std::path::Path) -> Result<()> {
    let (data, note) = (folder.join("dynamo.sqlite"), folder.join("tables.txt"));
    let ours: String = functions::tables().iter().map(|table| format!("{table:?}\n")).collect();
    let known = std::fs::read_to_string(&note).unwrap_or_default();
    anyhow::ensure!(
        !data.exists() || known == ours,
        "{} 의 데이터는 다른 버전의 것입니다. 폴더를 지우고 다시 시작해 주세요. Its data is of another version: delete the folder to begin anew.",
        folder.display()
    );
    Ok(std::fs::write(note, ours)?)
}

fn unrouted(name: &str) -> Response {
    let body = format!("the template routes this path to {name}, which serves no HTTP");
    axum::response::IntoResponse::into_response((axum::http::StatusCode::BAD_GATEWAY, body))
}

fn connect(sdk: &SdkConfig, grants: &[Grant], clock: &Clock) -> Db {
    let named = grants.iter().map(|grant| (*grant, grant.table.name.to_owned()));
    Db::connect(sdk, named, clock.clone(), Random::system())
}

/// The master key of a folder, made at the first start; a throw-away stack has its own.
fn master(folder: Option<&PathBuf>) -> Result<Secret> {
    let fresh = || maru_kernel::crypto::to_base64url(&Random::system().bytes::<48>());
    let Some(file) = folder.map(|folder| folder.join("master.key")) else { return Ok(Secret::new(fresh())) };
    if !file.exists() {
        std::fs::write(&file, fresh())?;
    }
    Ok(Secret::new(std::fs::read_to_string(file)?))
}

fn secrets(master: Secret) -> Secrets {
    Secrets {
        toss_secret_key: Secret::new(TOSS_SECRET_KEY),
        kakao_client_secret: Secret::new(KAKAO_CLIENT_SECRET),
        kakao_admin_key: Secret::new(KAKAO_ADMIN_KEY),
        ..Secrets::of(master)
    }
}

/// What functions are assembled from.
struct Parts {
    keys: Supply<Keys>,
    toss: Supply<Toss>,
    kakao: Supply<Kakao>,
    mail: Mail,
    blobs: Blobs,
    app: String,
    window: Window,
    checkout: Checkout,
}

impl Parts {
    fn new(options: &Options, vault: &Vault, files: &Files) -> Result<Self> {
        let base = &options.base_url;
        let dial = Dial::new().context("TLS cannot be set up")?;
        let (kakao_dial, kakao_deadline) = (dial.clone(), options.kakao_deadline);
        let settings = KakaoSettings {
            rest_api_key: KAKAO_REST_KEY.into(),
            client_secret: None,
            admin_key: None,
            audiences: vec![KAKAO_NATIVE_KEY.into()],
            redirect_uris: kakao_redirects(base),
            auth_url: format!("{base}/outside/kauth"),
            api_url: format!("{base}/outside/kapi"),
        };
        let kakao = vault.clone().supply(move |secrets| {
            let settings = KakaoSettings {
                client_secret: Some(secrets.kakao_client_secret.clone()),
                admin_key: Some(secrets.kakao_admin_key.clone()),
                ..settings.clone()
            };
            Kakao::new(kakao_dial.clone(), settings).map(|kakao| kakao.answering_within(kakao_deadline))
        });
        let (toss_url, deadline) = (format!("{base}/outside/toss"), options.toss_deadline);
        let toss = vault.clone().supply(move |secrets| {
            Toss::with_key(&dial, &toss_url, &secrets.toss_secret_key)
                .map(|toss| toss.answering_within(deadline))
        });
        let outside = sdk_for(&LocalAws { endpoint: format!("{base}/outside/ses") }, None);
        let files = sdk_for(&LocalAws { endpoint: files.endpoint.clone() }, None);
        Ok(Self {
            keys: vault.clone().supply(|secrets| Keys::derive(&secrets.master())),
            toss,
            kakao,
            mail: Mail::new(&outside, None, "마루 <no-reply@maru.local>"),
            blobs: Blobs::new(&files, BUCKET, true),
            app: format!("{base}/local/app"),
            window: Window { client_key: TOSS_CLIENT_KEY.into(), stand_in: format!("{base}/local/toss/pay") },
            checkout: Checkout::new(
                &format!("{base}/pay"),
                vault.clone().supply(|secrets| Some(Tickets::derive(&secrets.master()))),
            ),
        })
    }

    /// Every HTTP function, assembled as its `main` assembles it.
    fn fronts(
        &self,
        options: &Options,
        stores: &BTreeMap<&'static str, Db>,
    ) -> Result<BTreeMap<&'static str, Front>> {
        let db = |name: &str| stores.get(name).cloned().with_context(|| format!("no store for {name}"));
        let (keys, house) = (|| self.keys.clone(), || options.house.clone());
        let grades = || Grades::read("정회원:330000,결제회원:110000");
        let (window, checkout) = (|| self.window.clone(), || self.checkout.clone());
        let paying =
            pay::Paying { grades: grades(), window: window(), checkout: checkout(), toss: self.toss.clone() };
        let mounted: Vec<(&'static str, Mounted)> = vec![
            ("register", register::api(db("register")?, keys(), house())),
            ("login", login::api(db("login")?, keys(), house())),
            ("forgot-password", forgot_password::api(db("forgot-password")?, keys(), house())),
            ("reset-password", reset_password::api(db("reset-password")?, keys(), house())),
            ("verify-email", verify_email::api(db("verify-email")?, keys(), house())),
            ("sessions", sessions::api(db("sessions")?, keys(), house())),
            ("mfa", mfa::api(db("mfa")?, keys(), house())),
            ("kakao-login", kakao_login::api(db("kakao-login")?, keys(), house(), self.kakao.clone())),
            ("me", me::api(db("me")?, keys(), house())),
            ("staff", staff::api(db("staff")?, keys(), house())),
            ("rooms", rooms::api(db("rooms")?)),
            ("tours", tours::api(db("tours")?)),
            ("bookings", bookings::api(db("bookings")?)),
            ("payment-ready", payment_ready::api(db("payment-ready")?, grades(), window(), checkout())),
            ("payment-confirm", payment_confirm::api(db("payment-confirm")?, self.toss.clone())),
            ("payments", payments::api(db("payments")?, grades(), self.toss.clone(), checkout())),
            ("pay", pay::api(db("pay")?, paying, BUSINESS)),
            ("payment-webhook", payment_webhook::api(db("payment-webhook")?, self.toss.clone())),
            ("system", system::api(db("system")?, self.blobs.clone())),
        ];
        let mut fronts = BTreeMap::new();
        for (name, mounted) in mounted {
            let meter = db(name)?.meter().clone();
            let front = Front::new(name, mounted, options.origins.clone(), "dev", meter, Random::system());
            fronts.insert(name, front);
        }
        Ok(fronts)
    }

    fn workers(&self, stores: &BTreeMap<&'static str, Db>, dynamo: Option<Dynamo>) -> Result<Workers> {
        let db = |name: &str| stores.get(name).cloned().with_context(|| format!("no store for {name}"));
        let mailer =
            mailer::Mailer::new(&db("mailer")?, self.keys.clone(), self.mail.clone(), &self.app, BUSINESS);
        let sweeper = maru_bookings::Sweeper::new(db("hold-sweeper")?);
        let reminders = maru_bookings::Reminders::new(db("reminders")?);
        let checker =
            maru_payments::Checker::new(maru_payments::Desk::new(db("payment-checker")?, self.toss.clone()));
        let eraser = Eraser::new(db("eraser")?, self.kakao.clone());
        let rotator = Rotator::new(db("key-rotator")?, self.keys.clone());
        let feedback = Suppressions::new(db("mail-feedback")?, self.keys.clone());
        Ok(Workers::new((mailer, sweeper, reminders, checker), (eraser, rotator, feedback), dynamo))
    }
}
