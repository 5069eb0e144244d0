#!/bin/sh
# Prints a browser the pay page can be tried in: one that is there, or one of the distribution's packages.
# Fails where there is none and none can be installed.
set -eu

find_one() {
  for name in google-chrome google-chrome-stable chromium chromium-browser; do
    command -v "$name" && return
  done
  return 1
}

find_one && exit
command -v apt-get > /dev/null || exit 1
as_root=
[ "$(id -u)" = 0 ] || as_root='sudo -n'
{ $as_root apt-get update -qq && DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends chromium; } >&2 || exit 1
find_one
