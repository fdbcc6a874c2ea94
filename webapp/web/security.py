"""Defences, declared per audience. One URL prefix = one audience = one policy; a test walks every route.

Sources: OWASP ASVS 5.0 chapter 3.4; shared/reference/security.md rows 21 to 37; platforms.md §0 row 9 (a form page must
never say no-referrer: its POST would come with `Origin: null`).
"""

from dataclasses import dataclass

from flask import Flask, Response, request
from flask.sessions import SessionInterface, SessionMixin

from webapp.web import bodies
from webapp.web.surfaces import surface

_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; {frames}"
    "form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}"
)
_ATTACHED = "default-src 'none'; sandbox; frame-ancestors 'none'"
"""Of a file that is handed out: whatever a viewer makes of it, it has no origin of ours, runs and loads nothing."""
_DENIED = (
    *("accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "fullscreen", "geolocation"),
    *("gyroscope", "magnetometer", "microphone", "midi", "payment", "picture-in-picture"),
    *("publickey-credentials-get", "screen-wake-lock", "usb", "xr-spatial-tracking"),
)
PERMISSIONS = ", ".join(f"{feature}=()" for feature in _DENIED)
HSTS = "max-age=63072000; includeSubDomains"
LARGEST_BODY = 256 * 1024  # bytes; a text far too long still comes back to be shortened, instead of a bare 413
MOST_FORM_PARTS = 60


@dataclass(frozen=True, slots=True)
class Policy:
    """What one audience gets. `cache` applies unless the view said something itself."""

    audience: str
    cache: str
    referrer: str = "strict-origin-when-cross-origin"
    frames: str = ""  # what its pages may frame themselves, as a CSP source


_PUBLIC = Policy("public", cache="no-cache")
_QUESTION = Policy("question", cache="private, max-age=60")  # the address holds what a visitor typed: no shared cache
_FORM = Policy("form", cache="no-store", referrer="same-origin")
# Letters lead here with a secret in the path: no page that is left from here may learn it, ours included. The origin
# must still be said, or a browser without Fetch Metadata would post its forms with `Origin: null`.
_FOLLOW_UP = Policy("follow-up", cache="no-store", referrer="strict-origin")
_MACHINE = Policy("machine", cache="no-store")
_OWNERS = Policy("owners", cache="no-cache", frames="'self'")  # a live preview of the widget

POLICIES: tuple[tuple[str, Policy], ...] = (
    ("/ecrire", _FORM),
    ("/en/write", _FORM),
    ("/suivi", _FOLLOW_UP),
    ("/en/follow-up", _FOLLOW_UP),
    ("/recherche", _QUESTION),
    ("/en/search", _QUESTION),
    ("/health", _MACHINE),
    ("/facebook", _MACHINE),
    ("/crochets", _MACHINE),
    ("/integration", _OWNERS),
    ("/en/integration", _OWNERS),
    ("/", _PUBLIC),
)
"""Longest prefix first; a prefix ends at a path segment. A partner's pages (``surfaces.Mount``) have the policy of the
same pages on the hub; only who may frame them differs."""


def policy_for(path: str) -> Policy:
    for prefix, policy in POLICIES:
        if path == prefix or path.startswith(prefix if prefix.endswith("/") else f"{prefix}/"):
            return policy
    return _PUBLIC


def protect(app: Flask, *, production: bool) -> None:
    """Put the defences on every response of `app`, errors included."""
    app.config.update(
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        MAX_FORM_MEMORY_SIZE=LARGEST_BODY,
        MAX_FORM_PARTS=MOST_FORM_PARTS,
        PROVIDE_AUTOMATIC_OPTIONS=False,  # a method that no route lists is answered 405
    )
    bodies.protect(app)
    app.session_interface = _NoSession()
    app.url_map.strict_slashes = False  # Werkzeug would build a redirect from the Host header
    app.url_map.merge_slashes = False

    @app.after_request
    def headers(response: Response) -> Response:
        _put_headers(response, policy_for(request.path), production)
        return response


def _put_headers(response: Response, policy: Policy, production: bool) -> None:
    headers = response.headers
    here = surface()
    frames = f"frame-src {policy.frames}; " if policy.frames and not here.framed else ""
    csp = _CSP.format(ancestors=here.ancestors, frames=frames)
    if headers.get("Content-Disposition", "").startswith("attachment"):
        csp = _ATTACHED
    headers["Content-Security-Policy"] = f"{csp}; upgrade-insecure-requests" if production else csp
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = policy.referrer
    headers["Permissions-Policy"] = PERMISSIONS
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    # A page with COEP may frame only what says so; files and the widget's script say it themselves (machine.py).
    headers.setdefault("Cross-Origin-Resource-Policy", "cross-origin" if here.framed else "same-origin")
    if here.framed:
        headers["X-Robots-Tag"] = "noindex"
        if headers.get("Location", "").startswith("/"):
            headers["Location"] = here.prefix + headers["Location"]
    if production:
        headers["Strict-Transport-Security"] = HSTS
    if response.status_code >= 400:
        headers["Cache-Control"] = "no-store"
    elif "Cache-Control" not in headers:
        headers["Cache-Control"] = policy.cache
    assert "Set-Cookie" not in headers, "visitors get no cookie"


class _NoSession(SessionInterface):
    """Visitors have no session: reading gives nothing, writing raises, and no cookie can leave."""

    def open_session(self, app: Flask, request: object) -> SessionMixin | None:
        return None

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        raise AssertionError("there is no session to save")
