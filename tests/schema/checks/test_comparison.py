from collections.abc import Callable
from dataclasses import replace

import pytest

from schema.checks import UnreadableContractError, Verdict, compare_contracts
from schema.checks.rendering import render_annotations, render_json, summarize
from schema.contract import Contract, DeclaredPermission
from supergraph.spec import SubgraphName

Document = Callable[..., str]


@pytest.fixture
def contract(supergraph_document: Document) -> Contract:
    types = "type Query @join__type(graph: A) { a: Int b(c: Int): Int }"
    return Contract(
        {SubgraphName("a"): "type Query { a: Int b(c: Int): Int }"},
        supergraph_document(types),
        "type Query { a: Int b(c: Int): Int }",
        (DeclaredPermission("a:read", SubgraphName("a"), "See a", "read"),),
    )


@pytest.fixture
def changed(contract: Contract, supergraph_document: Document) -> Contract:
    """A field with a new rule, an argument more, a field more, a permission less."""
    types = "type Query @join__type(graph: A) { a: Int @authenticated b(c: Int, d: Int): Int e: Int @authenticated }"
    return replace(
        contract,
        supergraph_sdl=supergraph_document(types),
        api_sdl="type Query { a: Int b(c: Int, d: Int): Int e: Int }",
        permissions=(),
    )


def test_nothing_changed_is_nothing_told(contract: Contract) -> None:
    assert compare_contracts(contract, contract) == ()


def test_the_worst_comes_first_then_the_coordinate(contract: Contract, changed: Contract) -> None:
    told = [(each.ruling.verdict, each.change.coordinate) for each in compare_contracts(contract, changed)]
    assert told == [
        (Verdict.BREAKING, "Query.a"),
        (Verdict.BREAKING, "a:read"),
        (Verdict.RISKY, "Query.b(d:)"),
        (Verdict.SAFE, "Query.e"),
    ]


def test_a_field_that_disappears_is_not_told_for_its_rule_too(
    contract: Contract, supergraph_document: Document
) -> None:
    """An @inaccessible field stays in the supergraph; for clients it is gone, and that is all."""
    types = "type Query @join__type(graph: A) { a: Int @authenticated b(c: Int): Int }"
    hidden = replace(
        contract, supergraph_sdl=supergraph_document(types), api_sdl="type Query { b(c: Int): Int }"
    )
    assert [each.change.kind for each in compare_contracts(contract, hidden)] == ["FIELD_REMOVED"]


@pytest.mark.parametrize(
    ("part", "said"),
    [("api_sdl", "api.graphql is no valid schema"), ("supergraph_sdl", "supergraph.graphql:")],
)
def test_a_broken_document_is_told_in_one_line(contract: Contract, part: str, said: str) -> None:
    for broken in ("type {", "type Query { a: Nope }" if part == "api_sdl" else ""):
        bad = replace(contract, **{part: broken})
        with pytest.raises(UnreadableContractError, match=said) as caught:
            compare_contracts(bad, contract)
        assert "\n" not in str(caught.value)


def test_the_reports_count_alike(contract: Contract, changed: Contract) -> None:
    findings = compare_contracts(contract, changed)
    assert summarize(findings, "main") == "Since main: 2 breaking, 1 risky, 1 safe."
    assert '"breaking": 2' in render_json(findings, (), "main")
    assert [line.split(" ")[0] for line in render_annotations(findings)] == [
        "::error",
        "::error",
        "::warning",
        "::notice",
    ]


def test_an_annotation_stays_one_line(contract: Contract) -> None:
    """A reason for a deprecation may hold anything."""
    reason = '"""50% off:\nlater"""'
    deprecated = replace(
        contract, api_sdl=f"type Query {{ a: Int @deprecated(reason: {reason}) b(c: Int): Int }}"
    )
    (line,) = render_annotations(compare_contracts(contract, deprecated))
    assert line.startswith(
        "::notice title=safe%3A DEPRECATION_ADDED::Query.a became deprecated: 50%25 off:%0Alater"
    )
    assert "\n" not in line
