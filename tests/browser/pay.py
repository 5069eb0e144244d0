"""The pay page in a real browser on a phone's screen: pays, is declined and tries again, pays without scripts.

    pay.py BASE_URL BROWSER

BASE_URL is a local stack of this machine (`cargo local --memory`), BROWSER a Chromium's executable. At each page:
nothing in the console, nothing from elsewhere, nothing wider than the screen, nothing too small to press.
"""

from __future__ import annotations

import json
import sys
import urllib.request
from datetime import date, timedelta
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

PHONE = {"width": 390, "height": 844}
# What a thumb hits without looking, in CSS pixels.
LEAST = 44


class Customer:
    """A signed-in member of the local stack, who books what is to be paid."""

    def __init__(self, base: str) -> None:
        self.base, self.token = base, ""
        signed_in = self.call("/auth/login", {"email": "member1@maru.local", "password": "Maru!2026"})
        self.token = signed_in["token"]
        rooms = self.call("/rooms")["data"]
        self.room = next(room["id"] for room in rooms if room["name"] == "강의실 A")
        self.day = date.today() + timedelta(days=10)

    def call(self, path: str, body: dict | None = None) -> dict:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"}
        if not self.token:
            del headers["Authorization"]
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def checkout(self, title: str) -> str:
        """Books two hours of another day and makes them ready; answers where they are paid."""
        self.day += timedelta(days=1)
        booking = self.call("/api/bookings", {
            "room_id": self.room, "title": title,
            "start_time": f"{self.day}T10:00:00+09:00", "end_time": f"{self.day}T12:00:00+09:00"})
        return self.call("/payments/ready", {"booking_id": booking["data"]["id"]})["checkout_url"]


