"""Structured data (schema.org, JSON-LD) for search engines and assistants."""

from typing import Any

from webapp.knowledge import opening_words
from webapp.knowledge.articles import Article, said
from webapp.knowledge.catalog import Catalog
from webapp.knowledge.contacts import Branch, ContactPoint, Hours

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_CONTEXT = "https://schema.org"


def bank(catalog: Catalog, language: str, public_url: str, logo: str) -> dict[str, Any]:
    """The bank and its telephone contact points."""
    return {
        "@context": _CONTEXT,
        "@type": "BankOrCreditUnion",
        "@id": f"{public_url}/#bank",
        "name": catalog.site.bank.name,
        "legalName": catalog.site.bank.legal_name,
        "url": f"{public_url}/",
        "logo": f"{public_url}{logo}",
        "sameAs": [each.url for each in catalog.site.official_accounts if each.url and each.kind != "app"],
        "contactPoint": [_contact_point(each, language) for each in catalog.contact_points if each.phone],
    }


def branch(found: Branch, catalog: Catalog, address: str, public_url: str) -> dict[str, Any]:
    """One branch and its ordinary hours."""
    return {
        "@context": _CONTEXT,
        "@type": "BankOrCreditUnion",
        "@id": f"{public_url}{address}",
        "name": f"{catalog.site.bank.name} {found.name}",
        "url": f"{public_url}{address}",
        "telephone": found.phone,
        "parentOrganization": {
            "@id": f"{public_url}/#bank",
            "@type": "BankOrCreditUnion",
            "name": catalog.site.bank.name,
        },
        "address": {
            "@type": "PostalAddress",
            "streetAddress": found.street,
            "postalCode": found.postcode,
            "addressLocality": found.town,
            "addressCountry": "FR",
        },
        "openingHoursSpecification": _opening(found.hours),
    }


def question(found: Article, address: str, public_url: str) -> dict[str, Any]:
    """An article as a question and its one accepted answer (FAQPage: the bank itself answers)."""
    return {
        "@context": _CONTEXT,
        "@type": "FAQPage",
        "@id": f"{public_url}{address}",
        "inLanguage": found.language,
        "dateModified": found.reviewed,
        "mainEntity": [
            {
                "@type": "Question",
                "name": found.question,
                "acceptedAnswer": {"@type": "Answer", "text": f"{found.summary}\n\n{found.plain}"},
            }
        ],
    }


def breadcrumbs(crumbs: list[tuple[str, str]], public_url: str) -> dict[str, Any]:
    """`crumbs`: (address, name) from the home page on; the last one is the page itself."""
    return {
        "@context": _CONTEXT,
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": place, "name": name, "item": f"{public_url}{address}"}
            for place, (address, name) in enumerate(crumbs, 1)
        ],
    }


def _contact_point(point: ContactPoint, language: str) -> dict[str, Any]:
    described = {
        "@type": "ContactPoint",
        "contactType": "emergency" if point.urgent else "customer service",
        "name": said(point.name, language),
        "telephone": point.phone_abroad or point.phone,
        "areaServed": "FR",
    }
    return described | ({"hoursAvailable": _opening(point.hours)} if point.hours else {})


def _opening(hours: Hours) -> list[dict[str, Any]]:
    return [
        {
            "@type": "OpeningHoursSpecification",
            "dayOfWeek": [_DAYS[day] for day in row.days],
            "opens": _clock(start),
            "closes": "23:59" if end == 1440 else _clock(end),
        }
        for row in opening_words.week(hours)
        for start, end in row.spans
    ]


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
