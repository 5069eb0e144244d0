//! The pay page: plain HTML a person can use with one thumb. Korean first, English second, no script.

use super::object::METHODS;
use crate::fakes::page::{document, escape};

/// What the page shows and sends back when a button is pressed.
pub(super) struct PayPage<'a> {
    pub order_id: &'a str,
    pub order_name: &'a str,
    pub amount: i64,
    pub success_url: &'a str,
    pub fail_url: &'a str,
}

const STYLE: &str = "
:root{color-scheme:light dark;--ink:#191f28;--soft:#6b7684;--line:#e5e8eb;--paper:#fff;--ground:#f2f4f6;--main:#3182f6}
@media(prefers-color-scheme:dark){:root{--ink:#f2f4f6;--soft:#9aa4b1;--line:#3a424d;--paper:#20262e;--ground:#14181d}}
.amount{margin:16px 0;font-size:30px;font-weight:700}
.soft,.name{overflow-wrap:anywhere}
button.main{color:#fff}
";

impl PayPage<'_> {
    pub(super) fn render(&self) -> String {
        let methods = METHODS
            .iter()
            .zip(["Card", "Bank transfer", "Easy pay", "Virtual account"])
            .enumerate()
            .map(|(at, ((word, korean), english))| {
                let checked = if at == 0 { " checked" } else { "" };
                format!(
                    "<label><input type=\"radio\" name=\"method\" value=\"{word}\"{checked}> \
                     <span>{korean} <small>{english}</small></span></label>\n"
                )
            })
            .collect::<Vec<_>>()
            .concat();
        let hidden = [
            ("orderId", self.order_id),
            ("orderName", self.order_name),
            ("amount", &self.amount.to_string()),
            ("successUrl", self.success_url),
            ("failUrl", self.fail_url),
        ]
        .iter()
        .map(|(name, value)| format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">\n", escape(value)))
        .collect::<Vec<_>>()
        .concat();
        let main = format!(
            "<h1>결제하기 <small>Pay</small></h1>\n\
             <p class=\"soft\">연습용 결제창입니다. 돈은 나가지 않습니다.<br>A practice window. No money moves.</p>\n\
             <p class=\"name\">{name}<br><small>주문번호 Order: {order}</small></p>\n\
             <p class=\"amount\">{amount}원 <small>KRW</small></p>\n\
             <form method=\"post\" action=\"/local/toss/pay\">\n{hidden}\
             <fieldset><legend>결제수단 <small>Pay with</small></legend>\n{methods}</fieldset>\n\
             <button class=\"main\" name=\"action\" value=\"pay\">결제하기 <small>Pay</small></button>\n\
             <button name=\"action\" value=\"decline\">카드 거절 <small>Card declined</small></button>\n\
             <button name=\"action\" value=\"cancel\">취소 <small>Cancel</small></button>\n</form>",
            name = escape(self.order_name),
            order = escape(self.order_id),
            amount = with_commas(self.amount),
        );
        document("결제하기 · Pay", STYLE, &main)
    }
}

/// The page for a link or form that cannot be used; `faults` says why, one line each.
pub(super) fn refusal_page(faults: &[String]) -> String {
    let faults =
        faults.iter().map(|fault| format!("<li>{}</li>\n", escape(fault))).collect::<Vec<_>>().concat();
    document(
        "결제창을 열 수 없습니다 · Cannot open",
        STYLE,
        &format!(
            "<h1>결제창을 열 수 없습니다</h1>\n<p class=\"soft\">The pay page cannot be opened.</p>\n<ul>\n{faults}</ul>"
        ),
    )
}

fn with_commas(amount: i64) -> String {
    let digits = amount.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_on_the_page_is_escaped() {
        let nasty = "\"'><script>alert(1)</script>&";
        let page =
            PayPage { order_id: nasty, order_name: nasty, amount: 1, success_url: nasty, fail_url: nasty }
                .render();
        assert!(!page.contains("<script") && !page.contains("\"'>"));
        assert_eq!(page.matches("&quot;&#39;&gt;&lt;script&gt;").count(), 6);
        assert!(!refusal_page(&[nasty.to_owned()]).contains("<script"));
    }

    #[test]
    fn amounts_are_grouped_by_thousands() {
        for (amount, shown) in [(1, "1"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(with_commas(amount), shown);
        }
    }
}
