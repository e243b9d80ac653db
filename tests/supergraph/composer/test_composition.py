"""The composer as a whole: its cases, and what holds of every composition."""

import random
from pathlib import Path

import pytest

from supergraph.composer import Composition, Diagnostic, SubgraphSource, compose
from supergraph.spec import CATALOGUE, Code, Severity, print_supergraph, read_supergraph

CASES = Path(__file__).parents[2] / "cases" / "composition"
FOLDERS = sorted(CASES.iterdir())

# No document leads to these: the reference has them too, but for another engine's limits or another room's checks.
RESERVED = {
    Code.MAX_VALIDATION_SUBGRAPH_PATHS_EXCEEDED,
    Code.INVALID_FEDERATION_SUPERGRAPH,
    Code.REQUIRES_FIELDS_HAS_ARGS,
    Code.EXTERNAL_COLLISION_WITH_ANOTHER_DIRECTIVE,
    Code.UNSUPPORTED_FEATURE,
    Code.UNSUPPORTED_LINKED_FEATURE,
    Code.LIST_SIZE_INVALID_REQUIRE_ONE_SLICING_ARGUMENT,
    Code.NO_SELECTION_FOR_CONTEXT,
}


def sources_of(case: Path) -> list[SubgraphSource]:
    return [
        SubgraphSource(file.stem, f"http://{file.stem}.example/graphql", file.read_text())
        for file in sorted((case / "subgraphs").iterdir())
    ]


def shown(diagnostic: Diagnostic) -> str:
    places = " ".join(map(str, diagnostic.locations)) or "-"
    mend = f"  {diagnostic.mend}\n" if diagnostic.mend else ""
    return f"{diagnostic.severity} {diagnostic.code} {places}\n  {diagnostic.message}\n{mend}"


@pytest.mark.parametrize("case", FOLDERS, ids=lambda case: case.name)
def test_a_case_composes_as_written_down(case: Path):
    composition = compose(sources_of(case))
    assert "".join(map(shown, composition.diagnostics)) == (case / "diagnostics.txt").read_text()
    for name, text in (
        ("supergraph.graphql", composition.supergraph_sdl),
        ("api.graphql", composition.api_schema_sdl),
    ):
        file = case / name
        assert text == (file.read_text() if file.exists() else None)


@pytest.mark.parametrize("case", FOLDERS, ids=lambda case: case.name)
def test_the_order_of_the_subgraphs_does_not_matter(case: Path):
    sources = sources_of(case)
    shuffled = random.Random(7).sample(sources, len(sources))
    one, other = compose(sources), compose(shuffled)
    assert one.diagnostics == other.diagnostics
    assert one.supergraph_sdl == other.supergraph_sdl


@pytest.mark.parametrize(
    "case", [case for case in FOLDERS if (case / "supergraph.graphql").exists()], ids=lambda case: case.name
)
def test_a_printed_supergraph_reads_back_as_the_same(case: Path):
    supergraph = compose(sources_of(case)).supergraph
    assert supergraph is not None
    assert print_supergraph(read_supergraph(print_supergraph(supergraph))) == print_supergraph(supergraph)


def test_every_error_code_has_a_case_that_raises_it():
    raised = {
        line.split()[1]
        for case in FOLDERS
        for line in (case / "diagnostics.txt").read_text().splitlines()
        if not line.startswith(" ")
    }
    errors = {code for code, entry in CATALOGUE.items() if entry.severity is Severity.ERROR}
    assert errors - RESERVED - {Code.UNKNOWN_PERMISSION} - raised == set()


def test_every_diagnostic_says_where_in_one_line():
    for case in FOLDERS:
        for diagnostic in compose(sources_of(case)).errors:
            assert "\n" not in diagnostic.message
            assert diagnostic.locations or diagnostic.code is Code.NO_QUERIES


def one(sdl: str, *others: str, **options: set[str]) -> Composition:
    names = ["first", "second", "third"]
    texts = [sdl, *others]
    return compose(
        [SubgraphSource(name, "", text) for name, text in zip(names, texts, strict=False)],
        known_permissions=options.get("known_permissions"),
    )


LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@requiresScopes"])\n'


def test_a_misspelt_permission_is_refused_with_the_nearest_name():
    sdl = LINK + 'type Query { points: Int @requiresScopes(scopes: [["loyalty:raed"]]) }'
    (error,) = one(sdl, known_permissions={"loyalty:read", "loyalty:award"}).errors
    assert error.code is Code.UNKNOWN_PERMISSION
    assert 'did you mean "loyalty:read"?' in error.message
    assert str(error.locations[0]) == "first:2:26"


def test_known_permissions_compose():
    sdl = LINK + 'type Query { points: Int @requiresScopes(scopes: [["loyalty:read"]]) }'
    assert one(sdl, known_permissions={"loyalty:read"}).ok
    assert one(sdl).ok


def test_all_errors_of_a_stage_come_at_once():
    sdl = (
        'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external"])\n'
        'type Query { me: User }\ntype User @key(fields: "uid") { id: ID! name: String @external }\n'
    )
    errors = one(sdl, sdl.replace("Query", "Query")).errors
    assert sorted({(error.code, error.subgraphs[0]) for error in errors}) == [
        (Code.EXTERNAL_UNUSED, "first"),
        (Code.EXTERNAL_UNUSED, "second"),
        (Code.KEY_INVALID_FIELDS, "first"),
        (Code.KEY_INVALID_FIELDS, "second"),
    ]


def test_an_earlier_stage_hides_the_later_ones():
    assert {error.code for error in one("type Query { a: Nothing }", "type Thing { a: Int }").errors} == {
        Code.INVALID_GRAPHQL
    }
