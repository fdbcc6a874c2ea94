"""``make run``: prepare, then web server and delivery worker together (and, in development, the content's watcher).

They live and die together: when one process ends by itself the others are stopped and the exit status is 1, with a line
that names it. Nothing is restarted silently: what restarts a service belongs to the system (docs/operations.md).
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from types import FrameType

from webapp.settings import OPENING, ROOT, Settings, SettingsError, variable

_PYTHON = sys.executable
_PATIENCE = 8.0  # seconds for a process to end after SIGTERM: the web server gives requests 4
_LOOK = 0.1  # seconds between two looks at the processes
_OPENS = ("delivery worker",)  # what may open what customers wrote: the others get no key that could


class CannotStart(Exception):
    """Something outside must be put right first; the message says what."""


def main() -> int:
    """Exit status: 0 after SIGTERM, 130 after Ctrl-C, 1 when a process ended by itself, 2 when it cannot start."""
    try:
        port = _port(os.environ.get("PORT", "8000"))
        os.environ.update(_development_address(port))
        os.environ.setdefault("MALLOC_ARENA_MAX", "1")  # glibc else keeps a heap a thread: 10 MB more, measured
        settings = Settings.from_environ()
        free(os.environ.get("GUICHET_BIND", "127.0.0.1"), port)
        prepare()
    except (SettingsError, CannotStart) as error:
        _say(str(error))
        return 2
    except KeyboardInterrupt:
        return 130
    company = Company(processes(settings), address=settings.public_url, port=port)
    return company.run()


class Company:
    """Processes that live and die together. `address` is told once `port` answers."""

    def __init__(self, commands: Mapping[str, Sequence[str]], *, address: str, port: int) -> None:
        self._commands = commands
        self._address = address
        self._port = port
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._asked: int | None = None

    def run(self) -> int:
        """Start all, wait until one ends or a signal comes, stop all; the exit status."""
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, self._ask)
        ended = ""
        try:
            for name, command in self._commands.items():
                # A session of its own: the terminal's Ctrl-C reaches us alone, and we stop everything in order.
                environment = _environment(opens=name in _OPENS)
                self._running[name] = subprocess.Popen(command, start_new_session=True, env=environment)  # noqa: S603
            ended = self._watch()
        finally:
            self._stop()
        if ended:
            _say(f"Stopped: {ended}. Nothing is restarted by itself; the lines above say why.")
            return 1
        _say("Stopped.")
        return 130 if self._asked == signal.SIGINT else 0

    def _ask(self, received: int, _frame: FrameType | None) -> None:
        self._asked = received

    def _watch(self) -> str:
        """Wait; what ended by itself and how, or "" when we were asked to stop."""
        told = False
        while self._asked is None:
            for name, process in self._running.items():
                status = process.poll()
                if status is not None:
                    return f"the {name} ended {_how(status)}"
            if not told and _answers(self._port):
                told = True
                _say(f"Guichet is open: {self._address} (Ctrl-C stops it)")
            time.sleep(_LOOK)
        return ""

    def _stop(self) -> None:
        """SIGTERM to each process, SIGKILL to whole groups that are still there after a while."""
        for process in self._running.values():
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + _PATIENCE
        for process in self._running.values():
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                pass
            finally:
                _kill_group(process.pid)  # also what a process that was killed has left behind
        for process in self._running.values():
            process.wait()


def processes(settings: Settings, application: str = "wsgi:app") -> dict[str, list[str]]:
    """The commands of the product, by name. `application`: what the web server serves, as gunicorn names it."""
    commands = {
        "web server": [_PYTHON, "-m", "gunicorn", "-c", str(ROOT / "gunicorn.conf.py"), application],
        "delivery worker": [_PYTHON, "-m", "webapp.delivery"],
    }
    if not settings.production:
        commands["content watcher"] = [_PYTHON, "-m", "webapp.cli", "watch"]
    return commands


def _environment(*, opens: bool) -> dict[str, str]:
    """What a process is given: who does not open what customers wrote gets no key that could."""
    kept = {key for name in OPENING for key in (variable(name), f"{variable(name)}_FILE")} if not opens else set()
    return {key: value for key, value in os.environ.items() if key not in kept}


def prepare() -> None:
    """Database, then content. In processes of their own: what they load does not stay in this one."""
    if _command("upgrade"):
        raise CannotStart("The database could not be brought up to date; see above.")
    if _command("publish"):
        # An editor's mistake must not close the counter: the version online stays, or the telephone page is shown.
        _say("The content was not published: what was online stays, until the mistakes above are corrected.")


def _command(name: str) -> int:
    return subprocess.run([_PYTHON, "-m", "webapp.cli", name]).returncode  # noqa: S603 -- our own commands


def _development_address(port: int) -> dict[str, str]:
    """Outside production the address follows PORT, unless it is given."""
    if os.environ.get("GUICHET_ENV", "development") == "production" or "GUICHET_PUBLIC_URL" in os.environ:
        return {}
    return {"GUICHET_PUBLIC_URL": f"http://127.0.0.1:{port}"}


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65_536:
        raise CannotStart(f"PORT: {text!r} is not a port number (1 to 65535).")
    return int(text)


def free(host: str, port: int) -> None:
    """Errors: ``CannotStart`` when something else listens there, before anything is started."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CannotStart(
                f"Port {port} cannot be used ({error.strerror}). Stop what listens there, or choose another one:"
                " PORT=8001 make run"
            ) from error


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _how(status: int) -> str:
    if status < 0:
        return f"by {signal.Signals(-status).name}"
    return f"by itself (status {status})"


def _kill_group(leader: int) -> None:
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        return


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
