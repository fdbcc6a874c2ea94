"""What Facebook sends, for tests: signed as its documentation says."""

import base64
import hmac
import json
from datetime import datetime
from typing import Any

SECRET = "5f0c8e1b7a2d4936b1e07f5c3a9d8246"
PAGE = "1234567890"


def signed(payload: dict[str, Any], secret: str = SECRET) -> str:
    encoded = base64.urlsafe_b64encode(json.dumps(payload).encode()).decode().rstrip("=")
    mac = hmac.digest(secret.encode(), encoded.encode(), "sha256")
    return base64.urlsafe_b64encode(mac).decode().rstrip("=") + "." + encoded


def tab(now: datetime, app_data: str = "", locale: str = "fr_FR", **changes: Any) -> str:
    """The signed request of a first visit to a Page's tab; a change to None takes a field away."""
    payload: dict[str, Any] = {
        "algorithm": "HMAC-SHA256",
        "issued_at": int(now.timestamp()),
        "page": {"id": PAGE, "admin": False},
        "user": {"country": "fr", "locale": locale, "age": {"min": 21}},
    }
    payload |= {"app_data": app_data} if app_data else {}
    return signed({name: value for name, value in (payload | changes).items() if value is not None})
