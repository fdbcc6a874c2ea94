"""Markdown → safe HTML: what editors may write, what attackers may try, what takes too long."""

import time
from collections.abc import Callable

import html5lib
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.knowledge.rendering import Context, Memory, Rendered, UnknownTarget, render

ALLOWED_TAGS = {
    *(
        "html",
        "head",
        "body",
        "h2",
        "h3",
        "h4",
        "p",
        "ul",
        "ol",
        "li",
        "strong",
        "em",
        "a",
        "blockquote",
        "code",
        "pre",
    ),
    *("table", "thead", "tbody", "tr", "th", "td", "br", "hr", "img", "div"),
}


def address(kind: str, name: str) -> str:
    if name == "absent":
        raise UnknownTarget("unknown-article", "L'article « absent » n'existe pas.", "Corrigez.")
    return f"/{kind}/{name}"


def image(name: str) -> str:
    if name != "plan.png":
        raise UnknownTarget("missing-image", f"L'image « {name} » n'existe pas.", "Ajoutez-la.")
    return "/images/plan-12345678.png"


CONTEXT = Context(
    file="fr/cartes/essai.md",
    language="fr",
    address=address,
    image=image,
    first_line=10,
    numbers=frozenset({"+33199001010"}),
    short_numbers=frozenset({"17", "3114", "33700"}),
)


def shown(markdown: str) -> Rendered:
    return render(markdown, CONTEXT)


def codes(markdown: str) -> list[tuple[str, int]]:
    return [(each.code, each.line) for each in shown(markdown).problems]


def test_a_paragraph_a_list_and_bold_words() -> None:
    html = shown("Un **mot** fort.\n\n1. Appelez\n2. Notez").html
    assert html == "<p>Un <strong>mot</strong> fort.</p>\n<ol>\n<li>Appelez</li>\n<li>Notez</li>\n</ol>\n"


def test_headings_get_an_address_of_their_own() -> None:
    html = shown("## Qui paie ?\n\n### Œuvre\n\n## Qui paie ?").html
    assert 'id="s-qui-paie"' in html
    assert 'id="s-oeuvre"' in html
    assert 'id="s-qui-paie-2"' in html


def test_internal_links_become_paths() -> None:
    html = shown("[opposition](contact:opposition) et [payer](article:payer-en-ligne)").html
    assert '<a href="/contact/opposition">opposition</a>' in html
    assert '<a href="/article/payer-en-ligne">payer</a>' in html


def test_an_internal_link_that_leads_nowhere_is_told_with_its_line() -> None:
    assert codes("Un\ndeux [x y](article:absent)") == [("unknown-article", 11)]


def test_links_out_say_so_and_must_be_https() -> None:
    assert 'rel="noopener external"' in shown("[la loi](https://www.legifrance.gouv.fr/x)").html
    assert codes("[la loi](http://www.legifrance.gouv.fr/x)") == [("link-address", 10)]
    assert codes("[la loi](legifrance)") == [("link-address", 10)]
    assert codes("[la loi](//evil.example/x)") == [("link-address", 10)]


def test_a_link_says_where_it_leads() -> None:
    assert codes("[ici](article:a), [Cliquez ici !](article:a) et [](article:a)") == [
        ("link-vague", 10),
        ("link-vague", 10),
        ("link-empty", 10),
    ]
    assert codes("Pour le voir, cliquez ici : [les tarifs](article:a)") == [("link-vague", 10)]


def test_a_link_written_wrong_is_seen() -> None:
    assert codes("[les tarifs] (article:a)") == [("link-broken", 10)]
    assert codes("[les tarifs](article:a b)") == [("link-broken", 10)]


def test_known_numbers_become_telephone_links_however_they_are_spaced() -> None:
    html = shown("Au 01 99 00 10 10 ou **0199001010**, composez le 3114 ou le 18.").html
    assert html.count('href="tel:+33199001010"') == 2
    assert '<a href="tel:3114">3114</a>' in html
    assert "tel:18" not in html


def test_a_number_inside_a_link_stays_as_it_is() -> None:
    assert "tel:" not in shown("[appeler le 01 99 00 10 10](contact:opposition)").html


def test_unknown_numbers_are_told() -> None:
    assert codes("Un\n\nAppelez le 09.99.99.99.99") == [("unknown-number", 12)]
    assert codes("Appelez le +44 20 7946 0000") == [("unknown-number", 10)]
    assert codes("Composez le 3333.") == [("unknown-short-number", 10)]