class Phone:
    """A browser as a customer holds it, and what is wrong with the pages it showed."""

    def __init__(self, browser: Browser, base: str, scheme: str, scripts: bool = True) -> None:
        self.context = browser.new_context(
            viewport=PHONE, device_scale_factor=2, is_mobile=True, has_touch=True, locale="ko-KR",
            color_scheme=scheme, java_script_enabled=scripts)
        self.base, self.scripts = base, scripts
        self.page: Page = self.context.new_page()
        self.faults: list[str] = []
        self.page.on("console", lambda said: self.faults.append(f"console {said.type}: {said.text}")
                     if said.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        self.page.on("request", self.asked)

    def asked(self, request) -> None:
        if not request.url.startswith((self.base, "data:")):
            self.faults.append(f"asked elsewhere: {request.url}")

    def look(self, title: str) -> None:
        """The page with this title is there, and fits."""
        expect(self.page.locator("h1")).to_contain_text(title)
        # Without scripts nothing can be measured either.
        if self.scripts:
            width, shown = self.page.evaluate(
                "[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
            if width > shown:
                self.faults.append(f"{title}: scrolls sideways, {width} of {shown}")
            for button in self.page.locator(".button:visible, label:visible").all():
                box = button.bounding_box()
                if box and box["height"] < LEAST:
                    self.faults.append(f"{title}: {button.inner_text()!r} is {box['height']} high")
        if self.faults:
            sys.exit(f"✗ {title}\n  " + "\n  ".join(self.faults))

    def press(self, text: str) -> None:
        self.page.get_by_role("button", name=text).or_(self.page.get_by_role("link", name=text)).first.click()

    def close(self) -> None:
        self.context.close()


def pay(phone: Phone, url: str) -> None:
    """Opens the page, pays, and cannot be made to pay again by reloading or going back."""
    phone.page.goto(url)
    phone.look("결제하기")
    expect(phone.page.locator("main")).to_contain_text("40,000원")
    phone.press("결제하기")
    phone.look("결제하기")
    expect(phone.page.locator("main")).to_contain_text("연습용 결제창")
    phone.press("결제하기")
    phone.look("결제 완료")
    if phone.page.url != url:
        sys.exit(f"✗ landed on {phone.page.url}, not on {url}")
    phone.page.reload()
    phone.look("결제 완료")
    phone.page.go_back()
    phone.page.goto(url)
    phone.look("결제 완료")


def decline_then_pay(phone: Phone, url: str) -> None:
    """Is declined in the window, is told so, and pays with another order."""
    phone.page.goto(url)
    phone.press("결제하기")
    phone.press("카드 거절")
    phone.look("결제되지 않았습니다")
    expect(phone.page.locator("#failure")).to_contain_text("REJECT_CARD_COMPANY")
    phone.press("다시 결제하기")
    phone.look("결제하기")
    phone.press("결제하기")
    phone.press("결제하기")
    phone.look("결제 완료")
    phone.page.goto(url)
    phone.look("결제 완료")


def pay_without_scripts(phone: Phone, url: str) -> None:
    """Pays with nothing but links and forms."""
    phone.page.goto(url)
    phone.look("결제하기")
    phone.press("결제하기")
    phone.press("결제하기")
    phone.look("결제 중")
    phone.press("결제 마치기")
    phone.look("결제 완료")


# Stands in for the provider's kit: keeps what it is called with, and refuses once.
KIT = """
window.TossPayments = key => ({payment: whom => ({requestPayment: async wish => {
  (window.calls ??= []).push({key, ...whom, ...wish});
  if (window.calls.length === 1) throw new Error('고객이 결제를 취소했습니다.');
}})});
window.TossPayments.ANONYMOUS = 'ANONYMOUS';
"""
BUTTON = """<!doctype html><meta charset="utf-8"><h1>시험</h1><input type="radio" name="method" value="TRANSFER" checked>
<p id="said" data-unloaded="열 수 없습니다"></p><button id="pay" type="button" hidden data-client-key="test_ck_x" data-order-id="o-1"
data-amount="40000" data-currency="KRW" data-order-name="모임 &amp; 회의" data-customer-key="">결제하기</button><script>%s</script>"""


def kit(phone: Phone, base: str) -> None:
    """Our script asks the provider's kit for the right payment. The kit itself is nowhere on this machine."""
    script = Path(__file__).parents[2] / "shared/features/payments/src/http/page/script.js"
    html = BUTTON % script.read_text(encoding="utf-8")
    phone.page.route("**/pay/ticket", lambda route: route.fulfill(body=html, content_type="text/html; charset=utf-8"))
    phone.page.goto(f"{base}/pay/ticket")
    phone.press("결제하기")
    expect(phone.page.locator("#said")).to_have_text("열 수 없습니다")
    phone.page.evaluate(KIT)
    phone.press("결제하기")
    expect(phone.page.locator("#said")).to_have_text("고객이 결제를 취소했습니다.")
    phone.press("결제하기")
    expect(phone.page.locator("#said")).to_have_text("")
    expect(phone.page.locator("#pay")).to_be_disabled()
    asked = phone.page.evaluate("window.calls[1]")
    wanted = {
        "key": "test_ck_x", "customerKey": "ANONYMOUS", "method": "TRANSFER", "orderId": "o-1",
        "orderName": "모임 & 회의", "amount": {"currency": "KRW", "value": 40000}, "windowTarget": "self",
        "successUrl": f"{base}/pay/ticket/success", "failUrl": f"{base}/pay/ticket/fail"}
    if asked != wanted:
        sys.exit(f"✗ the kit was asked for {asked}")


def main(base: str, executable: str) -> None:
    customer = Customer(base)
    with sync_playwright() as playwright:
        # In a container there is no user who could make a sandbox.
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        long = "가나다라마바사아자차카타파하" * 6 + "W" * 16
        for scheme, title, does in [
            ("light", "정기 모임", pay), ("dark", long, pay), ("light", long, decline_then_pay),
        ]:
            phone = Phone(browser, base, scheme)
            does(phone, customer.checkout(title))
            phone.close()
            print(f"· {does.__name__.replace('_', ' ')}, {scheme}")
        phone = Phone(browser, base, "light", scripts=False)
        pay_without_scripts(phone, customer.checkout("정기 모임"))
        print("· pay without scripts")
        phone.page.goto(f"{base}/pay/{'A' * 50}")
        phone.faults.clear()  # The browser itself says in the console that this is a 404.
        phone.look("결제 링크를 찾을 수 없습니다")
        print("· a forged link")
        kit(Phone(browser, base, "light"), base)
        print("· the provider's kit is asked for the right payment")
        browser.close()
    print("✓ the pay page works")


if __name__ == "__main__":
    main(*sys.argv[1:])
