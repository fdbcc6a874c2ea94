#!/bin/sh
# Install, with Debian's apt, those of the named tools that this machine lacks:
#   chromium, firefox  browser tests         postgresql  the second database
#   nginx, systemd  what deploy/ gives       strace  the fsync test
#   node      axe-core, Lighthouse           wrk  load for the benchmarks
# Without root (or sudo) it says what to install and stops.
set -eu
missing=""
for tool in "$@"; do
  case "$tool" in
    chromium) [ -x /usr/bin/chromium ] || missing="$missing chromium fonts-dejavu-core" ;;
    firefox) [ -x /usr/bin/firefox-esr ] || missing="$missing firefox-esr" ;;
    postgresql) ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql" ;;
    systemd) command -v systemd-analyze >/dev/null 2>&1 || missing="$missing systemd" ;;
    nginx) [ -x /usr/sbin/nginx ] || missing="$missing nginx-light" ;;
    node) command -v npm >/dev/null 2>&1 || missing="$missing nodejs npm" ;;
    *) command -v "$tool" >/dev/null 2>&1 || missing="$missing $tool" ;;
  esac
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" -eq 0 ]; then
  run=""
elif command -v sudo >/dev/null 2>&1; then
  run="sudo"
else
  echo "Please install:$missing (needs root)." >&2
  exit 1
fi
echo "Installing Debian packages:$missing"
export DEBIAN_FRONTEND=noninteractive
$run apt-get update -qq
# Debian's PostgreSQL would start a cluster of its own; the tests start theirs in a folder they delete.
if [ ! -e /etc/postgresql-common/createcluster.conf ] && echo "$missing" | grep -q postgresql; then
  $run mkdir -p /etc/postgresql-common
  echo "create_main_cluster = false" | $run tee /etc/postgresql-common/createcluster.conf >/dev/null
fi
# shellcheck disable=SC2086
$run apt-get install -y -qq --no-install-recommends $missing >/dev/null
