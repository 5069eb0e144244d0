//! The pay page as HTML: plain, for one thumb, light and dark, Korean first. Every value is escaped here.

use jiff::tz::TimeZone;
use maru_accounts::escape;
use maru_kernel::{Currency, Money, Said, Timestamp, crypto, path_segment};
use maru_web::{Page, StatusCode};

use crate::model::{Account, FailureReason, Payment};
use crate::rules::bank_name;
use crate::service::Window;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");
/// The provider's script, and what it may reach from our page.
const SDK: &str = "https://js.tosspayments.com/v2/standard";
const PROVIDER: &str = "https://*.tosspayments.com";
/// Characters of a message that came by an address.
const MESSAGE: usize = 200;

/// What a page is made of. All but the title is HTML already.
pub(super) struct Sheet {
    pub status: StatusCode,
    pub title: Said,
    /// Tells a state that is bad news from one that is not.
    pub bad: bool,
    pub parts: Vec<String>,
    /// Seconds after which it looks again.
    pub again: Option<u32>,
    /// Whether the provider's script is needed.
    pub provider: bool,
}

impl Sheet {
    pub fn new(ko: &'static str, en: &'static str, parts: Vec<String>) -> Self {
        let title = Said::new(ko, en);
        Self { status: StatusCode::OK, title, bad: false, parts, again: None, provider: false }
    }

    /// The page, signed by the business.
    pub fn render(&self, business: &str) -> Page {
        let again =
            self.again.map(|seconds| format!("<meta http-equiv=\"refresh\" content=\"{seconds}\">\n"));
        let sdk = if self.provider { format!("<script src=\"{SDK}\"></script>\n") } else { String::new() };
        let footer = if business.is_empty() {
            String::new()
        } else {
            format!("<footer>{}</footer>\n", escape(business))
        };
        let (ko, en) = (escape(&self.title.ko), escape(&self.title.en));
        let html = format!(
            "<!doctype html>\n<html lang=\"ko\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"robots\" content=\"noindex\">\n<link rel=\"icon\" href=\"data:,\">\n{again}\
             <title>{ko} · {en}</title>\n<style>{STYLE}</style>\n{sdk}</head>\n<body>\n<main>\n\
             <h1{bad}>{ko}<small lang=\"en\">{en}</small></h1>\n{parts}</main>\n{footer}\
             <script>{SCRIPT}</script>\n</body>\n</html>\n",
            again = again.unwrap_or_default(),
            bad = if self.bad { " class=\"bad\"" } else { "" },
            parts = self.parts.concat(),
        );
        Page::new(self.status, html, &self.policy())
    }

    /// Our style and our script by their hashes, and nothing of anybody else's unless the provider is needed.
    fn policy(&self) -> String {
        let hash = |text: &str| format!("'sha256-{}'", crypto::to_base64(&crypto::sha256(text.as_bytes())));
        let (style, script) = (hash(STYLE), hash(SCRIPT));
        if !self.provider {
            return format!("style-src {style}; script-src {script}; img-src data:; form-action 'self'");
        }
        format!(
            "style-src {style}; script-src {script} {SDK}; img-src data: {PROVIDER}; connect-src {PROVIDER}; \
             frame-src {PROVIDER}; form-action 'self' {PROVIDER}"
        )
    }
}

/// A paragraph in both languages.
pub(super) fn said(ko: &str, en: &str) -> String {
    format!("<p>{}<small lang=\"en\">{}</small></p>\n", escape(ko), escape(en))
}

/// What is paid for, and how much it is.
pub(super) fn what(name: &str, money: Money) -> String {
    format!("<p class=\"name\">{}</p>\n<p class=\"amount\">{}</p>\n", escape(name), won(money))
}

/// Rows of a Korean and an English name, and a value.
pub(super) fn rows(rows: &[(&str, &str, String)]) -> String {
    let row = |(ko, en, value): &(&str, &str, String)| {
        format!("<div><dt>{ko}<small lang=\"en\">{en}</small></dt><dd>{}</dd></div>\n", escape(value))
    };
    format!("<dl>\n{}</dl>\n", rows.iter().map(row).collect::<String>())
}

