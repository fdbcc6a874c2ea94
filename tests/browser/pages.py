"""Every type of page that a visitor can meet, and how to get there in a browser."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

MESSAGE = "Mon virement vers l'Italie n'est pas arrivé, quel est le délai ?"


@dataclass(frozen=True)
class PageType:
    """`path`, then what `reach` does there; `status`: of the answer that is shown at the end."""

    name: str
    path: str
    reach: Callable[[Page], None] | None = None
    status: int = 200

    def open(self, page: Page, url: str) -> None:
        """Go there and wait until the page is whole."""
        page.goto(url + self.path, wait_until="load")
        if self.reach:
            self.reach(page)
            page.wait_for_load_state("load")


def fill(page: Page, **changes: str) -> None:
    """Fill in the form of a request as a customer would; `changes` by the control's name."""
    values = {"x_subject": "transfer", "message": MESSAGE, "name": "Mélusine Ørsted", "email": "melusine@example.org"}
    for name, value in (values | changes).items():
        control = page.locator(f"form.request [name={name}]")
        if control.evaluate("each => each.tagName") == "SELECT":
            control.select_option(value)
        else:
            control.fill(value)


def press_send(page: Page) -> None:
    with page.expect_navigation(wait_until="load"):
        page.locator("form.request button[type=submit]").last.click()


def _post(page: Page, selector: str, **fields: str) -> None:
    """Send a form without its script, as a browser without JavaScript does."""
    with page.expect_navigation(wait_until="load"):
        page.evaluate(
            """([selector, fields]) => {
              const form = document.querySelector(selector) ?? document.createElement("form");
              if (!form.isConnected) { form.method = "post"; form.action = "/"; document.body.append(form); }
              for (const [name, value] of Object.entries(fields)) {
                const control = document.createElement("input");
                Object.assign(control, { type: "hidden", name, value });
                form.append(control);
              }
              HTMLFormElement.prototype.submit.call(form);
            }""",
            [selector, fields],
        )


def _with_errors(page: Page) -> None:
    fill(page, message="", email="melusine@", x_subject="")
    press_send(page)


def _before_sending(page: Page) -> None:
    fill(page)
    _post(page, "form.request")


def _receipt(page: Page) -> None:
    fill(page, message="Bonjour, ma carte 4970 1012 3456 7893 ne passe plus.")
    page.evaluate("document.querySelector('form.request [data-step]').value = 'send'")
    press_send(page)


def _found_useful(page: Page) -> None:
    _post(page, ".opinion form", answer="useful")


def _wants_a_person(page: Page) -> None:
    _post(page, ".opinion form", answer="person")


def _answers_live(page: Page) -> None:
    page.locator("textarea[name=message]").fill(MESSAGE)
    page.locator("[data-answers-here] a").first.wait_for()


def _distress_before_sending(page: Page) -> None:
    fill(page, message="Je n'en peux plus de mes dettes, je veux mourir.")
    _post(page, "form.request")


def _suggestions(page: Page) -> None:
    page.locator("#q").press_sequentially("virement")
    page.locator("[role=option]").first.wait_for()


def _urgent_suggestions(page: Page) -> None:
    page.locator("#q").press_sequentially("on m'a volé ma carte")
    page.locator("[role=option].is-call").wait_for()


PAGES = (
    PageType("home", "/"),
    PageType("home, suggestions open", "/", _suggestions),
    PageType("home, urgent suggestions open", "/", _urgent_suggestions),
    PageType("themes", "/themes/"),
    PageType("theme", "/themes/cartes"),
    PageType("article", "/questions/delai-virement"),
    PageType("article, urgent", "/questions/carte-perdue-ou-volee"),
    PageType("search, found", "/recherche?q=virement+pas+arriv%C3%A9"),
    PageType("search, urgent", "/recherche?q=on+m%27a+vol%C3%A9+ma+carte"),
    PageType("search, two questions", "/recherche?q=j%27ai+perdu+ma+carte+et+comment+je+change+d%27adresse"),
    PageType("search, subject without an article", "/recherche?q=location+d%27un+coffre-fort+pour+mes+bijoux"),
    PageType("search, nothing", "/recherche?q=xylophone+zzyzx"),
    PageType("search, distress", "/recherche?q=je+veux+mourir"),
    PageType("search, person", "/recherche?q=je+veux+parler+%C3%A0+quelqu%27un"),
    PageType("search, form", "/recherche?q=mon+dossier+de+pr%C3%AAt+n%27avance+pas+depuis+3+semaines"),
    PageType("search, branch", "/recherche?q=horaires+agence+Strasbourg+samedi"),
    PageType("search, contact point", "/recherche?q=m%C3%A9diateur"),
    PageType("search, other language", "/recherche?q=how+do+I+find+my+iban"),
    PageType("search, empty", "/recherche"),
    PageType("search, in a theme", "/recherche?q=carte&theme=cartes"),
    PageType("contact", "/contact"),
    PageType("branches", "/agences"),
    PageType("branches, none found", "/agences?q=zzyzx"),
    PageType("branches, found", "/agences?q=67"),
    PageType("branch", "/agences/strasbourg-kleber"),
    PageType("official accounts", "/comptes-officiels"),
    PageType("legal", "/mentions-legales"),
    PageType("privacy", "/donnees-personnelles"),
    PageType("accessibility", "/accessibilite"),
    PageType("choose a nature", "/ecrire"),
    PageType("form, question", "/ecrire/question"),
    PageType("form, request", "/ecrire/demande"),
    PageType("form, complaint", "/ecrire/reclamation"),
    PageType("form, distress", "/ecrire/demande", _distress_before_sending),
    PageType("form, urgent", "/ecrire/urgence"),
    PageType("form, errors", "/ecrire/demande", _with_errors, 400),
    PageType("form, answers while typing", "/ecrire/demande", _answers_live),
    PageType("form, before sending", "/ecrire/demande", _before_sending),
    PageType("receipt", "/ecrire/demande", _receipt),
    PageType("opinion, thanks", "/questions/delai-virement", _found_useful),
    PageType("opinion, a person wanted", "/questions/virement-etranger", _wants_a_person),
    PageType("for owners of sites", "/integration/"),
    PageType("error 404", "/nulle-part", status=404),
    PageType("error 405", "/", lambda page: _post(page, "form.nowhere"), 405),
    PageType("English home", "/en/"),
    PageType("English article", "/en/questions/lost-or-stolen-card"),
    PageType("English search", "/en/search?q=lost+my+card"),
    PageType("English contact", "/en/contact"),
    PageType("English branch", "/en/branches/strasbourg-kleber"),
    PageType("English form", "/en/write/complaint"),
    PageType("English legal", "/en/legal"),
    PageType("English, for owners of sites", "/en/integration/"),
    PageType("English 404", "/en/nowhere", status=404),
)

_ALIKE = ("search, in a theme", "branches, found", "opinion, thanks", "form, question", "privacy")
ONE_EACH = tuple(each for each in PAGES if not each.name.startswith("English") and each.name not in _ALIKE)
"""The layouts that differ, for the tests of layout."""
