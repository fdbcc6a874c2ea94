"""What an agent really wrote, out of what mail clients send: French and English, plain and HTML."""

import pytest

from webapp.delivery.quoting import LONGEST, fresh, plain

ANSWER = "Bonjour,\n\nVotre carte part demain.\n\nCamille"

QUOTING = {
    "thunderbird fr": "Le 23/11/2026 à 12:00, Guichet a écrit :\n> Bonjour\n> ma carte",
    "thunderbird en": "On 23/11/2026 12:00, Guichet wrote:\n> Hello",
    "gmail fr": "Le lun. 23 nov. 2026 à 12:00, Banque Rivage <guichet@banque-rivage.example> a écrit :\n\n> Bonjour",
    "gmail fr, two lines": "Le lun. 23 nov. 2026 à 12:00, Rivage <\nguichet@banque-rivage.example> a écrit :\n\n> x",
    "gmail en": "On Mon, Nov 23, 2026 at 12:00 PM Banque Rivage <\nguichet@banque-rivage.example> wrote:\n\n> x",
    "apple fr": "Le 23 nov. 2026 à 12:00, Guichet <g@bank.example> a écrit :\n\nBonjour, ma carte",
    "apple en": "On 23 Nov 2026, at 12:00, Guichet <g@bank.example> wrote:\n\nHello",
    "outlook fr": "________________________________\nDe : Guichet <g@bank.example>\nEnvoyé : lundi\nObjet : [X] Y",
    "outlook fr, without the rule": "De : Guichet <g@bank.example>\nEnvoyé : lundi 23 novembre\nÀ : A\nObjet : Y\n\nx",
    "outlook en": "From: Guichet <g@bank.example>\nSent: Monday, November 23, 2026 12:00\nTo: A\nSubject: Y\n\nHello",
    "outlook, bold": "*De :* Guichet\n*Envoyé :* lundi\n*À :* A\n\nx",
    "outlook express": "-----Message d'origine-----\nDe : Guichet\n\nx",
    "english express": "-----Original Message-----\nFrom: Guichet\n\nx",
    "nothing but marks": "> Bonjour\n> ma carte",
    "a signature": "-- \nCamille Durand\nBanque Rivage",
    "an iphone": "Envoyé de mon iPhone",
    "another telephone": "Sent from my Samsung Galaxy",
    "outlook for android": "Obtenir Outlook pour Android",
}


@pytest.mark.parametrize("tail", QUOTING.values(), ids=QUOTING.keys())
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_what_is_quoted_or_signed_is_cut(tail: str, ends: str) -> None:
    assert fresh(f"{ANSWER}\n\n{tail}\n".replace("\n", ends)) == ANSWER


@pytest.mark.parametrize(
    "text",
    [
        "Le contrat que vous avez écrit : il est complet.",
        "On Monday your card leaves.",
        "De : 10 à 12 heures, l'agence est ouverte.",
        "From: now on you can pay.\nIt works.",
        "Voir les conditions -- page 3.",
        "Vous avez écrit au service client le 3 mai.",
        "a\n\n---\n\nb",
    ],
)
def test_what_only_looks_like_a_quotation_stays(text: str) -> None:
    assert fresh(text) == text


def test_answers_written_between_quoted_lines_are_kept() -> None:
    assert fresh("> Ma carte ?\nElle part demain.\n> Et les frais ?\nAucun.") == "Elle part demain.\nAucun."


def test_an_answer_without_a_word_is_nothing() -> None:
    assert fresh("\n\nLe 23/11/2026, Guichet a écrit :\n> x") == ""


def test_html_becomes_plain_and_nothing_of_it_survives() -> None:
    html = """<html><head><title>t</title><style>p{color:red}</style></head><body>
      <p>Bonjour,</p><p>Votre&nbsp;carte <b>part</b>
      demain.<br>C&eacute;lia &amp; nous</p><script>alert(1)</script><img src=x onerror=alert(1)>
      <ul><li>un</li><li>deux</li></ul>
      <div class="gmail_quote"><div>Le lundi, Guichet a écrit :</div><blockquote>Ma carte</blockquote></div></body>"""
    assert plain(html) == "Bonjour,\n\nVotre carte part demain.\nCélia & nous\n\nun\n\ndeux"


@pytest.mark.parametrize(
    "quotation",
    [
        '<blockquote type="cite">Ma carte</blockquote>',
        '<div class="moz-cite-prefix">Le 23/11/2026, Guichet a écrit :<br></div><blockquote>Ma carte</blockquote>',
        '<div id="appendonsend"></div><div id="divRplyFwdMsg"><b>De :</b> Guichet</div>',
        '<div class="gmail_attr">On Mon wrote:</div><blockquote class="gmail_quote">x</blockquote>',
    ],
)
def test_quotations_in_html_are_left_out(quotation: str) -> None:
    assert fresh(plain(f"<p>Votre carte part demain.</p>{quotation}")) == "Votre carte part demain."


@pytest.mark.parametrize(
    "html", ["<p", "<<<>>>", "<blockquote>" * 5000, "</p>" * 5000, "&#xffffffff;", "<!--", "<![CDATA[", "\0", ""]
)
def test_no_markup_breaks_it(html: str) -> None:
    assert "<p>x" not in plain(f"{html}<p>x</p>") or html in ("<!--", "<![CDATA[")  # then it is text, and shown as such


def test_its_time_and_length_are_bounded() -> None:
    assert len(fresh("a" * 10_000_000)) == LONGEST
    fresh("Le " + "x" * 500_000)
    fresh("> " * 500_000)
    fresh("De : a\n" * 50_000)
