"""The product as it is, with one thing changed: its Facebook tab may be framed by the demonstration's social page.

Who may frame the tab is a constant of the product and no setting, so that no deployment can open it to another site.
Here, in the one process of the demonstration, it is replaced. ``gunicorn tests.demo.product:app``.
"""

from dataclasses import replace

from tests.demo.places import SOCIAL, places
from webapp.web import facebook_tab

facebook_tab.TAB = replace(facebook_tab.TAB, origins=(places().site(SOCIAL),))

from wsgi import app  # noqa: E402 -- made after the change above

__all__ = ["app"]
