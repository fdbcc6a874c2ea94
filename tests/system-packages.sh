#!/bin/sh
# Install, with Debian's apt, those of the named tools that this machine lacks:
#   chromium, firefox  browser tests         postgresql  the second database
#   nginx, systemd  what deploy/ gives       strace  the fsync test
#   clamd     the antivirus of files
#   node      axe-core, Lighthouse           wrk  load for the benchmarks
#   request-tracker  the helpdesk of the delivery tests (268 packages, about a minute)
#   dovecot   the IMAP server of the tests that read a mailbox
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
    request-tracker) [ -x /usr/share/request-tracker5/libexec/rt-server ] && command -v starman >/dev/null 2>&1 ||
      missing="$missing request-tracker5 rt5-db-sqlite rt5-standalone starman" ;;
    dovecot) [ -x /usr/sbin/dovecot ] || missing="$missing dovecot-imapd" ;;
    clamd) [ -x /usr/sbin/clamd ] || missing="$missing clamav-daemon" ;;
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
# RT's package asks for the database it shall make; the tests copy it and never use Debian's own.
if echo "$missing" | grep -q request-tracker5; then
  $run apt-get install -y -qq --no-install-recommends debconf-utils >/dev/null
  $run debconf-set-selections "$(dirname "$0")/request-tracker.preseed"
fi
# No server that comes with a package starts by itself: the tests start their own, on a port of their own.
if [ ! -e /usr/sbin/policy-rc.d ]; then
  printf '#!/bin/sh\nexit 101\n' | $run tee /usr/sbin/policy-rc.d >/dev/null
  $run chmod +x /usr/sbin/policy-rc.d
  trap '$run rm -f /usr/sbin/policy-rc.d' EXIT
fi
# shellcheck disable=SC2086
$run apt-get install -y -qq --no-install-recommends $missing >/dev/null
