"""Debian's Firefox ESR, driven over Marionette, the protocol that geckodriver speaks to it: JSON on a local socket.

Playwright drives its own builds of Firefox alone and geckodriver is in no registry of ours, so the few commands that a
journey needs are sent here. Source: Mozilla, "Marionette protocol" and WebDriver (W3C), whose commands these are.
"""

import json
import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FIREFOX = "/usr/bin/firefox-esr"
PATIENCE = 60.0  # seconds for a start on a busy machine
SLOWEST = 20  # seconds for an element to be there
PREFERENCES: dict[str, Any] = {
    "network.cookie.cookieBehavior": 1,  # every third-party cookie and storage refused
    "marionette.port": 0,  # a free one, written in the profile
    "intl.accept_languages": "fr-FR, fr",
    "datareporting.policy.dataSubmissionEnabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "gfx.webrender.software": True,
}
KEYS = {"enter": "\ue007", "escape": "\ue00c", "tab": "\ue004"}


class Refused(Exception):
    """Firefox answered a command with an error: its code, then its words."""


class Firefox:
    """One browser and its one window. Elements are found by CSS, waited for, in the frame that was entered last."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self._unread = b""
        self._number = 0
        self._read()  # who it is
        self.ask("WebDriver:NewSession")
        self.ask("WebDriver:SetTimeouts", implicit=SLOWEST * 1000, pageLoad=60_000, script=20_000)

    def ask(self, command: str, **parameters: Any) -> Any:
        """Send `command`; its value. Errors: ``Refused``."""
        self._number += 1
        text = json.dumps([0, self._number, command, parameters])
        self._socket.sendall(f"{len(text.encode())}:{text}".encode())
        _, number, error, result = self._read()
        assert number == self._number
        if error:
            raise Refused(f"{command}: {error['error']}: {error['message']}")
        return result["value"] if isinstance(result, dict) and "value" in result else result

    def _read(self) -> Any:
        while b":" not in self._unread:
            self._unread += self._more()
        length, _, rest = self._unread.partition(b":")
        while len(rest) < int(length):
            rest += self._more()
        self._unread = rest[int(length) :]
        return json.loads(rest[: int(length)])

    def _more(self) -> bytes:
        data = self._socket.recv(65_536)
        if not data:
            raise ConnectionError("Firefox has gone")
        return data

    def goto(self, url: str) -> None:
        self.ask("WebDriver:Navigate", url=url)

    def run(self, script: str, *given: Any) -> Any:
        return self.ask("WebDriver:ExecuteScript", script=script, args=list(given))

    def find(self, css: str, inside: dict[str, str] | None = None) -> dict[str, str]:
        """The first element of the document, or of the shadow of the element `inside`."""
        where = {"using": "css selector", "value": css}
        if inside is None:
            found = self.ask("WebDriver:FindElement", **where)
        else:
            shadow = self.ask("WebDriver:GetShadowRoot", id=_id(inside))
            found = self.ask("WebDriver:FindElementFromShadowRoot", shadowRoot=_id(shadow), **where)
        assert isinstance(found, dict)
        return found

    def click(self, css: str, inside: dict[str, str] | None = None) -> None:
        self.ask("WebDriver:ElementClick", id=_id(self.find(css, inside)))

    def type(self, css: str, text: str) -> None:
        self.ask("WebDriver:ElementSendKeys", id=_id(self.find(css)), text=text)

    def press(self, key: str) -> None:
        """A key, for whatever has the focus."""
        actions = [{"type": each, "value": KEYS[key]} for each in ("keyDown", "keyUp")]
        self.ask("WebDriver:PerformActions", actions=[{"type": "key", "id": "keyboard", "actions": actions}])

    def text(self, css: str) -> str:
        return str(self.ask("WebDriver:GetElementText", id=_id(self.find(css))))

    def enter(self, css: str, inside: dict[str, str] | None = None) -> None:
        """Go on in the frame that the element is."""
        self.ask("WebDriver:SwitchToFrame", element=_id(self.find(css, inside)))

    def leave(self) -> None:
        """Go on in the page that holds the frames."""
        self.ask("WebDriver:SwitchToFrame", id=None)

    def until(self, script: str, *given: Any) -> None:
        """Wait until `script` returns something true."""
        deadline = time.monotonic() + SLOWEST
        while not self.run(script, *given):
            if time.monotonic() > deadline:
                raise AssertionError(f"never true: {script}")
            time.sleep(0.05)

    def close(self) -> None:
        self._socket.close()


def _id(reference: dict[str, str]) -> str:
    """WebDriver wraps a reference in an object of one key, which says of what."""
    (found,) = reference.values()
    return found


@contextmanager
def firefox(folder: Path) -> Iterator[Firefox]:
    """A fresh Firefox whose profile and home are in `folder`; ended by its process id."""
    profile = folder / "profile"
    profile.mkdir(parents=True)
    lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in PREFERENCES.items())
    (profile / "user.js").write_text("".join(lines), encoding="utf-8")
    command = [FIREFOX, "--headless", "--marionette", "--no-remote", "--profile", str(profile), "about:blank"]
    environment = {**os.environ, "HOME": str(folder), "MOZ_CRASHREPORTER_DISABLE": "1"}
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        driver = Firefox(_port(profile, process, log))
        try:
            yield driver
        finally:
            driver.close()
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _port(profile: Path, process: "subprocess.Popen[bytes]", log: Path) -> int:
    """The port of Marionette, once it listens."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        file = profile / "MarionetteActivePort"
        if file.exists() and re.fullmatch(r"\d+", text := file.read_text().strip()):
            return int(text)
        time.sleep(0.1)
    raise AssertionError(f"Firefox did not open:\n{log.read_text(errors='replace')[-3000:]}")
