"""A small bank whose content is right in every respect; each test spoils what it is about."""

from datetime import date
from pathlib import Path

from webapp.knowledge.check import check
from webapp.knowledge.report import Problem, Report

TODAY = date(2026, 11, 22)
BODY = "Appelez-nous au 01 99 00 10 10, jour et nuit. " + "Nous vous aidons tout de suite. " * 20
FILES = {
    "site.yaml": """
bank: {name: Banque Essai, legal_name: Banque Essai SA, short: Essai}
languages: [fr, en]
default_language: fr
logo: logo.svg
colours: {accent: "#0b5c7a", accent_dark: "#7cc7e0", urgent: "#b3261e", urgent_dark: "#ffb4ab"}
themes:
  - {id: cartes, slug: {fr: cartes, en: cards}, title: {fr: Cartes, en: Cards}, summary: {fr: Vos cartes, en: Cards}}
  - {id: frais, slug: {fr: frais, en: fees}, title: {fr: Frais, en: Fees}, summary: {fr: Les tarifs, en: Fees}}
most_asked: {fr: [carte-perdue], en: [lost-card]}
required_pages: [legal]
urgent_strip: [opposition]
legal: {host: "Hébergeur, 01 99 00 19 00"}
official_accounts:
  - {kind: phone, label: {fr: Téléphone}, value: 01 99 00 10 10}
""",
    "contacts.yaml": """
contact_points:
  - id: opposition
    kind: phone
    name: {fr: Opposition, en: Block a card}
    urgent: true
    urgent_when: {fr: [volé carte]}
    phone: "01 99 00 10 10"
    phone_abroad: "+33 1 99 00 10 10"
    price: {fr: Gratuit}
    hours: {always: true}
  - id: service
    kind: phone
    name: {fr: Service client}
    phone: "01 99 00 10 30"
    price: {fr: Gratuit}
    hours:
      week: {mon-fri: "08:30-19:00", sat: "09:00-12:30, 13:30-16:00"}
      closures:
        - {from: 2026-12-24, to: 2026-12-24, hours: "09:00-12:00", reason: {fr: Veille de Noël}}
  - {id: message, kind: secure_message, name: {fr: Message}, form: request}
public_numbers:
  - {number: "17", name: {fr: Police}}
  - {number: "3114", name: {fr: Prévention du suicide}}
""",
    "branches.yaml": """
branches:
  - id: strasbourg-kleber
    name: Strasbourg Kléber
    street: 12 place Kléber
    postcode: "67000"
    town: Strasbourg
    phone: "03 53 01 20 10"
    hours: {week: {tue-fri: "09:00-12:00, 14:00-18:00"}}
  - id: saint-etienne
    name: Saint-Étienne Centre
    street: 1 rue de la Paix
    postcode: "42000"
    town: Saint-Étienne
    phone: "04 65 71 00 10"
    hours: {week: {mon-fri: "09:00-17:00"}}
""",
    "synonyms.yaml": "fr:\n  - [carte, cb]\nen:\n  - [card, debit card]\n",
    "forms.yaml": """
natures:
  - id: request
    slug: {fr: demande, en: request}
    title: {fr: Faire une demande}
    summary: {fr: Vous voulez quelque chose.}
    phone_first: [opposition]
    fields:
      - {id: date, kind: date, label: {fr: Date des faits}}
      - {id: what, kind: choice, label: {fr: Quoi}, choices: [{id: a, label: {fr: A}}, {id: b, label: {fr: B}}]}
""",
    "assets/logo.svg": '<svg xmlns="http://www.w3.org/2000/svg"><rect width="8" height="8" fill="#0b5c7a"/></svg>',
    "assets/favicon.svg": '<svg xmlns="http://www.w3.org/2000/svg"><circle r="4"/></svg>',
    "fr/pages/legal.md": """---
title: Mentions légales
summary: Qui édite ce site.
owner: Juridique
reviewed: 2026-10-12
---
La banque édite ce site.
""",
    "en/pages/legal.md": """---
title: Legal notice
summary: Who runs this site.
owner: Legal
reviewed: 2026-10-12
---
The bank runs this site.
""",
    "fr/cartes/carte-perdue.md": f"""---
question: "J'ai perdu ma carte : que faire ?"
summary: Faites opposition tout de suite, jour et nuit. Après votre appel, vous ne payez plus rien.
phrasings: [g perdu ma cb, carte volée hier soir, je trouve plus ma carte]
keywords: [opposition]
contact: opposition
urgent: true
related: [frais-carte]
redirects: [opposition-carte]
sources: ["Code monétaire et financier, article L.133-17"]
owner: Monétique
reviewed: 2026-10-12
review_by: 2027-10-12
---
{BODY}

## Ensuite

Lisez [les frais de carte](article:frais-carte) ou [écrivez-nous](form:request).
""",
    "fr/frais/frais-carte.md": f"""---
question: Combien coûte ma carte ?
summary: Le prix de votre carte est dans la brochure des tarifs, en ligne et en agence.
phrasings: [prix carte, combien la cb, tarif carte bancaire]
owner: Tarifs
reviewed: 2026-10-12
review_by: 2027-10-12
---
{BODY}
""",
    "en/cartes/lost-card.md": f"""---
question: I have lost my card. What should I do?
summary: Block your card at once, at any time of day. After your call you pay nothing more.
phrasings: [lost my card, card stolen, cannot find my card]
owner: Monétique
reviewed: 2026-10-12
review_by: 2027-10-12
translates: carte-perdue
---
{BODY.replace("Appelez-nous au", "Call us on")}
""",
}


class Content:
    """The content folder of one test."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name, text in FILES.items():
            self.write(name, text.removeprefix("\n"))

    def write(self, name: str, text: str | bytes) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)

    def change(self, name: str, old: str, new: str) -> None:
        """Replace `old`, which must be there, once."""
        text = (self.root / name).read_text(encoding="utf-8")
        assert old in text
        self.write(name, text.replace(old, new, 1))

    def body(self, markdown: str) -> None:
        """Give the article « frais-carte », whose body begins on line 9, another body."""
        head = FILES["fr/frais/frais-carte.md"].split("---\n")[1]
        self.write("fr/frais/frais-carte.md", f"---\n{head}---\n{markdown}\n")

    def check(self) -> Report:
        return check(self.root, TODAY)

    def only(self, code: str) -> Problem:
        """The one problem of this code."""
        found = [each for each in self.check().problems if each.code == code]
        assert len(found) == 1, [(each.code, each.message) for each in self.check().problems]
        return found[0]