def test_french_spaces_are_set_but_not_in_code_nor_in_the_plain_text() -> None:
    found = shown("L'avis : « oui » ? `a : b`")
    assert "L’avis\u00a0: «\u00a0oui\u00a0»\u202f?" in found.html.replace("&nbsp;", "\u00a0")
    assert "<code>a : b</code>" in found.html
    assert found.plain == "L'avis : « oui » ? a : b"


def test_plain_text_is_one_block_per_line_without_marks() -> None:
    assert (
        shown("## Titre\n\nUn **mot**\nici.\n\n| A | B |\n|---|---|\n| 1 | 2 |").plain
        == "Titre\nUn mot ici.\nA\nB\n1\n2"
    )


def test_tables_scroll_by_themselves_and_name_their_columns() -> None:
    html = shown("| Carte | Prix |\n|---|--:|\n| Bleue | 5 € |").html
    assert '<div class="table-scroll" role="group" tabindex="0" aria-label="Tableau : Carte, Prix">' in html
    assert '<th class="amount" scope="col">Prix</th>' in html
    assert "style" not in html


@pytest.mark.parametrize(
    ("markdown", "code", "line"),
    [
        ("# Titre", "heading-h1", 10),
        ("## A\n\n#### B", "heading-skipped", 12),
        ("### A", "heading-skipped", 10),
        ("## \n", "heading-empty", 10),
        ("Un <b>mot</b>", "raw-html", 10),
        ("<div>\n</div>", "raw-html", 10),
        ("<!-- note -->", "raw-html", 10),
        ("![](plan.png)", "image-alt", 10),
        ("![Plan](absent.png)", "missing-image", 10),
        ("| A | B |\n| 1 | 2 |", "table-header", 10),
        ("|  |  |\n|---|---|\n| 1 | 2 |", "table-header", 10),
        ("```\ncode\n```", "code-block", 10),
    ],
)
def test_mistakes_of_structure(markdown: str, code: str, line: int) -> None:
    assert (code, line) in codes(markdown)


def test_an_image_with_a_description() -> None:
    found = shown("![Plan de l'agence](plan.png)")
    assert found.problems == ()
    assert found.html == ('<p><img src="/images/plan-12345678.png" alt="Plan de l\'agence" loading="lazy"></p>\n')


def test_a_long_sentence_is_a_warning_then_an_error_and_is_quoted() -> None:
    hard, unreadable = "mot " * 27, "mot " * 41
    (warning,) = shown(f"Court.\nVoici {hard.strip()}.").problems
    assert (warning.severity, warning.code, warning.line) == ("warning", "sentence-hard", 11)
    assert "28 mots : « Voici mot mot mot mot mot mot mot… »" in warning.message
    (error,) = shown(unreadable).problems
    assert (error.severity, error.code) == ("error", "sentence-unreadable")


def test_list_items_telephone_numbers_and_abbreviations_do_not_make_sentences_long() -> None:
    assert codes("\n".join(f"- {'mot ' * 20}" for _ in range(5))) == []
    assert codes("mot " * 20 + "au 01 99 00 10 10 pour 10 000 000 €.") == []
    assert codes("mot " * 20 + "fin. " + "Autre " * 20 + "fin.") == []


ATTACKS = [
    "<script>alert(1)</script>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](java\nscript:alert(1))",
    "[x](vbscript:x)",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "![x](javascript:alert(1))",
    "<javascript:alert(1)>",
    '<https://a.example/"onmouseover=alert(1)>',
    '[x](https://a.example "t\\" onmouseover=\\"alert(1)")',
    '![x" onerror="alert(1)](plan.png)',
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    '[x](https://a.example/" onclick="alert(1))',
    "## <img src=x onerror=alert(1)>",
    "| <script>alert(1)</script> |\n|---|\n| <iframe src=//x> |",
    "`<script>alert(1)</script>`",
    "```<script>\nalert(1)\n```",
    "[a]: javascript:alert(1)\n\n[a]",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<a href='data:text/html,x'>x</a>",
    "<style>@import 'x'</style>",
    "\u2028<script>alert(1)</script>",
]


def assert_harmless(html: str) -> None:
    """What a browser's parser makes of it: allowed elements, no script, no foreign scheme."""
    tree = html5lib.parse(html, namespaceHTMLElements=False)
    for element in tree.iter():
        assert element.tag in ALLOWED_TAGS
        for name, value in element.attrib.items():
            assert name in {"href", "rel", "id", "start", "scope", "src", "alt", "loading", "class", "role"} | {
                "tabindex",
                "aria-label",
            }
            if name in ("href", "src"):
                assert value == "" or value[0] == "/" or value.startswith(("https://", "mailto:", "tel:"))


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_attack_comes_through(attack: str) -> None:
    assert_harmless(shown(attack).html)


