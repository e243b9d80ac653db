"""Subgraphs in a line: tests of composing write only what they are about."""

from collections.abc import Callable
from typing import Final

import pytest

from supergraph.composer import Composition, SubgraphSource, compose

_IMPORTS: Final = (
    "@key @requires @provides @external @tag @extends @shareable @inaccessible @override @composeDirective "
    "@interfaceObject @authenticated @requiresScopes @policy @context @fromContext @cost @listSize @cacheTag"
)
FEDERATION_2: Final = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.12", '
    "import: [" + ", ".join(f'"{name}"' for name in _IMPORTS.split()) + "])\n"
)

Composed = Callable[..., Composition]


@pytest.fixture(scope="session")
def composed() -> Composed:
    """Compose subgraphs given by name; a document that links nothing gets everything of federation 2."""

    def compose_by_name(**documents: str) -> Composition:
        return compose(
            [
                SubgraphSource(name, "", sdl if "@link" in sdl else FEDERATION_2 + sdl)
                for name, sdl in documents.items()
            ]
        )

    return compose_by_name


@pytest.fixture(scope="session")
def codes(composed: Composed) -> Callable[..., set[str]]:
    """The codes of the errors."""
    return lambda **documents: {str(each.code) for each in composed(**documents).errors}


@pytest.fixture(scope="session")
def hints(composed: Composed) -> Callable[..., set[str]]:
    """The codes of the hints, of a composition that succeeds."""

    def hinted(**documents: str) -> set[str]:
        composition = composed(**documents)
        assert composition.errors == ()
        return {str(each.code) for each in composition.hints}

    return hinted


@pytest.fixture(scope="session")
def api(composed: Composed) -> Callable[..., str]:
    """The API schema, of a composition that succeeds."""

    def printed(**documents: str) -> str:
        composition = composed(**documents)
        assert composition.errors == ()
        assert composition.api_schema_sdl is not None
        return composition.api_schema_sdl

    return printed
