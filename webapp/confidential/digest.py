"""Keyed digests: values are compared without being stored, and cannot be guessed from the tables alone."""

import hmac


class Digester:
    """HMAC-SHA256 under one key, ``Settings.lookup_key``, with a purpose that keeps the uses apart."""

    def __init__(self, key: str | bytes) -> None:
        if not key:
            raise ValueError("a digest without a key could be guessed")
        self._key = key.encode() if isinstance(key, str) else key

    def hex(self, purpose: str, *parts: str) -> str:
        """64 hexadecimal digits; ``("ab", "c")`` and ``("a", "bc")`` differ because each part carries its length."""
        message = b"".join(
            len(raw).to_bytes(4) + raw for raw in (part.encode("utf-8", "replace") for part in (purpose, *parts))
        )
        return hmac.digest(self._key, message, "sha256").hex()
