#!/bin/sh
# The walk of the README: a member signs up, books a room, pays for it, and gets back in after
# forgetting the password; somebody else meets the taken hour.
#
#   tests/walk.sh BASE_URL [MAIL_AND_PAY_URL]
#
# The second address is where the mailbox and the payment window are; the same, unless told otherwise.
# It needs curl and nothing else. It stops at the first surprise and says what came instead.
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

# The first day from ten days on that nobody has booked yet: earlier walks have taken theirs.
ahead=10
while :; do
  day=$(date -d "+$ahead days" +%F 2>/dev/null || date -v "+${ahead}d" +%F)
  call 200 GET "/rooms/$room/availability?from=$day"
  grep -q "\"start_time\":\"${day}T09:00:00+09:00\",\"end_time\":\"${day}T22:00:00+09:00\"" "$body" && break
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

printf '✓ the walk is done\n'
