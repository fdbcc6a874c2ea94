"""Where a request comes from: the same-origin rule, and the network prefix that limits count.

Fetch Metadata first (every browser since 2023 sends it and a page cannot forge it), Origin for older ones, neither →
refused: OWASP CSRF Prevention Cheat Sheet, "Fetch Metadata headers". Measured in Chromium and Firefox, in frames and
with every cookie blocked: shared/reference/security.md §2.2.
"""

from ipaddress import IPv6Address, ip_address, ip_network
from typing import Protocol


class Headers(Protocol):
    """What is asked of a request's headers: one value by its name, or None."""

    def get(self, name: str, /) -> str | None: ...


def same_origin(headers: Headers, public_origin: str) -> bool:
    """Whether this POST was sent by one of our own pages. `public_origin`: scheme://host[:port], no path."""
    site = headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    return headers.get("Origin") == public_origin


def network_prefix(address: str) -> str:
    """The /24 (IPv4) or /48 (IPv6) of a visitor: what one household or one abuser has. Unknown addresses share one."""
    try:
        parsed = ip_address(_bare(address))
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    length = 24 if parsed.version == 4 else 48
    return str(ip_network(f"{parsed}/{length}", strict=False))


def _bare(address: str) -> str:
    """Without a zone (fe80::1%eth0) and the port that some proxies add: else all their visitors would share a limit."""
    if address.startswith("["):
        address = address[1:].partition("]")[0]
    elif address.count(":") == 1:
        address = address.partition(":")[0]
    return address.partition("%")[0]
