"""Two callbacks that Facebook asks of every app: somebody removed it, somebody wants their data deleted.

Guichet keeps nothing about Facebook accounts, so there is nothing to delete and nothing is written: the confirmation
code is derived from the user id with a key, the same for the same person however often Facebook repeats its call, and
carries its own proof, so that the status page knows a code of ours from any other without a table.

Source: Facebook, "Data Deletion Request Callback"; the deauthorise callback's format is only known from others' code
(platforms.md §2.10).
"""

import hmac
import re
from functools import partial

from flask import Response, abort, jsonify, make_response

from webapp.confidential.digest import Digester
from webapp.social.signed_request import Malformed, SignedRequestError
from webapp.web.facebook_tab import refused, require_configured, signed
from webapp.web.frame import page
from webapp.web.resources import resources

_CODE = re.compile(r"([0-9a-f]{20})([0-9a-f]{12})")


def delete() -> Response:
    """POST: {url, confirmation_code}. Without an age limit: Facebook may repeat its call for days."""
    require_configured()
    try:
        user_id = _user_id()
    except SignedRequestError as error:
        return refused(error)
    code = confirmation_code(resources().digester, user_id)
    public_url = resources().settings.public_url.rstrip("/")
    return jsonify(url=f"{public_url}/facebook/data-deletion/{code}", confirmation_code=code)


def deauthorise() -> Response:
    """POST: 200 and nothing, since nothing was kept that would have to be forgotten."""
    require_configured()
    try:
        _user_id()
    except SignedRequestError as error:
        return refused(error)
    response = make_response("")
    response.headers["Content-Type"] = "text/plain; charset=utf-8"
    return response


def status(code: str) -> Response:
    """GET: what became of a deletion request, in both languages: Facebook's own page does not say which is read."""
    require_configured()
    if not ours(resources().digester, code):
        abort(404)
    english = partial(resources().words.say, "en")
    return page("facebook/deletion.html", alternates={}, kept=False, code=code, english=english)


def confirmation_code(digester: Digester, user_id: str) -> str:
    """32 hexadecimal digits: 20 that stand for the person, 12 that show the code is ours."""
    person = digester.hex("facebook deletion", user_id)[:20]
    return person + digester.hex("facebook deletion code", person)[:12]


def ours(digester: Digester, code: str) -> bool:
    """Whether `code` was given by `confirmation_code` under the same key."""
    match = _CODE.fullmatch(code)
    return match is not None and hmac.compare_digest(
        digester.hex("facebook deletion code", match[1])[:12].encode(), match[2].encode()
    )


def _user_id() -> str:
    found = signed().user_id
    if not found:
        raise Malformed
    return found
