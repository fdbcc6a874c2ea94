"""A real Request Tracker 5 (Debian's package) for the tests: a private copy of its database, on a port of its own.

One start per session, about four seconds. ``tests/system-packages.sh request-tracker`` installs it (in `make test`).
"""

import base64
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

_PROGRAM = Path("/usr/share/request-tracker5/libexec/rt-server")
_PRISTINE = Path("/var/lib/dbconfig-common/sqlite3/request-tracker5/rtdb")
_SITE = r"""
Set($rtname,'localtest'); Set($Organization,'localhost');
Set($CorrespondAddress,'support\@localhost'); Set($CommentAddress,'comment\@localhost');
Set($WebPath,''); Set($WebDomain,'127.0.0.1'); Set($WebPort,%(port)s); Set($WebBaseURL,'http://127.0.0.1:%(port)s');
Set($DatabaseType,'SQLite'); Set($DatabaseName,'%(folder)s/rtdb');
Set($LogToSyslog,undef); Set($LogToSTDERR,'error'); Set($MailCommand,'testfile');
1;
"""
# Two queues, three fields on the first; a service user with the rights that docs/destinations.md names; an agent.
_SET_UP = r"""
use strict; use warnings; use lib '/usr/share/request-tracker5/lib'; use RT;
RT::LoadConfig(); RT::Init();
my %rights = (
  guichet => [qw(CreateTicket SeeQueue ShowTicket ReplyToTicket
                 SeeCustomField ModifyCustomField SetInitialCustomField)],
  camille => [qw(SeeQueue ShowTicket ShowTicketComments ReplyToTicket CommentOnTicket ModifyTicket SeeCustomField)],
);
my @queues = map { my $q = RT::Queue->new(RT->SystemUser); $q->Create(Name => $_); $q } qw(Contact Plaintes);
for my $name (qw(Reference Nature Theme)) {
  my $field = RT::CustomField->new(RT->SystemUser);
  $field->Create(Name => $name, Type => 'FreeformSingle', LookupType => 'RT::Queue-RT::Ticket');
  $field->AddToObject($queues[0]);
}
for my $name (sort keys %rights) {
  my $user = RT::User->new(RT->SystemUser);
  $user->Create(Name => $name, EmailAddress => "$name\@bank.example", Privileged => 1);
  for my $queue (@queues) { $user->PrincipalObj->GrantRight(Right => $_, Object => $queue) for @{$rights{$name}}; }
  $user->PrincipalObj->GrantRight(Right => 'ManageAuthTokens', Object => RT->System);
  my ($ok, $message, $token) = RT::AuthToken->new(RT->SystemUser)->Create(Owner => $user->Id, Description => 'test');
  print "$name $token\n";
}
"""


@dataclass(frozen=True)
class RequestTracker:
    """A running RT. `token` is the product's, `agent_token` that of Camille, who answers."""

    url: str
    token: str
    agent_token: str

    def tickets(self, reference: str) -> list[dict[str, Any]]:
        """The tickets whose subject holds `reference`, read as the agent does."""
        query = {"query": f"Subject LIKE '{reference}'", "fields": "Subject,Status,Queue,Requestor,CustomFields"}
        found: list[dict[str, Any]] = self._ask("GET", "/tickets", params=query)["items"]
        return found

    def turns(self, ticket: str) -> list[dict[str, Any]]:
        """What was said in a ticket: [{type, text, files}], oldest first."""
        shown = []
        params: dict[str, str | int] = {"fields": "Type,Creator", "per_page": 100}
        for each in self._ask("GET", f"/ticket/{ticket}/history", params=params)["items"]:
            if each["Type"] not in ("Create", "Correspond", "Comment"):
                continue
            parts = self._ask("GET", f"/transaction/{each['id']}/attachments?fields=ContentType,Filename,Content")
            text = [part["Content"] for part in parts["items"] if part["ContentType"] == "text/plain"]
            files = {part["Filename"]: part["Content"] for part in parts["items"] if part["Filename"]}
            shown.append({"type": each["Type"], "text": text[0] if text else "", "files": files})
        return shown

    def answer(
        self, ticket: str, text: str, *, html: bool = False, files: tuple[tuple[str, str, bytes], ...] = ()
    ) -> None:
        """`files`: (name, type, bytes)."""
        turn: dict[str, Any] = {"Content": text, "ContentType": "text/html" if html else "text/plain"}
        turn["Attachments"] = [
            {"FileName": name, "FileType": kind, "FileContent": base64.b64encode(body).decode()}
            for name, kind, body in files
        ]
        self._ask("POST", f"/ticket/{ticket}/correspond", json=turn)

    def comment(self, ticket: str, text: str) -> None:
        self._ask("POST", f"/ticket/{ticket}/comment", json={"Content": text, "ContentType": "text/plain"})

    def set_status(self, ticket: str, status: str) -> None:
        self._ask("PUT", f"/ticket/{ticket}", json={"Status": status})

    def _ask(self, method: str, path: str, **rest: Any) -> Any:
        headers = {"Authorization": f"token {self.agent_token}"}
        answer = httpx.request(method, f"{self.url}/REST/2.0{path}", headers=headers, timeout=30, **rest)
        assert answer.is_success, (answer.status_code, answer.text)
        return json.loads(answer.content)


class Server:
    """Starts and stops the program; it dies with pytest. `workers`: processes of Starman."""

    def __init__(self, workers: int = 2) -> None:
        assert _PROGRAM.exists(), "Request Tracker is missing: sh tests/system-packages.sh request-tracker"
        self.folder = Path(tempfile.mkdtemp(prefix="guichet-rt-"))
        self.port = _free_port()
        self._workers = workers

    def start(self) -> RequestTracker:
        (self.folder / "d").mkdir()
        shutil.copy(_PRISTINE, self.folder / "rtdb")
        (self.folder / "site.pm").write_text(_SITE % {"port": self.port, "folder": self.folder}, encoding="utf-8")
        here = {"RT_SITE_CONFIG": str(self.folder / "site.pm"), "RT_SITE_CONFIG_DIR": str(self.folder / "d")}
        environment = os.environ | here
        made = subprocess.run(["perl", "-e", _SET_UP], env=environment, capture_output=True, text=True, check=True)
        tokens = dict(line.split(" ", 1) for line in made.stdout.splitlines())
        command = ["setpriv", "--pdeathsig=TERM", str(_PROGRAM), "--server", "Starman"]
        # Without keep-alive, as behind a proxy: else an idle connection occupies one of its few processes.
        command += ["--workers", str(self._workers), "--disable-keepalive", "--listen", f"127.0.0.1:{self.port}"]
        with (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                command,
                env=environment,
                stdout=log,
                stderr=log,
                cwd=self.folder,
            )
        _wait_for(self.port)
        return RequestTracker(f"http://127.0.0.1:{self.port}", tokens["guichet"], tokens["camille"])

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=30)
        shutil.rmtree(self.folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 90
    while True:
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert time.monotonic() < deadline, "Request Tracker did not start"
        time.sleep(0.05)  # a server of another program: there is nothing to wait on


@pytest.fixture(scope="session")
def request_tracker() -> Any:
    server = Server()
    yield server.start()
    server.stop()
