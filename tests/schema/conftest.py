"""Documents for contracts, small enough to read."""

from collections.abc import Callable

import pytest

PREAMBLE = """schema
  @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/join/v0.5", for: EXECUTION)
  @link({authenticated}, for: SECURITY)
  @link(url: "https://specs.apollo.dev/requiresScopes/v0.1", for: SECURITY)
  @link(url: "https://specs.apollo.dev/policy/v0.1", for: SECURITY)
{{
  query: Query
}}

enum join__Graph {{
  A @join__graph(name: "a", url: "")
}}

"""

SupergraphDocument = Callable[..., str]


def print_supergraph(
    types: str, authenticated: str = 'url: "https://specs.apollo.dev/authenticated/v0.1"'
) -> str:
    """A supergraph of one subgraph `a`. `types` carry `@join__type(graph: A)`; the rest is written here."""
    return PREAMBLE.format(authenticated=authenticated) + types + "\n"


@pytest.fixture
def supergraph_document() -> SupergraphDocument:
    return print_supergraph
