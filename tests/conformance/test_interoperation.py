"""Both ways: our gateway over supergraphs that others composed, and our supergraphs on the gateways of others.

The audit's cases decide. What others get wrong by themselves stands in KNOWN.md, and it is shown each time that it is
theirs: a gateway of others errs in the same way over Apollo's own document, and over a document of others that lacks
something the gateway of its makers errs too. And beyond running: over the composition corpus each side reads the other's documents as its own.
"""

import json
import re
import secrets
import select
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from graphql import get_introspection_query, is_specified_scalar_type, lexicographic_sort_schema, print_type

from supergraph.composer import SubgraphSource, compose
from supergraph.spec import client_schema, read_supergraph

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "tests" / "peers"
AUDIT = ROOT.parent / "shared" / "conformance" / "audit"
SUITES = sorted(path.name for path in AUDIT.glob("suites/*"))
CORPUS = sorted((ROOT.parent / "shared" / "conformance" / "composition").glob("*.json"))
KNOWN = Path(__file__).with_name("KNOWN.md")

APOLLO, GUILD = "@apollo/composition", "@theguild/federation-composition"
GATEWAYS = {
    "Apollo Gateway": ["apollo_gateway.mjs"],
    "Hive Gateway": ["hive_gateway.mjs"],
    "Hive Gateway with Hive Router's planner": ["hive_gateway.mjs", "router"],
}

pytestmark = [
    pytest.mark.npm,
    pytest.mark.xdist_group("interoperation"),  # one process of each peer, not one per worker
    pytest.mark.skipif(not SUITES, reason="the shared cases are not beside the project (../shared)"),
]

Ask = Callable[[dict[str, Any]], dict[str, Any]]


@pytest.fixture(scope="module")
def peer(peers: Path) -> Iterator[Callable[..., Ask]]:
    """A function from a script and its arguments to a function that asks it: one process for all questions."""
    node = shutil.which("node")
    assert node is not None
    with ExitStack() as running:

        @cache
        def start(script: str, *arguments: str) -> Ask:
            process = running.enter_context(
                subprocess.Popen(
                    [node, str(SCRIPTS / script), *arguments],
                    cwd=peers,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                )
            )
            running.callback(process.terminate)
            questions, answers = process.stdin, process.stdout
            assert questions is not None
            assert answers is not None

            def ask(question: dict[str, Any]) -> dict[str, Any]:
                questions.write(json.dumps(question).encode() + b"\n")
                questions.flush()
                ready, _, _ = select.select([answers], [], [], 60)
                assert ready, f"{script} does not answer"
                answer = json.loads(answers.readline())
                assert isinstance(answer, dict)
                return answer

            return ask

        yield start


@pytest.fixture(scope="module")
def composed(peer: Callable[..., Ask]) -> Callable[..., str]:
    """A function from subgraphs to their supergraph document: made by us, or by the npm package that is named."""

    @cache
    def document(composer: str | None, subgraphs: tuple[tuple[str, str, str], ...]) -> str:
        if composer is None:
            ours = compose([SubgraphSource(*each) for each in subgraphs])
            assert ours.supergraph_sdl is not None, ours.diagnostics
            return ours.supergraph_sdl
        question = {"subgraphs": [dict(zip(("name", "url", "sdl"), each, strict=True)) for each in subgraphs]}
        theirs = peer("composer.mjs", composer)(question)
        assert theirs.get("supergraph"), theirs
        return theirs["supergraph"]

    def composed_by(sources: list[SubgraphSource], composer: str | None = None) -> str:
        return document(composer, tuple((each.name, each.url, each.sdl) for each in sources))

    return composed_by


@pytest.fixture(scope="module")
def answers(audit, peer: Callable[..., Ask]) -> Callable[..., list[dict[str, Any]]]:
    """What a gateway of others answers to the cases of a suite, over a document."""

    def answer(gateway: str, suite: str, document: str, asked: list[dict[str, Any]]) -> list[dict[str, Any]]:
        ask = peer(*GATEWAYS[gateway])
        audit.renew(suite)
        return [
            ask({"supergraph": document, "query": case["query"], "variables": case.get("variables", {})})
            for case in asked
        ]

    return answer


def cases(suite: str) -> list[dict[str, Any]]:
    text = (AUDIT / "suites" / suite / "tests.json").read_text()
    return json.loads(text.replace("{{RANDOM}}", secrets.token_hex(6)))


