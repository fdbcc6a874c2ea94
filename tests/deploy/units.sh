#!/bin/bash
# The systemd units started as services, by a systemd that is process 1 of namespaces of its own: `make units`, as root.
# Debian's python3.11, postgresql and systemd. Folders that the units use (/srv, /etc, /var/lib, /var/cache, /var/backups, /run)
# are put in memory for it alone: nothing of the host changes, and nothing is left. Ends with 0 when every line said yes.
set -euo pipefail
HERE=$(cd "$(dirname "$0")/../.." && pwd)
PORT=${UNITS_PORT:-8977}

inside() { # becomes process 1 of the namespace
  mount --make-rprivate /
  local etc; etc=$(mktemp -d)
  mount -t tmpfs tmpfs "$etc"; cp -a /etc/. "$etc"; mount --move "$etc" /etc
  for each in /run /srv /tmp /var/tmp /var/lib /var/cache /var/backups /var/log; do mount -t tmpfs -o mode=755 tmpfs "$each"; done
  chmod 1777 /tmp /var/tmp
  mkdir -p /run/systemd/system /run/lock /srv/guichet /etc/guichet /var/lib/systemd
  install -d -o postgres -g postgres /run/postgresql /var/lib/postgresql

  groupadd guichet-all
  for each in guichet guichet-delivery; do useradd -r -d /nonexistent -s /usr/sbin/nologin -G guichet-all "$each"; done
  git -C "$HERE" -c safe.directory="*" archive HEAD | tar -x -C /srv/guichet
  cd /srv/guichet
  /usr/bin/python3.11 -m venv .venv 2>/dev/null || "$HERE/.venv/bin/python" -m virtualenv -q -p /usr/bin/python3.11 .venv
  .venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
  chmod -R a+rX /srv/guichet

  # The database knows both users of the system under one name (pg_ident.conf, deploy/README.md).
  local bin; bin=$(ls -d /usr/lib/postgresql/*/bin | tail -1)
  setpriv --reuid postgres --regid postgres --clear-groups "$bin/initdb" -D /var/lib/postgresql/one -A peer >/dev/null
  sed -i '1i local guichet guichet peer map=guichet' /var/lib/postgresql/one/pg_hba.conf
  printf 'guichet guichet guichet\nguichet guichet-delivery guichet\n' >>/var/lib/postgresql/one/pg_ident.conf
  setpriv --reuid postgres --regid postgres --clear-groups "$bin/pg_ctl" -s -w -D /var/lib/postgresql/one -l /dev/null \
    -o "-c listen_addresses= -c unix_socket_directories=/run/postgresql" start
  setpriv --reuid postgres --regid postgres --clear-groups psql -qh /run/postgresql -c "create role guichet login" -c "create database guichet owner guichet"

  # As deploy/README.md says, from nothing.
  install -d -o guichet -g guichet-all -m 770 /var/lib/guichet-files
  install -d -o guichet-delivery -m 700 /var/backups/guichet
  local keys; keys=$(GUICHET_DATA=/run/keys .venv/bin/flask --app wsgi new-key)
  install -m 600 /dev/null /etc/guichet/opening-keys
  sed -n 's/^GUICHET_OPENING_KEYS=//p' <<<"$keys" | tr -d '\n' >/etc/guichet/opening-keys
  sed -e "s|^GUICHET_SECRET_KEY=.*|GUICHET_SECRET_KEY=$(openssl rand -hex 24)|" -e "s|^GUICHET_LOOKUP_KEY=.*|GUICHET_LOOKUP_KEY=$(openssl rand -hex 24)|" \
    -e "s|^GUICHET_SEALING_KEY=.*|$(grep ^GUICHET_SEALING_KEY <<<"$keys")|" -e "s|^GUICHET_DESTINATION=.*|GUICHET_DESTINATION=maildir|" \
    deploy/systemd/common.env.example >/etc/guichet/common.env
  echo "PORT=$PORT" >>/etc/guichet/common.env
  chgrp guichet-all /etc/guichet/common.env; chmod 640 /etc/guichet/common.env
  cp deploy/systemd/*.service deploy/systemd/*.timer /run/systemd/system/

  # Of a whole system nothing else is started here: least of all what sets up or tidies a host (its /tmp, its sysctls).
  rm -rf /etc/systemd/system/*.wants
  for each in /usr/lib/systemd/system/*.target.wants; do mount -t tmpfs tmpfs "$each"; done
  for each in nothing sysinit basic network-online timers; do
    printf '[Unit]\nDefaultDependencies=no\n' >"/run/systemd/system/$each.target"
  done
  mount --make-rshared /
  exec env -i PATH="$PATH" container=other /lib/systemd/systemd --system --unit=nothing.target --show-status=no --log-target=null
}
[ "${1:-}" = inside ] && inside

[ "$(id -u)" = 0 ] || { echo "Run it as root: it makes namespaces."; exit 2; }
log=$(mktemp)
unshare --fork --kill-child --pid --mount --uts --ipc --mount-proc "$0" inside >"$log" 2>&1 &
outer=$!
trap 'kill -9 $outer 2>/dev/null; wait $outer 2>/dev/null; rm -f "$log"' EXIT
failed=0

one() { pgrep -P "$outer" | head -1; }
within() { nsenter -t "$(one)" -m -p "$@"; }
yes() { # what, command…
  local what=$1; shift
  if "$@" >>"$log" 2>&1; then echo "yes  $what"; else echo "NO   $what"; failed=1; fi
}
page() { curl -sf -o /dev/null -H 'Host: contact.bank.example' -H 'X-Forwarded-Proto: https' -H 'X-Forwarded-For: 192.0.2.7' "http://127.0.0.1:$PORT$1"; }
later() { for _ in $(seq 60); do "$@" >/dev/null 2>&1 && return; sleep 0.5; done; return 1; }
both() { within systemctl -q is-active guichet-web && within systemctl -q is-active guichet-delivery; }
delivered() { within sh -c 'grep -qr "Content-Disposition: attachment" /var/lib/guichet-delivery/mail/new'; }
cannot() { ! within "$@"; }
backed_up() { within sh -c 'test -s /var/backups/guichet/*/manifest.json -a -s /var/backups/guichet/*/database.pgdump'; }

ready() { [ -n "$(one)" ] && within test -S /run/systemd/private -a -e /run/systemd/system/nothing.target; }
for _ in $(seq 300); do
  ready && break
  sleep 1
  kill -0 "$outer" 2>/dev/null || { cat "$log"; exit 1; }
done
yes "tables and content for both users" within systemctl start guichet-publish@guichet guichet-publish@guichet-delivery
yes "both services started" within systemctl start guichet-web guichet-delivery
yes "the home page" later page /
yes "a search" page "/recherche?q=carte+vol%C3%A9e"
yes "a request with a picture and a PDF, examined under the unit's own restrictions" "$HERE/.venv/bin/python" -m tests.deploy.one_request "http://127.0.0.1:$PORT"
yes "its letter, with the files: opened with a key that root hands to the worker's unit alone" later delivered
yes "the web server's user cannot read that key" cannot setpriv --reuid guichet --regid guichet --clear-groups cat /etc/guichet/opening-keys
for turn in 1 2 3; do
  within systemctl kill -s KILL --kill-who=main guichet-web || true
  within systemctl kill -s KILL --kill-who=all guichet-delivery || true
  sleep 1
  yes "killed and back, $turn" later both
  yes "and answering" later page /
done
yes "reloaded" within systemctl reload guichet-web
yes "still answering" later page /
yes "a backup beside everything" within systemctl start guichet-backup
yes "which is there" backed_up
yes "the timer of backups" within systemctl start guichet-backup.timer
yes "stopped" within systemctl stop guichet-web guichet-delivery
[ "$failed" = 0 ] || grep -v "^WARNING: Location" "$log"
[ "$failed" = 0 ] || within journalctl --no-pager -o cat -u 'guichet-*' -n 40
exit "$failed"