/// The button that leads to the payment window. `page` is this page as browsers reach it.
pub(super) fn pay_button(window: &Window, payment: &Payment, customer: Option<&str>, page: &str) -> String {
    let (order, amount, name) =
        (payment.order_id.to_string(), payment.amount.to_string(), &payment.order_name);
    let customer = customer.unwrap_or_default();
    if !window.stand_in.is_empty() {
        let pairs = [
            ("orderId", order.as_str()),
            ("amount", &amount),
            ("orderName", name),
            ("customerKey", customer),
            ("successUrl", &format!("{page}/success")),
            ("failUrl", &format!("{page}/fail")),
        ];
        let query: Vec<String> =
            pairs.iter().map(|(name, value)| format!("{name}={}", path_segment(value))).collect();
        let to = escape(&format!("{}?{}", window.stand_in, query.join("&")));
        return format!(
            "<a class=\"button main\" id=\"pay\" href=\"{to}\">결제하기 <small lang=\"en\">Pay</small></a>\n"
        );
    }
    if window.client_key.is_empty() {
        return said("지금은 온라인으로 결제할 수 없습니다.", "Paying online is not possible now.");
    }
    let methods: String = [
        ("CARD", "카드 · 간편결제", "Card, easy pay"),
        ("TRANSFER", "계좌이체", "Bank transfer"),
        ("VIRTUAL_ACCOUNT", "가상계좌", "Deposit"),
    ]
    .iter()
    .enumerate()
    .map(|(at, (word, ko, en))| {
        let checked = if at == 0 { " checked" } else { "" };
        format!("<label><input type=\"radio\" name=\"method\" value=\"{word}\"{checked}> <span>{ko} <small lang=\"en\">{en}</small></span></label>\n")
    })
    .collect();
    let values = [
        ("client-key", window.client_key.as_str()),
        ("order-id", &order),
        ("amount", &amount),
        ("currency", payment.amount.currency.code()),
        ("order-name", name),
        ("customer-key", customer),
    ];
    let data: String =
        values.iter().map(|(name, value)| format!(" data-{name}=\"{}\"", escape(value))).collect();
    format!(
        "<fieldset><legend>결제 수단 <small lang=\"en\">Pay with</small></legend>\n{methods}</fieldset>\n\
         <p class=\"bad\" id=\"said\" role=\"alert\" data-unloaded=\"결제창을 열 수 없습니다. 잠시 후 다시 시도해 주세요. The payment window cannot be opened; please try again.\"></p>\n\
         <noscript>{}</noscript>\n\
         <button class=\"button main\" id=\"pay\" type=\"button\" hidden{data}>결제하기 <small lang=\"en\">Pay</small></button>\n",
        said("결제하려면 자바스크립트를 켜 주세요.", "Please switch JavaScript on to pay."),
    )
}

/// What the provider said, as it said it.
pub(super) fn failure(reason: &FailureReason) -> String {
    let message: String = reason.message.chars().take(MESSAGE).collect();
    let code: String = reason.code.chars().take(64).collect();
    let code = if code.is_empty() { String::new() } else { format!("<small>{}</small>", escape(&code)) };
    if message.is_empty() && code.is_empty() {
        return String::new();
    }
    format!("<p class=\"bad\" id=\"failure\">{}{code}</p>\n", escape(&message))
}

/// The button that asks for a new order. `action` is where, seen from the page it is on.
pub(super) fn retry(action: &str, order: Option<&str>) -> String {
    let order = order.map(|order| hidden("orderId", order)).unwrap_or_default();
    format!(
        "<form method=\"post\" action=\"{}\">{order}<button class=\"button main\" id=\"retry\">다시 결제하기 <small lang=\"en\">Try again</small></button></form>\n",
        escape(action)
    )
}

/// The form that captures: sent by itself, or by its button where there are no scripts.
pub(super) fn capture(payment_key: &str, order: &str, amount: &str) -> String {
    let fields = [("paymentKey", payment_key), ("orderId", order), ("amount", amount)]
        .map(|(name, value)| hidden(name, value));
    format!(
        "<form method=\"post\" action=\"confirm\" id=\"capture\">{}<noscript><button class=\"button main\">결제 마치기 <small lang=\"en\">Finish paying</small></button></noscript></form>\n",
        fields.concat()
    )
}

