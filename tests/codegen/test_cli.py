from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from codegen.cli import register

Run = Callable[..., Result]

SCHEMA = "type Query { me: ID }"


@pytest.fixture
def run(tmp_path: Path) -> Run:
    app = typer.Typer()
    register(app)
    (tmp_path / "api.graphql").write_text(SCHEMA)
    (tmp_path / "operations").mkdir()

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(
            app,
            [
                "client", "python", "--schema", str(tmp_path / "api.graphql"),
                "--operations", str(tmp_path / "operations"), "--out", str(tmp_path / "my_client"), *arguments,
            ],
        )  # fmt: skip

    return run


def test_an_empty_folder_is_one_line_and_exit_one(run: Run, tmp_path: Path) -> None:
    result = run()
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert "no operation in any .graphql or .gql file" in result.stderr
    assert not (tmp_path / "my_client").exists()


def test_each_invalid_operation_has_a_line_of_its_own(run: Run, tmp_path: Path) -> None:
    (tmp_path / "operations" / "a.graphql").write_text("query A { nope }\nquery B { neither }\n")
    result = run()
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        "error: a.graphql:1:11: Cannot query field 'nope' on type 'Query'.",
        "error: a.graphql:2:11: Cannot query field 'neither' on type 'Query'.",
    ]


def test_a_missing_schema_names_the_command_that_writes_it(run: Run, tmp_path: Path) -> None:
    result = run("--schema", str(tmp_path / "nowhere.graphql"))
    assert result.exit_code == 1
    assert "dovetail schema export" in result.stderr


def test_the_command_says_what_it_wrote(generator: None, run: Run, tmp_path: Path) -> None:
    (tmp_path / "operations" / "a.graphql").write_text("query Me { me }")
    first, second = run(), run()
    assert (first.exit_code, second.exit_code) == (0, 0), first.output
    assert first.stdout.endswith("my_client: 1 operation, 6 files changed.\n")
    assert second.stdout.endswith("my_client: 1 operation, nothing changed.\n")