def known(who: str, suite: str) -> set[int]:
    """The suite's cases that stand in KNOWN.md for this gateway, or for this gateway over this composer's document."""
    row = rf"^\| {re.escape(who)} \| {suite}_(\d+) \|"
    return {int(number) for number in re.findall(row, KNOWN.read_text(), re.MULTILINE)}


def judged(audit, case: dict[str, Any], answer: dict[str, Any]) -> str | None:
    """The audit's judgement of an answer that is there already."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(audit.run_cases, "post", lambda *_: answer)
        return audit.run_cases.check("", case, timeout=0)


@pytest.mark.parametrize("composer", [APOLLO, GUILD])
@pytest.mark.parametrize("suite", SUITES)
def test_our_gateway_runs_their_supergraph(audit, composed, gateway_over, answers, suite, composer):
    asked = cases(suite)
    document = composed(audit.sources(suite), composer)
    audit.renew(suite)
    address = gateway_over(document)
    problems = [audit.run_cases.check(address, case, timeout=10) for case in asked]
    wrong = {number: problem for number, problem in enumerate(problems) if problem}
    expected = known(f"Dovetail over {composer}", suite)
    assert {number: problem for number, problem in wrong.items() if number not in expected} == {}
    assert expected - wrong.keys() == set(), "these agree now: take them out of KNOWN.md"
    if expected:
        theirs = answers("Hive Gateway", suite, document, asked)
        assert all(judged(audit, asked[number], theirs[number]) for number in expected)


@pytest.mark.parametrize("gateway", GATEWAYS)
@pytest.mark.parametrize("suite", SUITES)
def test_their_gateway_runs_our_supergraph(audit, composed, answers, suite, gateway):
    asked = cases(suite)
    ours = answers(gateway, suite, composed(audit.sources(suite)), asked)
    problems = [judged(audit, *each) for each in zip(asked, ours, strict=True)]
    wrong = {number: problem for number, problem in enumerate(problems) if problem}
    expected = known(gateway, suite)
    assert {number: problem for number, problem in wrong.items() if number not in expected} == {}
    assert expected - wrong.keys() == set(), "these agree now: take them out of KNOWN.md"
    if expected:
        theirs = answers(gateway, suite, composed(audit.sources(suite), APOLLO), asked)
        assert {number: ours[number] for number in expected} == {
            number: theirs[number] for number in expected
        }


def corpus() -> list[Any]:
    """The corpus' files: one in every run, the rest in a sweep."""
    return [
        pytest.param(file, marks=[pytest.mark.sweep] if number else [], id=file.stem)
        for number, file in enumerate(CORPUS)
    ]


def that_compose(file: Path) -> Iterator[tuple[str, list[SubgraphSource]]]:
    for case in json.loads(file.read_text()):
        if case["verdict"] == "strict" and case["apollo"]["ok"]:
            subgraphs = case["subgraphs"]
            sources = (
                SubgraphSource(each["name"], f"http://{each['name']}", each["sdl"]) for each in subgraphs
            )
            yield case["id"], tuple(sources)


@pytest.mark.parametrize("composer", [APOLLO, GUILD])
@pytest.mark.parametrize("file", corpus())
def test_we_read_in_their_supergraph_the_api_that_we_read_in_ours(composed, file, composer):
    def types(document: str) -> dict[str, str]:
        schema = lexicographic_sort_schema(client_schema(read_supergraph(document)))
        return {
            name: print_type(type_)
            for name, type_ in schema.type_map.items()
            if not is_specified_scalar_type(type_)  # there or not, as a directive's arguments need it
        }

    for case, sources in that_compose(file):
        assert types(composed(sources, composer)) == types(composed(sources)), case


@pytest.mark.parametrize("gateway", ["Apollo Gateway", "Hive Gateway"])
@pytest.mark.parametrize("file", corpus())
def test_they_read_in_our_supergraph_the_api_that_they_read_in_theirs(composed, peer, file, gateway):
    ask = peer(*GATEWAYS[gateway])

    def seen(document: str) -> dict[str, Any]:
        answer = ask({"supergraph": document, "query": get_introspection_query(descriptions=False)})
        if (
            "refused" in answer
        ):  # authorization, which this gateway cannot enforce; its words name places in the text
            return {"refused": True}
        schema = answer["data"]["__schema"]
        return {type_["name"]: in_any_order(type_) for type_ in schema["types"]}

    for case, sources in that_compose(file):
        assert seen(composed(sources)) == seen(composed(sources, APOLLO)), case


def in_any_order(value: Any) -> Any:
    match value:
        case dict():
            return {key: in_any_order(item) for key, item in value.items()}
        case list():
            return sorted((in_any_order(item) for item in value), key=json.dumps)
    return value
