"""A real SMTP relay on a port, with the rules and the faults that a test asks for."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

Certificate = tuple[Path, Path]


@dataclass
class Rules:
    """What the relay answers at each step (None: yes), and what it took."""

    mail: str | None = None
    rcpt: str | None = None
    data: str | None = None
    drop_after_data: bool = False
    taken: list[Envelope] = field(default_factory=list)
    dropped: list[Envelope] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.commands.append(f"MAIL {' '.join(options)}")
        envelope.mail_from = address
        return self.mail or "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.commands.append("RCPT")
        if self.rcpt is None:
            envelope.rcpt_tos.append(address)
        return self.rcpt or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.commands.append("DATA")
        if self.drop_after_data:
            self.dropped.append(envelope)
            assert server.transport is not None
            server.transport.abort()
            return "250 never arrives"
        if self.data is None:
            self.taken.append(envelope)
        return self.data or "250 OK"

    async def handle_exception(self, error: Exception) -> str:
        return "451 local error"


class OnFreePort(Controller):
    """A controller that may be given port 0: it learns the port that the system chose."""

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@dataclass
class RunningRelay:
    port: int
    rules: Rules


def only_ada(server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: Any) -> AuthResult:
    right = isinstance(given, LoginPassword) and (given.login, given.password) == (b"ada", b"open sesame")
    return AuthResult(success=right, handled=False)