FRAGMENTS = st.sampled_from(
    [
        *ATTACKS,
        "**",
        "_",
        "`",
        "[",
        "](",
        ")",
        "<",
        ">",
        "|",
        "\n",
        "\n\n",
        "- ",
        "1. ",
        "# ",
        "> ",
        "\\",
        "&",
        "'",
        '"',
        "é",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(FRAGMENTS, st.text(max_size=8)), max_size=25).map("".join))
def test_whatever_is_typed_is_harmless_and_never_raises(markdown: str) -> None:
    assert_harmless(shown(markdown).html)


BOMBS: dict[str, Callable[[int], str]] = {
    "open brackets": lambda n: "[" * n,
    "nested links": lambda n: "[a](" * (n // 4),
    "images": lambda n: "![" * (n // 2),
    "emphasis": lambda n: "*a " * (n // 3),
    "mixed emphasis": lambda n: "*a_b" * (n // 4),
    "backticks": lambda n: "".join("`" * (i % 90) + "a" for i in range(n // 46)),
    "quotes": lambda n: "> " * (n // 2),
    "deep lists": lambda n: "\n".join("  " * i + "- a" for i in range(330)) + "\n" + "- a\n" * (n // 8),
    "lists": lambda n: "- a\n" * (n // 4),
    "tables": lambda n: "|" * 1000 + "\n" + "|-" * 1000 + "\n" + "|\n" * (n // 4),
    "angles": lambda n: "<a " * (n // 3),
    "autolinks": lambda n: "<https:" * (n // 7),
    "entities": lambda n: "&" * n,
    "escapes": lambda n: "\\" * n,
    "paragraphs of brackets": lambda n: ("[" * 5000 + "\n\n") * (n // 5000),
    "paragraphs of stars": lambda n: ("**a " * 1250 + "\n\n") * (n // 5000),
    "paragraphs of backticks": lambda n: (("".join("`" * i + " " for i in range(98))) + "\n\n") * (n // 5000),
    "digits": lambda n: ("0 1" * 1600 + "\n\n") * (n // 5000),
    "words without end": lambda n: "mot " * (n // 4),
    "headings": lambda n: "# a\n" * (n // 4),
    "same headings": lambda n: "## a\n\n" * (n // 6),
    "as many headings as allowed": lambda n: "## a\n" * 2900,
    "as many items as allowed": lambda n: "- a (https://b.c) 01\n" * 2900,
    "as many brackets as allowed": lambda n: ("[" * 60 + "\n\n") * 8,
    "references": lambda n: "[a]: /b\n" * (n // 8),
    "spaces": lambda n: ("a" + " " * 5000 + "?\n\n") * (n // 5000),
    "points": lambda n: (". A" * 1600 + "\n\n") * (n // 5000),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_120_kilobytes_of_malice_take_a_bounded_time(bomb: str) -> None:
    text = BOMBS[bomb](120_000)
    start = time.process_time()
    shown(text)
    assert time.process_time() - start < 2


def test_a_text_beyond_the_limit_is_refused_unread() -> None:
    assert codes("a" * 200_001) == [("too-big", 10)]


def test_what_was_rendered_before_is_remembered_until_something_it_is_made_of_changes() -> None:
    memory = Memory()
    text = "Voyez [ceci](article:carte-perdue) et ![un plan](plan.png)."
    first = memory.render(text, CONTEXT)
    assert first == render(text, CONTEXT)
    assert memory.render(text, CONTEXT) is first
    moved = msgspec.structs.replace(CONTEXT, address=lambda kind, target: f"/ailleurs/{target}")
    assert "/ailleurs/carte-perdue" in memory.render(text, moved).html
    assert memory.render(text, CONTEXT) == first
    lower = msgspec.structs.replace(CONTEXT, first_line=12)
    assert memory.render(text, lower) == render(text, lower)


def test_a_link_that_leads_nowhere_is_looked_up_again_each_time() -> None:
    memory = Memory()
    text = "Voyez [ceci](article:absent)."
    wrong = memory.render(text, CONTEXT)
    assert [each.code for each in wrong.problems] == [each.code for each in render(text, CONTEXT).problems] != []
    right = msgspec.structs.replace(CONTEXT, address=lambda kind, target: f"/questions/{target}")
    assert memory.render(text, right).problems == ()

    assert memory.render(text, CONTEXT).problems == wrong.problems
