//! Toss's webhooks. They carry no signature, so they are hints: what they tell of is read back from Toss.

use maru_identity::Identity;
use maru_web::{Answer, Api, Body, Doc, FromRef, Mounted, Problem, Public, Raw, State, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::hints::{Hint, Hints};

impl FromRef<Hints> for Identity {
    fn from_ref(hints: &Hints) -> Self {
        hints.identity().clone()
    }
}

/// The route of `payment-webhook`.
pub fn webhook_api(hints: Hints) -> Mounted {
    let doc = Doc::new(
        "tossWebhook",
        "Toss 웹훅",
        "Toss tells that a payment changed: a hint, after which we ask Toss itself. Whatever it tells, in whatever order and however often, the answer is 200.",
    )
    .body::<Envelope>()
    .plain::<HeardView>(200, "들었습니다 · heard");
    Api::new().post("/webhooks/toss", doc, hear).with_state(hints)
}

/// An event: in the envelope of payments (`eventType`, `data`) or flat, as deposits come.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    /// `PAYMENT_STATUS_CHANGED`, `CANCEL_STATUS_CHANGED`, `BILLING_DELETED` …; absent where a deposit is told.
    #[schema(value_type = Option<String>)]
    event_type: Raw<String>,
    /// The payment.
    #[schema(value_type = Option<Told>)]
    data: Raw<Told>,
    /// Of a deposit: its order.
    #[schema(value_type = Option<String>)]
    order_id: Raw<String>,
    /// Of a deposit: what proves it.
    #[schema(value_type = Option<String>)]
    secret: Raw<String>,
}

/// What an event tells of its payment.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Told {
    #[schema(value_type = Option<String>)]
    order_id: Raw<String>,
}

/// That it was heard.
#[derive(Serialize, ToSchema)]
struct HeardView {
    success: bool,
}

async fn hear(caller: Public, State(hints): State<Hints>, body: Body<Envelope>) -> Result<Answer, Problem> {
    let Envelope { event_type, data, order_id, secret } = body.value;
    // What is not of the expected form is no hint at all.
    let text = |sent: Raw<String>| sent.optional("").ok().flatten();
    let (event, data) = (text(event_type), data.optional("").ok().flatten());
    let deposit = event.is_none();
    let order = if deposit { text(order_id) } else { data.and_then(|told| text(told.order_id)) };
    if let Some(Ok(order_id)) = order.map(|order| order.parse()) {
        let secret = text(secret).filter(|_| deposit);
        hints.take(&Hint { order_id, deposit, secret }, &caller.actor).await?;
    }
    Ok(Answer::plain(StatusCode::OK, &HeardView { success: true }))
}
