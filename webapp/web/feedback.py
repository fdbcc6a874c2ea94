""" "Was this useful?": one anonymous opinion a visitor and day, without a cookie and without a stored address."""

from flask import Response, abort, request

from webapp.db import DatabaseUnavailable
from webapp.insights import opinions
from webapp.tickets.model import TooManyRequests
from webapp.tickets.trail import add, write
from webapp.web import trails
from webapp.web.addresses import alternates_of
from webapp.web.frame import edition, page
from webapp.web.origin import network_prefix
from webapp.web.resources import resources
from webapp.web.submission import ours
from webapp.web.surfaces import surface


def give(language: str, slug: str) -> Response:
    """Count the opinion and thank, as a whole page; a script takes the thanks out of it."""
    catalog = edition().catalog
    article = catalog.article(language, slug)
    answer = request.form.get("answer", "")
    if article is None or answer not in opinions.ANSWERS:
        abort(404 if article is None else 400)
    status, words = 403, "opinion.refused"
    if ours():
        status, words = _count(article.slug, language, article.digest, answer)
    step = article.next_step
    return page(
        "contact/opinion.html",
        alternates=alternates_of(catalog, article),
        kept=False,
        status=status,
        article=article,
        thanks=words,
        trail=write(add(trails.brought(language), (article.slug,), "useful" if answer == "useful" else "useless")),
        wants_person=status == 200 and answer != "useful",
        point=catalog.contact(step.id) if step and step.kind == "contact" else None,
        nature=catalog.nature(step.id) if step and step.kind == "form" else None,
    )


def _count(slug: str, language: str, digest: str, answer: str) -> tuple[int, str]:
    held = resources()
    address = request.remote_addr or ""
    try:
        counted = opinions.give(
            held.database,
            article=slug,
            language=language,
            digest=digest,
            answer=answer,
            surface=surface().name,
            partner=surface().partner,
            visitor=f"{address} {request.headers.get('User-Agent', '')}",
            network=network_prefix(address),
            per_network=held.settings.feedback_per_network,
            now=held.clock(),
        )
    except TooManyRequests:
        return 429, "opinion.limit"
    except DatabaseUnavailable:
        return 503, "opinion.unavailable"
    if not counted:
        return 200, "opinion.counted"
    return 200, "opinion.thanks_useful" if answer == "useful" else "opinion.thanks_not"
