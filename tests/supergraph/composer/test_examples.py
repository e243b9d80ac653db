"""The examples of `dovetail explain`: the mistake is one, and what is shown as right is none."""

import re

import pytest

from supergraph.composer import SubgraphSource, compose
from supergraph.spec import CATALOGUE, Code

EXAMPLES = [code for code, entry in CATALOGUE.items() if entry.example is not None]
LINK = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key" "@requires" "@provides" '
    '"@external" "@shareable" "@override" "@inaccessible" "@authenticated" "@requiresScopes"])\n'
)
ROOT = SubgraphSource("root", "", "type Query { version: String }")


def documents_of(text: str) -> dict[str, str]:
    """The documents of an example by the names that head them."""
    parts = re.split(r"^# subgraph (\w+)\n", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True)) if len(parts) > 1 else {"only": text}


def codes_of(documents: dict[str, str]) -> set[Code]:
    sources = [
        SubgraphSource(name, "", sdl if "@link" in sdl else LINK + sdl) for name, sdl in documents.items()
    ]
    found = compose([*sources, ROOT], known_permissions={"users:read"}).diagnostics
    return {diagnostic.code for diagnostic in found}


@pytest.mark.parametrize("code", EXAMPLES)
def test_an_example_shows_the_mistake_and_its_remedy(code: Code):
    example = CATALOGUE[code].example
    assert example is not None
    wrong, right = documents_of(example.wrong), documents_of(example.right)
    assert right.keys() <= wrong.keys()
    assert code in codes_of(wrong)
    assert code not in codes_of({**wrong, **right})
