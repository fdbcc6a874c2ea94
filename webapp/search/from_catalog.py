"""What the ear is to know of a catalog: its articles, its synonyms, and when a contact point is urgent."""

from webapp.knowledge.catalog import Catalog
from webapp.search.model import Corpus, Document


def corpus_of(catalog: Catalog) -> Corpus:
    """The corpus of a catalog; document ids are article slugs, unique within a language."""
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
            )
            for article in catalog.articles
        ),
        synonyms=catalog.synonyms,
        urgent_when={
            language: {
                contact.id: contact.urgent_when[language]
                for contact in catalog.contact_points
                if contact.urgent_when.get(language)
            }
            for language in catalog.site.languages
        },
    )
