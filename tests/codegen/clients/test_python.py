"""Runs the real ariadne-codegen, in the environment that users get."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from graphql import GraphQLSchema, build_schema

from codegen.clients import ClientProblemError, Operations, generate_python_client, read_operations


def read(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def one_operation(folder: Path, schema: GraphQLSchema, text: str) -> Operations:
    folder.mkdir()
    (folder / "a.graphql").write_text(text)
    return read_operations(folder, schema)


def test_the_generated_client_is_strictly_typed(generated_client: Path) -> None:
    # From outside the project, so that nothing but --strict applies.
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file", "", "--cache-dir", "../mypy", "."],
        cwd=generated_client,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


def test_a_use_with_a_wrong_type_is_found_by_the_type_checker(generated_client: Path, tmp_path: Path) -> None:
    use = tmp_path / "use.py"
    use.write_text(
        "from sample_client import Client\n"
        "async def use(client: Client) -> None:\n"
        "    answer = await client.customers()\n"
        "    answer.data.customers\n"  # may be None
        "    answer.complete().customers[0].nmae\n"
        "    await client.customers(first='ten')\n"
        "    reveal_type(answer.complete().customers[0].loyalty)\n"
    )
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file", "", str(use)],
        cwd=generated_client.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    told = [line.split(":")[1] for line in checked.stdout.splitlines() if ": error:" in line]
    assert told == ["4", "5", "6"], checked.stdout
    assert "CustomersCustomersLoyalty | None" in checked.stdout


def test_a_second_run_changes_nothing(
    generated_client: Path, sample_schema: GraphQLSchema, sample_operations: Operations
) -> None:
    before = read(generated_client)
    assert generate_python_client(sample_schema, sample_operations, generated_client).changed == ()
    assert read(generated_client) == before


def test_another_place_gets_the_same_bytes(
    generated_client: Path, sample_schema: GraphQLSchema, sample_operations: Operations, tmp_path: Path
) -> None:
    generate_python_client(sample_schema, sample_operations, tmp_path / "elsewhere")
    assert read(tmp_path / "elsewhere") == read(generated_client)


def test_what_an_operation_left_behind_goes_with_it(generated_client: Path, tmp_path: Path) -> None:
    folder = tmp_path / "sample_client"
    shutil.copytree(generated_client, folder)
    schema = build_schema("type Query { me: ID }")
    operations = one_operation(tmp_path / "operations", schema, "query Me { me }")
    changed = generate_python_client(schema, operations, folder).changed
    assert "customers.py" in changed
    assert not (folder / "customers.py").exists()
    assert (folder / "me.py").exists()


def test_a_folder_with_anything_else_in_it_is_left_alone(
    sample_schema: GraphQLSchema, sample_operations: Operations, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "work.py").write_text("precious = True\n")
    with pytest.raises(ClientProblemError, match=r"holds work\.py, which was not generated"):
        generate_python_client(sample_schema, sample_operations, tmp_path / "mine")
    assert read(tmp_path / "mine") == {"work.py": b"precious = True\n"}


@pytest.mark.parametrize("name", ["my-client", "class", "1st"])
def test_a_name_that_python_cannot_import_is_refused(
    sample_schema: GraphQLSchema, sample_operations: Operations, tmp_path: Path, name: str
) -> None:
    with pytest.raises(ClientProblemError, match="cannot be a Python package"):
        generate_python_client(sample_schema, sample_operations, tmp_path / name)


@pytest.mark.parametrize("name", ["Client", "Ask", "input_types", "BaseModel"])
def test_an_operation_that_would_hide_a_part_of_the_client_is_refused(tmp_path: Path, name: str) -> None:
    schema = build_schema("type Query { me: ID }")
    operations = one_operation(tmp_path / "operations", schema, f"query {name} {{ me }}")
    with pytest.raises(ClientProblemError, match=rf"^a\.graphql:1:1: a client has a {name} of its own"):
        generate_python_client(schema, operations, tmp_path / "out")


def test_an_operation_called_like_an_input_type_is_refused(generator: None, tmp_path: Path) -> None:
    schema = build_schema("type Query { me(a: Award): ID } input Award { points: Int }")
    operations = one_operation(tmp_path / "operations", schema, "query Award($a: Award) { me(a: $a) }")
    with pytest.raises(
        ClientProblemError, match=r"two classes called Award, in award\.py and in input_types\.py; rename"
    ):
        generate_python_client(schema, operations, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_names_of_the_schema_go_before_names_of_the_client(generator: None, tmp_path: Path) -> None:
    """An operation `Answer` and an enum `GraphQLError` are exported; the client's own stay in `base_client`."""
    schema = build_schema("type Query { me(e: GraphQLError): ID } enum GraphQLError { A }")
    operations = one_operation(
        tmp_path / "operations", schema, "query Answer($e: GraphQLError) { me(e: $e) }"
    )
    generate_python_client(schema, operations, tmp_path / "named")
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file", "", "named"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout
    exported = subprocess.run(
        [sys.executable, "-c", "import named; print(named.Answer.__module__, named.GraphQLError.__module__)"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert exported.stdout.split() == ["named.answer", "named.enums"]


def test_a_generator_that_fails_leaves_the_client_as_it_was(
    generated_client: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "sample_client"
    shutil.copytree(generated_client, folder)
    before = read(folder)
    # Valid for GraphQL, and nothing that ariadne-codegen can name a field.
    schema = build_schema("type Query { me: ID } directive @mixin(a: Int) on FIELD")
    operations = one_operation(tmp_path / "operations", schema, "query Me { me @mixin(a: 1) }")
    with pytest.raises(ClientProblemError, match="ariadne-codegen could not generate the client: ") as caught:
        generate_python_client(schema, operations, folder)
    assert "\n" not in str(caught.value)
    assert read(folder) == before
