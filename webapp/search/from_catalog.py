"""What the ear is to know of a catalog: articles, synonyms, branches, and the rules of orientation."""

from webapp.knowledge.articles import Article
from webapp.knowledge.catalog import Catalog
from webapp.search.model import Corpus, Document, Place, Rule


def _pressing(article: Article, contacts: set[str]) -> str:
    """The urgent contact point that an urgent article ends with, or ""."""
    step = article.next_step
    return step.id if article.urgent and step and step.kind == "contact" and step.id in contacts else ""


def corpus_of(catalog: Catalog) -> Corpus:
    """The corpus of a catalog; document ids are article slugs, unique within a language."""
    points = catalog.contact_points
    pressing = {each.id for each in points if each.urgent}
    return Corpus(
        documents=tuple(
            Document(
                id=article.slug,
                language=article.language,
                theme=article.theme,
                title=article.question,
                summary=article.summary,
                phrasings=article.phrasings,
                keywords=article.keywords,
                body=article.plain,
                urgent=article.urgent,
                urgent_contact=_pressing(article, pressing),
            )
            for article in catalog.articles
        ),
        synonyms=catalog.synonyms,
        urgent_when={
            language: {each.id: each.urgent_when[language] for each in points if each.urgent_when.get(language)}
            for language in catalog.site.languages
        },
        urgent_unless={
            language: {each.id: each.urgent_unless[language] for each in points if each.urgent_unless.get(language)}
            for language in catalog.site.languages
        },
        rules=tuple(
            Rule(
                id=rule.id,
                leads_to=rule.leads_to,
                when=rule.when,
                asked=rule.asked,
                unless=rule.unless,
                contacts=rule.contacts,
                numbers=rule.public_numbers,
                nature=rule.nature,
                theme=rule.theme,
                town=rule.town,
                after_answer=rule.after_answer,
            )
            for rule in catalog.rules
        ),
        theme_words=tuple((each.theme, each.when) for each in catalog.theme_words),
        branches={each.id: Place(each.town, each.name, each.postcode) for each in catalog.branches},
    )
