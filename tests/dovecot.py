"""A real IMAP server (Debian's Dovecot) for the tests: one account, TLS only, without privileges, on a free port."""

import grp
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PASSWORD = "open-sesame"
_PROGRAM = Path("/usr/sbin/dovecot")
_CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
ssl = required
ssl_cert = <{folder}/certificate.pem
ssl_key = <{folder}/key.pem
mail_location = maildir:{folder}/mail
auth_mechanisms = plain
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {port}
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


@dataclass
class Mailbox:
    """The agents' account. Letters are put into the folder as a mail server would."""

    port: int
    folder: Path
    arrived: int = 0

    def receive(self, letter: bytes) -> None:
        self.arrived += 1
        draft = self.folder / "mail" / "tmp" / f"{self.arrived:06}.test"
        draft.write_bytes(letter)
        draft.chmod(0o644)
        draft.rename(self.folder / "mail" / "new" / draft.name)

    def seen(self) -> list[str]:
        """Letters that some reader has marked as read."""
        return [each.name for each in (self.folder / "mail" / "cur").iterdir() if "S" in each.name.partition(":2,")[2]]


@contextmanager
def dovecot(certificate: tuple[Path, Path]) -> Iterator[Mailbox]:
    assert _PROGRAM.exists(), "Dovecot is missing: sh tests/system-packages.sh dovecot"
    folder = Path(tempfile.mkdtemp(prefix="guichet-imap-"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    for name in ("run", "state", "mail/new", "mail/cur", "mail/tmp"):
        (folder / name).mkdir(parents=True)
    shutil.copy(certificate[0], folder / "certificate.pem")
    shutil.copy(certificate[1], folder / "key.pem")
    command = [str(_PROGRAM), "-F", "-c", str(folder / "configuration")]
    uid, gid = os.geteuid(), os.getegid()
    if uid == 0:  # a mail process never runs as root
        uid = gid = 65_534
        command = ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups", "--pdeathsig=TERM", *command]

    names = {"user": pwd.getpwuid(uid).pw_name, "group": grp.getgrgid(gid).gr_name}
    text = _CONFIGURATION.format(folder=folder, port=port, uid=uid, gid=gid, password=PASSWORD, **names)
    (folder / "configuration").write_text(text, encoding="utf-8")
    for each in (folder, *folder.rglob("*")):
        os.chown(each, uid, gid)
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        _wait_for(port, folder)
        yield Mailbox(port, folder)
    finally:
        process.terminate()
        process.wait(timeout=30)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(port: int, folder: Path) -> None:
    deadline = time.monotonic() + 60
    while True:
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert time.monotonic() < deadline, (folder / "output").read_text()
        time.sleep(0.05)  # a server of another program: there is nothing to wait on
