from pathlib import Path

import pytest
from graphql import GraphQLSchema, build_schema, parse

from codegen.clients import ClientProblemError, Operations, read_operations
from codegen.clients.operations import read_api_schema

SCHEMA = build_schema(
    "type Query { me: User } type User { id: ID! name: String } type Subscription { a: Int }"
)


def complaints(folder: Path, files: dict[str, str], schema: GraphQLSchema = SCHEMA) -> tuple[str, ...]:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    with pytest.raises(ClientProblemError) as caught:
        read_operations(folder, schema)
    assert all("\n" not in each for each in caught.value.complaints)
    return caught.value.complaints


def test_operations_come_in_the_order_of_their_files(sample_operations: Operations) -> None:
    assert sample_operations.names == ("Customers", "Echo", "AwardPoints", "Search")
    assert sample_operations.operations[2].place == "more/awards.gql:1:1"
    assert len(parse(sample_operations.document).definitions) == 5


def test_an_unknown_field_is_told_with_file_line_and_column(tmp_path: Path) -> None:
    assert complaints(tmp_path, {"deep/me.graphql": "query Me {\n  me { nmae }\n}"}) == (
        "deep/me.graphql:2:8: Cannot query field 'nmae' on type 'User'. Did you mean 'name'?",
    )


def test_all_syntax_errors_are_told_at_once(tmp_path: Path) -> None:
    found = complaints(
        tmp_path,
        {"a.graphql": "query A {", "b.graphql": "query B { a( }", "c.graphql": "query C { me { id } }"},
    )
    assert [each.split(" ")[0] for each in found] == ["a.graphql:1:10:", "b.graphql:1:14:"]


def test_an_operation_without_a_name_is_refused(tmp_path: Path) -> None:
    assert complaints(tmp_path, {"a.graphql": "\n{ me { id } }"}) == (
        "a.graphql:2:1: the operation has no name; a client's method is called by it",
    )


@pytest.mark.parametrize("twin", ["Me", "me", "m_e"])
def test_operations_that_would_share_a_method_are_refused(tmp_path: Path, twin: str) -> None:
    files = {"a.graphql": "query Me { me { id } }", "b.graphql": f"query {twin} {{ me {{ id }} }}"}
    assert complaints(tmp_path, files) == (
        f"b.graphql:1:1: the operation {twin} is already in a.graphql:1:1; rename one of them",
    )


def test_fragments_of_one_name_are_refused_across_files(tmp_path: Path) -> None:
    files = {
        "a.graphql": "query Me { me { ...P } } fragment P on User { id }",
        "b.graphql": "fragment P on User { name }",
    }
    assert complaints(tmp_path, files) == (
        "b.graphql:1:1: the fragment P is already in a.graphql:1:26; rename one of them",
    )


def test_subscriptions_are_refused_rather_than_half_made(tmp_path: Path) -> None:
    (found,) = complaints(tmp_path, {"a.graphql": "subscription A { a }"})
    assert found.startswith("a.graphql:1:1: clients have no subscriptions yet")


def test_a_schema_among_the_operations_is_refused(tmp_path: Path) -> None:
    found = complaints(tmp_path, {"a.graphql": "query Me { me { id } } type T { a: Int }"})
    assert found == ("a.graphql:1:24: operations and fragments only; a schema has no place here",)


@pytest.mark.parametrize(
    "files", [{}, {"a.graphql": ""}, {"a.graphql": "# later\n"}, {"a.txt": "query Me { me { id } }"}]
)
def test_a_folder_without_operations_is_refused(tmp_path: Path, files: dict[str, str]) -> None:
    (found,) = complaints(tmp_path, files)
    assert "no operation in any .graphql or .gql file" in found


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    (found,) = complaints(tmp_path / "nowhere", {})
    assert found.endswith("there is no such folder; put the client's operations into one")


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.graphql").write_bytes(b"\xff\xfe")
    (found,) = complaints(tmp_path, {})
    assert found.startswith("a.graphql: cannot be read")


def test_a_fragment_may_wait_for_its_operation(tmp_path: Path) -> None:
    (tmp_path / "a.graphql").write_text("query Me { me { id } } fragment P on User { id }")
    assert read_operations(tmp_path, SCHEMA).names == ("Me",)


@pytest.mark.parametrize(
    ("text", "said"), [("type Query {", "Syntax Error"), ("type Query { a: Nope }", "Unknown type 'Nope'")]
)
def test_a_broken_api_schema_is_told_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "api.graphql"
    file.write_text(text)
    with pytest.raises(ClientProblemError, match=said) as caught:
        read_api_schema(file)
    assert "\n" not in str(caught.value)


def test_a_missing_api_schema_names_the_command_that_writes_it(tmp_path: Path) -> None:
    with pytest.raises(ClientProblemError, match="dovetail schema export"):
        read_api_schema(tmp_path / "api.graphql")
