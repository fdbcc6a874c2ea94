"""The same-origin rule and the network prefixes that limits count."""

import pytest

from webapp.web.origin import network_prefix, same_origin

OURS = "https://contact.banque-rivage.example"


@pytest.mark.parametrize(
    ("headers", "accepted"),
    [
        ({"Sec-Fetch-Site": "same-origin", "Origin": OURS}, True),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "same-site", "Origin": OURS}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": OURS}, False),
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Sec-Fetch-Site": ""}, False),
        ({"Origin": OURS}, True),
        ({"Origin": "null"}, False),
        ({"Origin": OURS + ".evil.example"}, False),
        ({"Origin": OURS.upper()}, False),
        ({"Origin": "http://contact.banque-rivage.example"}, False),
        ({}, False),
    ],
)
def test_only_our_own_pages_may_post(headers, accepted):
    assert same_origin(headers, OURS) is accepted


@pytest.mark.parametrize(
    ("address", "prefix"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("fe80::1%eth0", "fe80::/48"),
        ("203.0.113.77:4711", "203.0.113.0/24"),
        ("[2001:db8:1:2::4]:4711", "2001:db8:1::/48"),
        ("[", "unknown"),
        (":", "unknown"),
        ("", "unknown"),
        ("not an address", "unknown"),
    ],
)
def test_a_visitor_counts_by_network_prefix(address, prefix):
    assert network_prefix(address) == prefix
