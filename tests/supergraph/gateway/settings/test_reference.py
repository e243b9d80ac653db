"""The page and the schema of all settings."""

from pathlib import Path

import pytest

from supergraph.gateway.settings import GatewaySettings, print_reference
from supergraph.gateway.settings.names import setting_names
from supergraph.gateway.settings.reference import settings_schema

PAGE = Path(__file__).resolve().parents[4] / "docs" / "settings.md"


def settings() -> list[tuple[str, dict[str, object]]]:
    """Each setting of each section, with what the schema says of it."""
    schema = settings_schema()
    definitions = schema["$defs"]
    assert isinstance(definitions, dict)
    sections = {"gateway": schema, **definitions}
    return [
        (f"{section}.{name}", each)
        for section, described in sections.items()
        for name, each in described.get("properties", {}).items()
    ]


@pytest.mark.parametrize(
    ("name", "schema"), settings(), ids=lambda each: each if isinstance(each, str) else ""
)
def test_every_setting_says_what_it_is(name, schema):
    section = "$ref" in schema or "allOf" in schema
    assert section or schema.get("description"), f"{name} has no description"


def test_every_section_says_what_it_is():
    definitions = settings_schema()["$defs"]
    assert isinstance(definitions, dict)
    assert [name for name, each in definitions.items() if not each.get("description")] == []


def test_the_page_is_what_the_sections_say():
    assert PAGE.read_text() == print_reference(), (
        "print it anew: dovetail settings reference > docs/settings.md"
    )


def test_the_page_names_every_setting_once():
    page = print_reference()
    for name in setting_names(GatewaySettings):
        if name.endswith((".env", ".file")) and f"`{name.rpartition('.')[0]}` | secret" in page:
            continue  # what a secret is stands at the head of the page
        leaf = name.replace(".*.", ".*.")
        assert page.count(f"| `{leaf}` |") + page.count(f"## `{leaf}`") >= 1 or "[]" in page, name


def test_the_schema_takes_what_is_taken():
    schema = settings_schema()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["additionalProperties"] is False
