"""The request form: one class per nature, made from ``content/forms.yaml``.

The stamp is the form's CSRF implementation (WTForms lets a form name one): the defence is replaced by one that needs no
cookie, not switched off. Labels and messages are words of ``templates/words/``; ``say`` gives them in the page's
language.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, ClassVar

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from flask_wtf import FlaskForm
from wtforms import DateField, Field, HiddenField, RadioField, SelectField, StringField, TextAreaField, ValidationError
from wtforms.csrf.core import CSRF
from wtforms.validators import Optional, StopValidation

from webapp.knowledge.articles import Theme, said
from webapp.knowledge.catalog import FormField, Nature
from webapp.web.stamps import Stamp, StampError, Stamps

Say = Callable[..., str]

MESSAGE_LENGTH = 5_000  # characters: two pages, the longest letter of complaint that a person writes in a browser
TRAP = "website"  # the honeypot's name: a field that robots like to fill in
NATURE_PREFIX = "x_"  # before the id of a field that the nature adds, so that it can never shadow ours


class StampCSRF(CSRF):
    """Lets a form be checked by its stamp: `form.proof` when good, else `form.refusal`, which carries a new stamp."""

    def setup_form(self, form: Any) -> Any:
        self.stamps: Stamps = form.meta.stamps
        self.now_ms: int = form.meta.now_ms
        return super().setup_form(form)

    def generate_csrf_token(self, csrf_token_field: Any) -> str:
        return self.stamps.issue(self.now_ms)

    def validate_csrf_token(self, form: Any, field: Any) -> None:
        try:
            form.proof = self.stamps.read(field.data or "", self.now_ms)
            field.current_token = field.data
        except StampError as refusal:
            form.refusal = refusal
            field.current_token = refusal.renewed
            raise ValidationError(form.meta.say(f"form.error.{type(refusal).__name__}")) from refusal


class Needed:
    """A field that must be filled in; the message is its own, so that it says what to write."""

    field_flags: ClassVar[dict[str, bool]] = {"needed": True}

    def __init__(self, key: str) -> None:
        self.key = key

    def __call__(self, form: Any, field: Field) -> None:
        if not field.raw_data or not str(field.raw_data[0]).strip():
            field.errors[:] = []
            raise StopValidation(form.meta.say(self.key, label=field.label.text))


class AtMost:
    """A limit in characters; the message says how many there are, because nothing is cut."""

    def __init__(self, limit: int) -> None:
        self.limit = limit

    def __call__(self, form: Any, field: Field) -> None:
        length = len(field.data or "")
        if length > self.limit:
            separator = " " if form.meta.language == "fr" else ","
            limit, shown = (f"{each:,}".replace(",", separator) for each in (self.limit, length))
            raise StopValidation(form.meta.say("form.error.long", label=field.label.text, limit=limit, length=shown))


def one_of_the_choices(form: Any, field: Field) -> None:
    """Said in our own words, unlike the library's check."""
    if field.data not in field.choices:
        raise ValidationError(form.meta.say("form.error.choose", label=field.label.text))


