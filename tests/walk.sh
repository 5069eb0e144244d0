#!/bin/sh
# The walk of the README: a member signs up, books a room, pays for it, and gets back in after
# forgetting the password; somebody else meets the taken hour. Then a course, a cancellation, a tour,
# the waiting line, the front desk's day, a pay link for somebody without an account, and a calendar.
#
#   tests/walk.sh BASE_URL [MAIL_AND_PAY_URL]
#
# The second address is where the mailbox and the payment window are; the same, unless told otherwise.
# STAFF_EMAIL and STAFF_PASSWORD are somebody who may see the day; the local stack's operator, unless
# told otherwise. It needs curl and nothing else. It stops at the first surprise and says what came instead.
set -eu

base=${1:-http://127.0.0.1:3000}
outside=${2:-$base}
run=$(date +%s)$$
email="chulsoo.$run@example.kr"
other="younghee.$run@example.kr"
password='Str0ng!pass'
body=$(mktemp)
trap 'rm -f "$body"' EXIT

say() { printf '%s\n' "· $*"; }
fail() { printf '✗ %s\n  %s\n' "$1" "$(cat "$body")" >&2; exit 1; }

# call STATUS METHOD PATH [JSON] - the answer's body lands in $body.
call() {
  want=$1 method=$2 path=$3 json=${4-}
  set -- -sS -o "$body" -w '%{http_code}' -X "$method" "$base$path" -H 'Content-Type: application/json'
  [ -z "${token-}" ] || set -- "$@" -H "Authorization: Bearer $token"
  [ -z "$json" ] || set -- "$@" -d "$json"
  got=$(curl "$@")
  [ "$got" = "$want" ] || fail "$method $path answered $got, not $want"
}

# The first value of a field in $body, text or number.
field() { sed -n "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p" "$body" | head -n 1; }
has() { grep -q "$1" "$body" || fail "the answer lacks $1"; }

# page TICKET STATUS - our own pay page; it lands in $body.
page() {
  got=$(curl -sS -o "$body" -w '%{http_code}' "$base/pay/$1")
  [ "$got" = "$2" ] || fail "the pay page answered $got, not $2"
}

# mail ADDRESS WORD - waits for a mail to the address that holds the word; it lands in $body.
mail() {
  tries=0
  while :; do
    curl -sS "$outside/local/mail?to=$1" > "$body"
    grep -q "$2" "$body" && return
    tries=$((tries + 1))
    [ "$tries" -lt 100 ] || fail "no mail to $1 with $2"
    sleep 0.2
  done
}
# The token of the last link to a page in the mails of $body.
link_token() { grep -o "$1?token=[A-Za-z0-9_-]*" "$body" | tail -n 1 | sed 's/.*token=//'; }

sign_up() {
  call 201 POST /auth/register "{\"email\":\"$1\",\"password\":\"$password\",\"name\":\"$2\"}"
  has "$2"
  mail "$1" verify-email
  verify=$(link_token verify-email)
  call 200 POST /auth/verify-email "{\"token\":\"$verify\",\"password\":\"$password\"}"
}
sign_in() { token=; call 200 POST /auth/login "{\"email\":\"$1\",\"password\":\"$2\"}"; token=$(field token); }

token=
say "register 김철수, follow the mailed link"
sign_up "$email" 김철수

say "login"
sign_in "$email" "$password"
refresh=$(field refresh_token)

say "list rooms"
call 200 GET /rooms
# The first room that costs something: 강의실 A on a fresh local stack.
room=$(tr '{' '\n' < "$body" | grep '강의실 A' | sed -n 's/.*"id":"\([^"]*\)".*/\1/p' | head -n 1)
[ -n "$room" ] || fail "강의실 A is not listed"

# days N - the date N days from now.
days() { date -d "+$1 days" +%F 2>/dev/null || date -v "+${1}d" +%F; }
# is_free ROOM DATE - whether nobody has booked anything of that room and date.
is_free() {
  call 200 GET "/rooms/$1/availability?from=$2"
  grep -q "\"start_time\":\"${2}T09:00:00+09:00\",\"end_time\":\"${2}T22:00:00+09:00\"" "$body"
}

# The first day from ten days on that nobody has booked yet: earlier walks have taken theirs.
ahead=10
while day=$(days "$ahead"); ! is_free "$room" "$day"; do
  ahead=$((ahead + 1))
  [ "$ahead" -lt 300 ] || fail "no day is free"
done
say "availability of 강의실 A: $day is free"

say "book 10:00-12:00"
wish="{\"room_id\":\"$room\",\"start_time\":\"${day}T10:00:00+09:00\",\"end_time\":\"${day}T12:00:00+09:00\",\"title\":\"정기 모임\"}"
call 201 POST /api/bookings "$wish"
has '"status":"held"'
booking=$(field id)

say "make the payment ready: 20,000원 x 2 h, decided by the server"
call 200 POST /payments/ready "{\"booking_id\":\"$booking\"}"
has '"amount":40000'
order=$(field order_id)
checkout=$(field checkout_url)
say "the page at checkout_url shows it to whoever has that address, and a forged one shows nothing"
page "${checkout##*/}" 200
has '40,000원'
page "${checkout##*/}x" 404

say "the customer authenticates in the payment window"
curl -sS "$outside/local/toss/payments" -H 'Content-Type: application/json' -d "{\"orderId\":\"$order\",\"amount\":40000}" > "$body"
key=$(field paymentKey)
[ -n "$key" ] || fail "no paymentKey"

say "a tampered amount is refused, nothing is charged"
call 422 POST /payments/confirm "{\"paymentKey\":\"$key\",\"orderId\":\"$order\",\"amount\":100}"

say "confirm"
call 200 POST /payments/confirm "{\"paymentKey\":\"$key\",\"orderId\":\"$order\",\"amount\":40000}"
has '"status":"DONE"'
say "confirm again: the same answer"
call 200 POST /payments/confirm "{\"payment_key\":\"$key\",\"order_id\":\"$order\",\"amount\":\"40000\"}"
has '"status":"DONE"'

say "the booking is confirmed, the payment can be read, the receipt is in the mailbox"
call 200 GET "/api/bookings/$booking"
has '"status":"confirmed"'
call 200 GET "/payments/$key"
mail "$email" "$order"

say "이영희 wants the same hour: 409 with free alternatives"
token=
sign_up "$other" 이영희
sign_in "$other" "$password"
call 409 POST /api/bookings "$wish"
has '"error_code":"SLOT_TAKEN"'
has '"alternatives":\[{"start_time"'
say "a stranger's booking is not found"
call 404 GET "/api/bookings/$booking"

say "forgot password, reset by the mailed link"
sign_in "$email" "$password"
old=$token
token=
call 200 POST /auth/forgot-password "{\"email\":\"$email\"}"
mail "$email" reset-password
reset=$(link_token reset-password)
call 200 POST /auth/reset-password "{\"token\":\"$reset\",\"new_password\":\"N3w!password\"}"

say "the link works once, the old password and the old session are refused"
call 400 POST /auth/reset-password "{\"token\":\"$reset\",\"new_password\":\"N3w!password2\"}"
call 401 POST /auth/login "{\"email\":\"$email\",\"password\":\"$password\"}"
token=$old
call 401 GET /api/bookings
token=
call 401 POST /auth/refresh "{\"refresh_token\":\"$refresh\"}"
sign_in "$email" 'N3w!password'
call 200 GET /api/bookings
has "$booking"
his=$token
sign_in "$other" "$password"
hers=$token

# From here on 강의실 B, which is free of charge, and a day of which and of the three weeks after nobody has anything.
call 200 GET /rooms
room_b=$(tr '{' '\n' < "$body" | grep '강의실 B' | sed -n 's/.*"id":"\([^"]*\)".*/\1/p' | head -n 1)
[ -n "$room_b" ] || fail "강의실 B is not listed"
while day_b=$(days "$ahead"); ! { is_free "$room_b" "$day_b" && is_free "$room_b" "$(days $((ahead + 7)))" &&
  is_free "$room_b" "$(days $((ahead + 14)))" && is_free "$room_b" "$(days $((ahead + 21)))"; }; do
  ahead=$((ahead + 1))
  [ "$ahead" -lt 300 ] || fail "no four weeks are free"
done
# hours DATE - six to seven in the evening of 강의실 B, by its own clock.
hours() { printf '"room_id":"%s","start_time":"%sT18:00","end_time":"%sT19:00"' "$room_b" "$1" "$1"; }

say "a course of four weeks from $day_b on: the second week is taken and left out"
token=$hers
call 201 POST /api/bookings "{$(hours "$(days $((ahead + 7)))"),\"title\":\"상담\"}"
has '"status":"confirmed"'
token=$his
repeat='"repeat":{"frequency":"weekly","count":4}'
call 409 POST /api/series "{$(hours "$day_b"),\"title\":\"한국어 초급\",$repeat}"
has '"error_code":"SLOT_TAKEN"'
call 201 POST /api/series "{$(hours "$day_b"),\"title\":\"한국어 초급\",$repeat,\"on_conflict\":\"skip\"}"
has '"status":"confirmed"'
has "\"skipped\":\[{[^]]*\"start_time\":\"$(days $((ahead + 7)))T18:00:00+09:00\""
has '"code":"taken"'
course=$(sed 's/.*"data":{"id":"\([^"]*\)".*/\1/' "$body")

say "the paid booking is cancelled: what comes back is told before, recorded, and mailed"
call 200 POST "/api/bookings/$booking/cancel-preview"
has '"possible":true'
has '"refund_amount":40000'
has '"rule":"free_until"'
call 200 DELETE "/api/bookings/$booking" '{"reason":"일정 변경"}'
has '"status":"cancelled"'
has '"refund_amount":40000'
call 200 DELETE "/api/bookings/$booking" '{"reason":"일정 변경"}'
is_free "$room" "$day" || fail "its hours are not free again"
mail "$email" '예약이 취소되었습니다'
has '40000 KRW'

say "two adults and an infant take two seats of the tour at nine"
call 200 GET /tours
tour=$(tr '{' '\n' < "$body" | grep '시티투어' | sed -n 's/.*"id":"\([^"]*\)".*/\1/p' | head -n 1)
[ -n "$tour" ] || fail "괌 시티투어 is not listed"
# seats_left TIME - of a departure in $body.
seats_left() { tr '{' '\n' < "$body" | sed -n "s/.*\"time\":\"$1\",\"seats_left\":\([0-9]*\).*/\1/p"; }
call 200 GET "/tours/$tour/departures?from=$day_b&to=$day_b"
before=$(seats_left 09:00)
call 201 POST /api/bookings "{\"tour_id\":\"$tour\",\"usage_date\":\"$day_b\",\"usage_time\":\"09:00\",\"people_adult\":2,\"people_infant\":1,\"title\":\"가족 여행\"}"
has '"status":"held"'
has '"amount":100,"currency":"USD"'
call 200 GET "/tours/$tour/departures?from=$day_b&to=$day_b"
[ "$(seats_left 09:00)" = $((before - 2)) ] || fail "not two seats of $before were taken"

say "이영희 waits for the course's first evening; when it comes free, who walks in is refused and she is offered it"
token=$hers
call 201 POST /api/waitlist "{$(hours "$day_b"),\"title\":\"스터디\"}"
has '"status":"waiting"'
wait=$(field id)
call 409 POST /api/waitlist "{$(hours "$day_b"),\"title\":\"스터디\"}"
has '"error_code":"ALREADY_WAITING"'
token=$his
call 200 DELETE "/api/bookings/$course"
call 409 POST /api/bookings "{$(hours "$day_b"),\"title\":\"다시\"}"
has '"error_code":"SLOT_TAKEN"'
token=$hers
tries=0
while call 200 GET "/api/waitlist?page_size=1"; ! grep -q '"status":"offered"' "$body"; do
  has "$wait"
  tries=$((tries + 1))
  [ "$tries" -lt 200 ] || fail "nothing was offered"
  sleep 0.5
done
offer=$(field booking_id)
call 200 GET "/api/bookings/$offer"
has '"status":"held"'
mail "$other" '기다리시던 자리가 났습니다'
call 200 POST "/api/bookings/$offer/confirm"
has '"status":"confirmed"'

say "the front desk sees the day"
token=
sign_in "${STAFF_EMAIL:-operator@maru.local}" "${STAFF_PASSWORD:-Maru!2026}"
call 200 GET "/api/day?date=$day_b"
has "$offer"
has '"name":"이영희"'
has '"name":"괌 시티투어"'

say "somebody without an account booked by phone, and pays by a link"
call 201 POST /api/bookings "{\"room_id\":\"$room\",\"start_time\":\"${day}T14:00:00+09:00\",\"end_time\":\"${day}T15:00:00+09:00\",\"title\":\"전화 예약\",\"contact\":{\"name\":\"홍길동\",\"phone\":\"010-1234-5678\"},\"confirm\":true}"
phoned=$(field id)
call 201 POST /payments/links "{\"booking_id\":\"$phoned\"}"
link=$(field url)
link=${link##*/}
page "$link" 200
has '20,000원'
order=$(sed -n 's/.*[?;]orderId=\([0-9a-f-]*\).*/\1/p' "$body" | head -n 1)
curl -sS "$outside/local/toss/payments" -H 'Content-Type: application/json' -d "{\"orderId\":\"$order\",\"amount\":20000}" > "$body"
key=$(field paymentKey)
[ -n "$key" ] || fail "no paymentKey"
for _ in once again; do
  got=$(curl -sS -o "$body" -w '%{http_code}' "$base/pay/$link/confirm" -d "paymentKey=$key&orderId=$order&amount=20000")
  [ "$got" = 303 ] || fail "the page's confirm answered $got, not 303"
done
page "$link" 200
has '결제 완료'

say "a calendar subscribes to his bookings, until he ends the address"
token=$his
call 403 GET "/api/day?date=$day_b"
call 201 POST /api/feeds '{"name":"내 폰"}'
feed=$(field id)
calendar=$(field path)
token=
call 200 GET "$calendar"
has 'BEGIN:VCALENDAR'
has "UID:$booking@maru"
has 'STATUS:CANCELLED'
token=$his
call 200 DELETE "/api/feeds/$feed"
token=
call 404 GET "$calendar"

printf '✓ the walk is done\n'
