#!/bin/sh
# The walk on a stack fresh from the template: the owner signs up by the mailed link, makes the first
# rooms and a tour, and the customers of tests/walk.sh come. Run by deploy.py, which sets BASE_URL and FAKES_URL.
set -eu

here=$(dirname "$0")
owner=owner@example.kr
password='0wner!Pass'

post() { curl -sSf "$BASE_URL$1" -H 'Content-Type: application/json' ${token:+-H "Authorization: Bearer $token"} -d "$2"; }

token=
post /auth/register "{\"email\":\"$owner\",\"password\":\"$password\",\"name\":\"한대표\"}" > /dev/null
link=
tries=0
while [ -z "$link" ] && [ "$tries" -lt 100 ]; do
  link=$(curl -sSf "$FAKES_URL/local/mail?to=$owner" | grep -o 'verify-email?token=[A-Za-z0-9_-]*' | tail -n 1 | sed 's/.*token=//' || true)
  tries=$((tries + 1))
  [ -n "$link" ] || sleep 0.2
done
[ -n "$link" ] || { echo "✗ no verification mail to the owner" >&2; exit 1; }
post /auth/verify-email "{\"token\":\"$link\",\"password\":\"$password\"}" > /dev/null
signed_in=$(post /auth/login "{\"email\":\"$owner\",\"password\":\"$password\"}")
case $signed_in in *'"role":"owner"'*) ;; *) echo "✗ not the owner: $signed_in" >&2; exit 1 ;; esac
token=$(printf '%s' "$signed_in" | sed -n 's/.*"token":"\([^"]*\)".*/\1/p')
post /rooms '{"name":"강의실 A","capacity":20,"hourly_rate":20000}' > /dev/null
post /rooms '{"name":"강의실 B","capacity":8,"hourly_rate":0}' > /dev/null
post /tours '{"name":"괌 시티투어","currency":"USD","prices":{"adult":50,"child":30,"infant":0},"duration_minutes":180,
  "zone":"Pacific/Guam","timetable":[{"time":"09:00","seats":20},{"time":"14:00","seats":20}]}' > /dev/null
echo "· the owner signed up and made two rooms and a tour"

# A customer of Kakao comes, tells about himself, and leaves; the webhook with a wrong key is refused.
token=
code=$(curl -sSf "$FAKES_URL/local/kakao/code" -H 'Content-Type: application/json' \
  -d "{\"id\":4000000001,\"nickname\":\"민아\",\"redirect_uri\":\"$FAKES_URL/local/app/kakao\"}" | sed -n 's/.*"code":"\([^"]*\)".*/\1/p')
came=$(post /login/kakao "{\"code\":\"$code\"}")
case $came in *비회원*) ;; *) echo "✗ not a new person of Kakao: $came" >&2; exit 1 ;; esac
token=$(printf '%s' "$came" | sed -n 's/.*"jwt":"\([^"]*\)".*/\1/p')
told=$(post /submit '{"username":"김민아","birthDate":"19900214","birthTime":"1430","calendar":"solar","ampm":"","userphonenumber":"010-1234-5678","gender":"여"}')
case $told in *'"status":"success"'*) ;; *) echo "✗ not complete: $told" >&2; exit 1 ;; esac
curl -sSf -X DELETE "$BASE_URL/me" -H "Authorization: Bearer $token" > /dev/null
status=$(curl -sS -o /dev/null -w '%{http_code}' "$BASE_URL/me" -H "Authorization: Bearer $token")
[ "$status" = 401 ] || { echo "✗ still signed in after leaving: $status" >&2; exit 1; }
status=$(curl -sS -o /dev/null -w '%{http_code}' "$BASE_URL/webhooks/kakao/unlink" -H 'Authorization: KakaoAK wrong' -d user_id=4000000001)
[ "$status" = 401 ] || { echo "✗ a webhook with a wrong key: $status" >&2; exit 1; }
echo "· somebody came by Kakao and left"

STAFF_EMAIL=$owner STAFF_PASSWORD=$password "$here/../walk.sh" "$BASE_URL" "$FAKES_URL"
