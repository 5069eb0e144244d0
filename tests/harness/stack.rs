//! The whole system in one process: every function, its engines, its outsiders, its workers.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use aws_config::SdkConfig;
use axum::extract::Request;
use axum::response::Response;
use maru_accounts::{Keys, Verification};
use maru_blobs::Blobs;
use maru_dial::Dial;
use maru_kernel::{Clock, Email, Random, Secret, Supply};
use maru_mail::Mail;
use maru_payments::Window;
use maru_settings::{LocalAws, Secrets, Vault, sdk_for};
use maru_table::{Db, Grant};
use maru_toss::Toss;
use maru_web::{Front, Mounted};

use crate::engines::{BUCKET, Dynamo, Files, make_tables};
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
    /// Whether an address must be proved.
    pub verification: Verification,
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
            verification: Verification::Required,
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
}

impl Outsiders {
    /// The fakes, served at `base_url`, keeping their state in `folder`.
    pub fn new(base_url: &str, folder: Option<&PathBuf>, clock: &Clock) -> Self {
        let clock = clock.clone();
        let toss = FakeToss::new(FakeTossOptions {
            now: Arc::new(move || clock.now()),
            secret_key: TOSS_SECRET_KEY.into(),
            success_url: format!("{base_url}/local/app/success"),
            fail_url: format!("{base_url}/local/app/fail"),
            file: folder.map(|folder| folder.join("toss.json")),
        });
        Self { ses: FakeSes::new(folder.map(|folder| folder.join("mail.jsonl"))), toss }
    }
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
        let file = options.folder.as_ref().map(|folder| folder.join("dynamo.sqlite"));
        let dynamo = Dynamo::start(file.as_deref()).await?;
        let endpoint = options.dynamo.clone().unwrap_or_else(|| dynamo.endpoint.clone());
        let sdk = sdk_for(&LocalAws { endpoint: endpoint.clone() }, None);
        make_tables(&sdk, &functions::tables()).await?;

        let master = master(options.folder.as_ref())?;
        let keys = Keys::derive(&master).context("deriving keys")?;
        let seeds = connect(&sdk, &people::grants(), &options.clock);
        let known_file = options.folder.as_ref().map(|folder| folder.join("people.json"));
        let known = known_file.as_ref().and_then(|file| std::fs::read(file).ok());
        let known = known.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
        let people = people::make(&seeds, &keys.signer, known).await?;
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
        let parts = Parts::new(&options, master, &files)?;
        let fronts = parts.fronts(&options, &stores)?;
        let workers = parts.workers(&stores, options.dynamo.is_none().then_some(dynamo))?;
        let gateway = Gateway::from_template(TEMPLATE)?;
        Ok(Self { gateway, fronts, stores, outsiders, workers, people, sdk, _files: files })
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

/// What functions are assembled from.
struct Parts {
    keys: Supply<Keys>,
    toss: Supply<Toss>,
    mail: Mail,
    blobs: Blobs,
    app: String,
    window: Window,
}

impl Parts {
    fn new(options: &Options, master: Secret, files: &Files) -> Result<Self> {
        let base = &options.base_url;
        let vault = Vault::fixed(Secrets { master, toss_secret_key: Secret::new(TOSS_SECRET_KEY) });
        let dial = Dial::new().context("TLS cannot be set up")?;
        let (toss_url, deadline) = (format!("{base}/outside/toss"), options.toss_deadline);
        let toss = vault.clone().supply(move |secrets| {
            Toss::with_key(&dial, &toss_url, &secrets.toss_secret_key)
                .map(|toss| toss.answering_within(deadline))
        });
        let outside = sdk_for(&LocalAws { endpoint: format!("{base}/outside/ses") }, None);
        let files = sdk_for(&LocalAws { endpoint: files.endpoint.clone() }, None);
        Ok(Self {
            keys: vault.supply(|secrets| Keys::derive(&secrets.master)),
            toss,
            mail: Mail::new(&outside, None, "마루 <no-reply@maru.local>"),
            blobs: Blobs::new(&files, BUCKET, true),
            app: format!("{base}/local/app"),
            window: Window {
                client_key: TOSS_CLIENT_KEY.into(),
                checkout_url: format!("{base}/local/toss/pay"),
            },
        })
    }

    /// Every HTTP function, assembled as its `main` assembles it.
    fn fronts(
        &self,
        options: &Options,
        stores: &BTreeMap<&'static str, Db>,
    ) -> Result<BTreeMap<&'static str, Front>> {
        let db = |name: &str| stores.get(name).cloned().with_context(|| format!("no store for {name}"));
        let owner = Email::parse("owner@maru.local");
        let mounted: Vec<(&'static str, Mounted)> = vec![
            ("register", register::api(db("register")?, options.verification)),
            ("login", login::api(db("login")?, self.keys.clone())),
            ("forgot-password", forgot_password::api(db("forgot-password")?)),
            ("reset-password", reset_password::api(db("reset-password")?, self.keys.clone())),
            ("verify-email", verify_email::api(db("verify-email")?, self.keys.clone(), owner)),
            ("sessions", sessions::api(db("sessions")?, self.keys.clone())),
            ("rooms", rooms::api(db("rooms")?)),
            ("bookings", bookings::api(db("bookings")?)),
            ("payment-ready", payment_ready::api(db("payment-ready")?, self.window.clone())),
            ("payment-confirm", payment_confirm::api(db("payment-confirm")?, self.toss.clone())),
            ("payments", payments::api(db("payments")?)),
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
        let mailer = mailer::Mailer::new(&db("mailer")?, self.keys.clone(), self.mail.clone(), &self.app);
        let sweeper = maru_bookings::Sweeper::new(db("hold-sweeper")?);
        let checker =
            maru_payments::Checker::new(maru_payments::Desk::new(db("payment-checker")?, self.toss.clone()));
        Ok(Workers::new(mailer, sweeper, checker, dynamo))
    }
}
