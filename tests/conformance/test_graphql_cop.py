"""C1: what graphql-cop looks for, and does not find on the gateway as it is by default.

The tool is on neither PyPI (its `graphql-cop` is an empty placeholder) nor npm, so its checks stand here under their names,
each as its page describes it: what is sent, and what in the answer it would report.
"""

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from supergraph.composer import SubgraphSource, compose

SDL = """
  type Query { hello(name: String): String secret: String }
  type Mutation { change: Boolean }
"""
INTROSPECTION = "query { __schema { types { name fields { name } } } }"


@pytest.fixture(scope="module")
def address(gateway_over) -> str:
    composition = compose([SubgraphSource("a", "http://127.0.0.1:9/", SDL)])
    assert composition.supergraph_sdl is not None
    return gateway_over(composition.supergraph_sdl)


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(headers={"user-agent": "graphql-cop"}) as session:
        yield session


@pytest.fixture
def ask(session, address):
    """POST as the tool does; the answer's JSON."""

    async def ask_(query: Any, **options: Any) -> Any:
        body = query if isinstance(query, list) else {"query": query}
        async with session.post(address, json=body, **options) as answer:
            return json.loads(await answer.read())

    return ask_


async def test_alias_overloading(ask):
    answer = await ask("query cop { " + " ".join(f"alias{n}:__typename" for n in range(101)) + " }")
    assert "data" not in answer


async def test_batch_query(ask):
    answer = await ask([{"query": "query cop { __typename }", "operationName": "cop"}] * 10)
    assert isinstance(answer, dict)
    assert "data" not in answer


async def test_field_duplication(ask):
    answer = await ask("query cop { " + "__typename " * 500 + "}")
    assert "data" not in answer


async def test_directive_overloading(ask):
    answer = await ask("query cop { __typename " + "@aa" * 10 + " }")
    # It counts how often it is told that there is no such directive: once for each is an answer that grows with them.
    assert len(answer["errors"]) < 10


async def test_circular_query_via_introspection(ask):
    answer = await ask(
        "query cop { __schema { types { fields { type { fields { type { fields { type { fields { type { name } "
        "} } } } } } } } } }"
    )
    assert "data" not in answer


async def test_get_method_query_support(session, address):
    async with session.get(address, params={"query": "query cop {__typename}"}) as answer:
        assert "data" not in json.loads(await answer.read())


@pytest.mark.parametrize("headers", [{}, {"graphql-require-preflight": "1"}])
async def test_mutation_over_get(session, address, headers):
    """The tool asks without the header; with it, too, nothing is changed over GET."""
    params = {"query": "mutation cop {__typename}"}
    async with session.get(address, params=params, headers=headers) as answer:
        assert answer.status in {400, 405}
        assert "data" not in json.loads(await answer.read())


async def test_post_based_url_encoded_query(session, address):
    async with session.post(address, data={"query": "query cop {__typename}"}) as answer:
        assert answer.status == 415
        assert "data" not in json.loads(await answer.read())


async def test_trace_mode(ask):
    answer = await ask(
        "query cop { __typename }", headers={"apollo-tracing": "1", "apollo-federation-include-trace": "ftv1"}
    )
    assert "tracing" not in answer.get("extensions", {})
    assert "ftv1" not in answer.get("extensions", {})


async def test_introspection(ask):
    answer = await ask(INTROSPECTION)
    assert "data" not in answer


async def test_field_suggestions(ask):
    for query in (
        "query cop { __schema { directive } }",
        "query cop { helo }",
        'query cop { hello(nam: "") }',
    ):
        assert "did you mean" not in json.dumps(await ask(query)).lower()


async def test_graphiql(session, address):
    root = address.removesuffix("/graphql")
    for path in ("/", "/graphql", "/graphiql", "/playground", "/console", "/altair", "/v1/graphiql"):
        async with session.get(root + path, headers={"accept": "text/html"}) as answer:
            text = (await answer.text()).lower()
        assert not any(name in text for name in ("<html", "graphiql", "graphql playground"))


@pytest.mark.parametrize(
    "body", ["query cop { abc ", "", "\x00", "{ hello(name: 1) }", "mutation { change }"]
)
async def test_unhandled_errors(ask, body):
    """Verbose errors: no trace, no path of a file, no name of a library."""
    answer = json.dumps(await ask(body)).lower()
    assert not any(
        word in answer
        for word in ("traceback", "exception", "stacktrace", ".py", "graphql-core", "graphql_core", "aiohttp")
    )


async def test_verbose_errors_of_a_subgraph_that_is_away(ask):
    answer = await ask("{ hello }")
    assert answer["data"] == {"hello": None}
    assert "127.0.0.1" not in json.dumps(answer)
