"""Facebook's ``signed_request``: proof that Facebook relayed a Page tab's visit or a callback.

Format (Facebook, "Signed Request"): ``base64url(HMAC-SHA256(encoded payload, app secret)) + "." + encoded payload``,
the encoded payload being base64url of a JSON object. Both halves come padded or not. The signature covers the
*encoded* payload. It proves who relayed the words, not who wrote them: `app_data` is anybody's (see ``app_data``).

Facebook states no maximum age and no strict list of fields: the age limit is ours, and every field is optional.
"""

import base64
import hmac
import json
import re
from datetime import datetime
from typing import Any

import msgspec

LARGEST = 8 * 1024  # characters; a real one is under 1 KB
OLDEST_SECONDS = 600  # between Facebook's signature and our page: a redirect, a slow phone
SKEW_SECONDS = 60  # Facebook's clock may be ahead of ours
_ENCODED = re.compile(r"([A-Za-z0-9_-]+)(={0,2})")
_PAGE_ID = re.compile(r"[0-9]{1,32}")
_LOCALE = re.compile(r"[a-z]{2,3}(_[A-Z]{2})?")


class SignedRequestError(Exception):
    """A signed request that must not be believed; the kinds say why, and never hold a word of it."""


class Malformed(SignedRequestError):
    """Not two base64url parts around a dot, too long, or not a JSON object inside."""


class WrongAlgorithm(SignedRequestError):
    """Signed with our secret, but says another algorithm than the only one we accept."""


class WrongSignature(SignedRequestError):
    """Not signed with our app's secret, or changed on the way."""


class Expired(SignedRequestError):
    """Signed too long ago, in the future, or at no stated time: perhaps a replay."""


class UnknownPage(SignedRequestError):
    """Comes from a Page that is not in the allow-list, or from none."""


class SignedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What we read of a payload; an absent field, or one of another type, is "" or None. Tokens are never read.

    `issued_at`: seconds since 1970. `user_id` is scoped to the app, and only there once a visitor authorised it.
    """

    issued_at: int | None = None
    page_id: str = ""
    locale: str = ""
    app_data: str = ""
    user_id: str = ""


def verify(text: str, secret: str) -> dict[str, Any]:
    """The payload of `text` when it was signed with `secret`, as Facebook sent it: it may hold tokens, so log nothing.

    Errors: ``Malformed``, ``WrongSignature``, ``WrongAlgorithm``.
    """
    if not secret:
        raise WrongSignature  # an empty key would let anybody sign
    signature, dot, encoded = text.partition(".")
    if not dot or len(text) > LARGEST:
        raise Malformed
    given, payload = _decoded(signature), _decoded(encoded)
    expected = hmac.digest(secret.encode(), encoded.encode(), "sha256")
    if not hmac.compare_digest(given, expected):
        raise WrongSignature
    found = _json_object(payload)
    algorithm = found.get("algorithm")
    if not isinstance(algorithm, str) or algorithm.upper() != "HMAC-SHA256":
        raise WrongAlgorithm
    return found


def parse(text: str, secret: str) -> SignedRequest:
    """``verify``, then the few fields we use, each checked for its own shape."""
    payload = verify(text, secret)
    page, user = payload.get("page"), payload.get("user")
    issued_at = payload.get("issued_at")
    return SignedRequest(
        issued_at=issued_at if type(issued_at) is int else None,
        page_id=_identifier(page.get("id")) if isinstance(page, dict) else "",
        locale=_matching(_LOCALE, user.get("locale")) if isinstance(user, dict) else "",
        app_data=str(payload["app_data"]) if isinstance(payload.get("app_data"), str) else "",
        user_id=_identifier(payload.get("user_id")),
    )


def require_fresh(found: SignedRequest, now: datetime) -> None:
    """Errors: ``Expired``. Not for deletion callbacks, which Facebook may repeat days later."""
    if found.issued_at is None:
        raise Expired
    age = now.timestamp() - found.issued_at
    if not -SKEW_SECONDS <= age <= OLDEST_SECONDS:
        raise Expired


def require_page(found: SignedRequest, allowed: frozenset[str]) -> None:
    """One secret serves every Page of the app, so a good signature does not say whose Page it is.

    Errors: ``UnknownPage``.
    """
    if found.page_id not in allowed:
        raise UnknownPage


def _decoded(part: str) -> bytes:
    """Strict base64url: one text for one value, so that no byte of it can change unseen (RFC 4648, 3.5 and 5)."""
    match = _ENCODED.fullmatch(part)
    if match is None:
        raise Malformed
    bare, padding = match.groups()
    needed = -len(bare) % 4
    if needed == 3 or len(padding) not in (0, needed):
        raise Malformed
    found = base64.urlsafe_b64decode(bare + "=" * needed)
    if base64.urlsafe_b64encode(found).decode().rstrip("=") != bare:
        raise Malformed
    return found


def _json_object(payload: bytes) -> dict[str, Any]:
    try:
        found = json.loads(payload)
    except (ValueError, RecursionError):
        raise Malformed from None  # the cause would quote the payload
    if not isinstance(found, dict):
        raise Malformed
    return found


def _identifier(value: object) -> str:
    """Facebook writes its identifiers as strings or as numbers."""
    return _matching(_PAGE_ID, str(value) if type(value) is int else value)


def _matching(pattern: re.Pattern[str], value: object) -> str:
    return value if isinstance(value, str) and pattern.fullmatch(value) else ""