def an_address(form: Any, field: Field) -> None:
    """A well-formed e-mail address (RFC 5322 as email-validator reads it; no DNS question inside a request)."""
    try:
        field.data = validate_email(field.data or "", check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise ValidationError(form.meta.say("form.error.email")) from error


def a_number(form: Any, field: Field) -> None:
    """Any telephone number a person may write, French by default; kept as it was typed."""
    try:
        if phonenumbers.is_possible_number(phonenumbers.parse(field.data or "", "FR")):
            return
    except phonenumbers.NumberParseException:
        pass
    raise ValidationError(form.meta.say("form.error.phone"))


def an_amount(form: Any, field: Field) -> None:
    """Euros as people write them: 12, 12,50, 1 200 €."""
    text = "".join(each for each in (field.data or "") if not each.isspace()).replace("€", "").replace(",", ".")
    try:
        if 0 <= float(text) < 1e9:
            return
    except ValueError:
        pass
    raise ValidationError(form.meta.say("form.error.amount", label=field.label.text))


def not_in_future(form: Any, field: Field) -> None:
    if isinstance(field.data, date) and field.data > form.meta.today:
        raise ValidationError(form.meta.say("form.error.future", label=field.label.text))


class Day(DateField):
    """A date from the browser's own control (ISO), or as the French write it: 5/11/2026."""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        text = (valuelist[0] if valuelist else "").strip()
        if not text:
            return
        for pattern in ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d %m %Y"):
            try:
                self.data = datetime.strptime(text, pattern).date()  # noqa: DTZ007  a calendar day has no zone
                return
            except ValueError:
                continue
        raise ValueError(self.meta.say("form.error.date", label=self.label.text))


class RequestForm(FlaskForm):
    """What every nature asks; subclasses made by ``form_class`` add the nature's own questions."""

    class Meta(FlaskForm.Meta):
        csrf = True
        csrf_class = StampCSRF
        csrf_field_name = "stamp"

        def get_translations(self, form: Any) -> None:
            """No message of the library is shown: each validator here has its own words."""

    proof: Stamp | None = None
    refusal: StampError | None = None
    nature_fields: tuple[str, ...] = ()
    themes: Mapping[str, str] = MappingProxyType({})

    step = HiddenField(default="check")

    def entered(self) -> dict[str, str]:
        """The answers to the nature's own questions, id → text, empty ones left out."""
        found = {}
        for name in self.nature_fields:
            field = self[name]
            if field.data:
                found[name.removeprefix(NATURE_PREFIX)] = _written(field)
        return found

    def texts(self) -> dict[str, str]:
        """What was typed where anything may be typed, by name of field. An e-mail address is not a text."""
        return {
            field.name: field.data or ""
            for field in self
            if isinstance(field, StringField)
            and not isinstance(field, HiddenField)
            and field.name not in ("email", TRAP)
        }

    def start_with(self, theme: str, message: str = "") -> None:
        """Put in what is known from the page that led here: the theme, and the question typed there."""
        self["theme"].data = theme
        self["message"].data = message
        leading = [place for place, each in self.themes.items() if theme and each == theme]
        if len(leading) == 1:  # several choices may share a theme: then the person says which
            field, _, choice = leading[0].partition(":")
            self[NATURE_PREFIX + field].data = choice

    def chosen_theme(self) -> str:
        """The theme that an answer gives, else the one that the form carries."""
        for name in self.nature_fields:
            found = self.themes.get(f"{name.removeprefix(NATURE_PREFIX)}:{self[name].data}")
            if found:
                return found
        return str(self["theme"].data or "")

    def mistakes(self) -> list[tuple[str, str]]:
        """(id of the field, message) in page order, for the summary on top."""
        return [(field.id, str(field.errors[0])) for field in self if field.errors and field.name != "stamp"]


def _written(field: Field) -> str:
    if isinstance(field, RadioField | SelectField):
        return str(dict(field.choices).get(field.data, field.data))
    return str(field.data).strip()


def form_class(nature: Nature, themes: Sequence[Theme], language: str, say: Say) -> type[RequestForm]:
    """The form of one nature in one language: its questions first, then the message, then who is writing."""
    members: dict[str, Any] = {}
    names = []
    for each in nature.fields:
        names.append(NATURE_PREFIX + each.id)
        members[names[-1]] = _question(each, language)
    members["nature_fields"] = tuple(names)
    members["themes"] = nature.themes
    topics = {"": say("form.theme.unknown"), **{theme.id: said(theme.title, language) for theme in themes}}
    if nature.themes:  # one of its own questions says it: never ask twice
        members["theme"] = HiddenField(default="")
    else:
        members["theme"] = SelectField(say("form.theme.label"), choices=topics, default="", validate_choice=False)
    members["message"] = TextAreaField(
        say("form.message.label"), [Needed("form.error.message"), AtMost(MESSAGE_LENGTH)]
    )
    members["name"] = StringField(say("form.name.label"), [Needed("form.error.name"), AtMost(120)])
    members["email"] = StringField(
        say("form.email.label"), [Needed("form.error.email_missing"), AtMost(254), an_address]
    )
    members["phone"] = StringField(say("form.phone.label"), [Optional(), AtMost(40), a_number])
    members[TRAP] = StringField(say("form.trap.label"))
    return type("RequestFormFor" + nature.id.title(), (RequestForm,), members)


def _question(each: FormField, language: str) -> Any:
    label, hint = said(each.label, language), said(each.hint, language)
    first: list[Any] = [Needed("form.error.choose" if each.kind == "choice" else "form.error.needed")]
    if not each.required:
        first = [Optional()]
    options: Mapping[str, Any] = {"label": label, "description": hint}
    if each.kind == "choice":
        choices = {choice.id: said(choice.label, language) for choice in each.choices}
        known: list[Any] = [*first, one_of_the_choices]
        without: dict[str, Any] = {"default": "", "validate_choice": False}
        # Few choices are read at once as radio buttons; many are quicker in a list that a phone shows its own way.
        if len(choices) > 5:
            return SelectField(choices={"": "", **choices}, validators=known, **without, **options)
        return RadioField(choices=choices, validators=known, **without, **options)
    if each.kind == "date":
        return Day(validators=[*first, not_in_future], **options)
    rules = [*first, AtMost(each.max_length)] + ([an_amount] if each.kind == "amount" else [])
    kind = TextAreaField if each.kind == "textarea" else StringField
    return kind(validators=rules, **options)