/// A way to somewhere else.
pub(super) fn link(to: &str, ko: &str, en: &str) -> String {
    format!("<a class=\"button\" href=\"{}\">{ko} <small lang=\"en\">{en}</small></a>\n", escape(to))
}

/// An account that waits, and what it waits for.
pub(super) fn account(account: &Account, amount: Money) -> String {
    let bank = bank_name(&account.bank).map_or_else(|| account.bank.clone(), str::to_owned);
    let mut all = vec![("은행", "Bank", bank), ("계좌 번호", "Account", account.number.clone())];
    all.extend(account.holder.clone().map(|holder| ("예금주", "Holder", holder)));
    all.push(("금액", "Amount", won(amount)));
    all.push(("입금 기한", "Until", time(account.due_at)));
    rows(&all)
}

/// `40,000원`
pub(super) fn won(money: Money) -> String {
    if money.currency != Currency::KRW {
        return format!("{money} {}", money.currency.code());
    }
    let digits = money.minor.to_string();
    let mut out = String::with_capacity(digits.len() * 2);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out + "원"
}

/// `2026-12-01 10:00`, as it is in Seoul.
pub(super) fn time(at: Timestamp) -> String {
    let zone = TimeZone::get("Asia/Seoul").unwrap_or(TimeZone::UTC);
    at.to_zoned(zone).strftime("%Y-%m-%d %H:%M").to_string()
}

fn hidden(name: &str, value: &str) -> String {
    format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escape(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use maru_kernel::OrderId;

    const NASTY: &str = "\"'><script>alert(1)</script>&";

    fn payment() -> Payment {
        crate::stage::tests::payment(crate::model::Status::Ready)
    }

    fn whole(parts: Vec<String>) -> String {
        let page = Sheet { provider: true, ..Sheet::new("제목", "Title", parts) };
        format!("{:?}", page.render(NASTY))
    }

    #[test]
    fn every_value_on_a_page_is_escaped() {
        let told = FailureReason { code: NASTY.into(), message: NASTY.into() };
        let waits = Account {
            bank: NASTY.into(),
            number: NASTY.into(),
            holder: Some(NASTY.into()),
            due_at: Timestamp::UNIX_EPOCH,
            closing: None,
        };
        let payment = Payment { order_name: NASTY.into(), ..payment() };
        let provider = Window { client_key: NASTY.into(), stand_in: String::new() };
        let stand_in = Window { client_key: String::new(), stand_in: format!("http://a/{NASTY}") };
        let html = whole(vec![
            said(NASTY, NASTY),
            what(NASTY, payment.amount),
            rows(&[("가", "A", NASTY.into())]),
            pay_button(&provider, &payment, Some(NASTY), NASTY),
            pay_button(&stand_in, &payment, Some(NASTY), NASTY),
            failure(&told),
            retry(NASTY, Some(NASTY)),
            capture(NASTY, NASTY, NASTY),
            link(NASTY, "가", "A"),
            account(&waits, payment.amount),
        ]);
        assert!(!html.contains("alert(1)</script>"), "{html}");
        assert!(!html.contains("\"'>"), "{html}");
    }

    #[test]
    fn a_message_of_an_address_is_cut() {
        let told = FailureReason { code: String::new(), message: "가".repeat(500) };
        assert_eq!(failure(&told).matches('가').count(), 200);
        assert_eq!(failure(&FailureReason { code: String::new(), message: String::new() }), "");
    }

    #[test]
    fn amounts_are_grouped_by_thousands() {
        for (amount, shown) in [(0, "0원"), (999, "999원"), (1_000, "1,000원"), (1_234_567, "1,234,567원")]
        {
            assert_eq!(won(Money::new(amount, Currency::KRW)), shown);
        }
        assert_eq!(won(Money::new(15_050, Currency::USD)), "150.5 USD");
    }

    #[test]
    fn where_there_is_no_window_there_is_no_button() {
        let html = pay_button(&Window::default(), &payment(), None, "http://a/pay/t");
        assert!(!html.contains("id=\"pay\""), "{html}");
        let _any = OrderId::from_bytes([1; 16]);
    }
}
