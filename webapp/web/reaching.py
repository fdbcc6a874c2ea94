"""Ways to reach a person: contact points and branches, with their state at the moment."""

from collections.abc import Sequence

from flask import Response, abort, request

from webapp.knowledge import links
from webapp.knowledge.catalog import Catalog
from webapp.knowledge.contacts import ContactPoint
from webapp.web import structured
from webapp.web.frame import edition, page

LONGEST_PLACE = 80  # characters

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("phone", ("phone", "relay")),
    ("write", ("secure_message", "post")),
    ("meet", ("appointment",)),
    ("dispute", ("mediator",)),
)
"""Order of the contact page: the heading's word and the kinds under it."""


def contact(language: str) -> Response:
    catalog = edition().catalog
    return page(
        "contact.html",
        alternates={each: links.page(each, "contact") for each in catalog.site.languages},
        groups=grouped(catalog),
        branch_total=branches_count(catalog),
        structured=structured.bank,
    )


def branches(language: str) -> Response:
    catalog = edition().catalog
    words = " ".join(request.args.get("q", "").split())[:LONGEST_PLACE]
    found = catalog.find_branches(words)
    return page(
        "branches.html",
        alternates={each: links.page(each, "branches") for each in catalog.site.languages},
        kept=not request.query_string,
        query=words,
        found=found,
        branches=found or catalog.find_branches(""),
    )


def branch(language: str, branch_id: str) -> Response:
    catalog = edition().catalog
    found = catalog.branch(branch_id)
    if found is None:
        abort(404)
    return page(
        "branch.html",
        alternates={each: links.branch(each, branch_id) for each in catalog.site.languages},
        branch=found,
        structured=structured.branch,
    )


def grouped(catalog: Catalog) -> list[tuple[str, list[ContactPoint]]]:
    """Contact points by way of reaching: urgent ones first and alone, then as `GROUPS` says; empty groups left out."""
    urgent = [each for each in catalog.contact_points if each.urgent]
    calm = [each for each in catalog.contact_points if not each.urgent]
    groups = [("urgent", urgent), *((name, _of_kinds(calm, kinds)) for name, kinds in GROUPS)]
    return [(name, points) for name, points in groups if points]


def reachable(catalog: Catalog) -> list[ContactPoint]:
    """What the home page and the pages without an answer offer: one calm point of each ordinary kind, phone first."""
    calm = [each for each in catalog.contact_points if not each.urgent]
    firsts = (
        next(iter(_of_kinds(calm, (kind,))), None) for kind in ("phone", "secure_message", "appointment", "relay")
    )
    return [each for each in firsts if each]


def branches_count(catalog: Catalog) -> int:
    return len(catalog.branches)


def _of_kinds(points: Sequence[ContactPoint], kinds: tuple[str, ...]) -> list[ContactPoint]:
    return [each for kind in kinds for each in points if each.kind == kind]
