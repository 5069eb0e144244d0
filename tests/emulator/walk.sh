#!/bin/sh
# The walk on a stack fresh from the template: the owner signs up by the mailed link, makes the first
# room, and the customers of tests/walk.sh come. Run by deploy.py, which sets BASE_URL and FAKES_URL.
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
post /auth/verify-email "{\"token\":\"$link\"}" > /dev/null
signed_in=$(post /auth/login "{\"email\":\"$owner\",\"password\":\"$password\"}")
case $signed_in in *'"role":"owner"'*) ;; *) echo "✗ not the owner: $signed_in" >&2; exit 1 ;; esac
token=$(printf '%s' "$signed_in" | sed -n 's/.*"token":"\([^"]*\)".*/\1/p')
post /rooms '{"name":"강의실 A","capacity":20,"hourly_rate":20000}' > /dev/null
echo "· the owner signed up and made 강의실 A"

"$here/../walk.sh" "$BASE_URL" "$FAKES_URL"
