"""docs/schemas/: valid schemas, true to the format that is documented and to the bank's own content."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from webapp.knowledge.validation import SCHEMAS

NAMES = ("common", "site", "contacts", "branches", "synonyms", "forms", "orientation", "article", "page", "routes")


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_itself_valid_and_closed(name: str) -> None:
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    assert name == "common" or schema["additionalProperties"] is False


def test_every_schema_file_is_known() -> None:
    assert {each.name for each in SCHEMAS.glob("*.json")} == {f"{name}.schema.json" for name in NAMES}


def test_each_field_of_an_article_is_in_the_documented_format() -> None:
    document = (Path(SCHEMAS).parent / "content-format.md").read_text(encoding="utf-8")
    fields = json.loads((SCHEMAS / "article.schema.json").read_text(encoding="utf-8"))["properties"]
    assert [each for each in fields if f"\n{each}:" not in document] == []
