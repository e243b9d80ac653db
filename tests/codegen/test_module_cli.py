"""What `dovetail module list` and `check` print for programs."""

import itertools
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

import module_subgraphs
from codegen.cli import register
from codegen.modules import Wish, make_module, read_house, read_wish, write_files

NUMBERS = itertools.count()


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package with the module `cards`, under a name of its own: tables may be declared once in a process."""
    folder = tmp_path / f"told_modules_{next(NUMBERS)}"
    folder.mkdir()
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    house = read_house(Path(module_subgraphs.__path__[0]))
    blueprint = read_wish(Wish("cards", "Card", extends="User", owner="desk"), house, folder.name)
    make_module(blueprint, write_files(blueprint), folder)
    yield folder
    for name in [name for name in sys.modules if name.partition(".")[0] == folder.name]:
        del sys.modules[name]


def told(code: int, *arguments: str) -> Any:
    app = typer.Typer()
    register(app)
    result = CliRunner().invoke(app, ["module", *arguments, "--json"])
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def test_a_module_is_listed_by_its_manifest(modules: Path) -> None:
    assert told(0, "list", "--folder", str(modules)) == [
        {
            "id": "cards",
            "title": "Cards",
            "version": 1,
            "owner": "desk",
            "owns": ["Card"],
            "extends": ["User"],
            "depends_on": [],
            "permissions": ["cards:read", "cards:write"],
            "fault": "",
        }
    ]


def test_a_manifest_that_cannot_be_read_is_listed_with_its_fault(modules: Path) -> None:
    (modules / "cards" / "manifest.toml").write_text("id =")
    [listed] = told(0, "list", "--folder", str(modules))
    assert (listed["id"], listed["version"]) == ("cards", 0)
    assert listed["fault"]


def test_kept_boundaries_are_an_empty_list_and_a_breach_has_file_line_and_remedy(modules: Path) -> None:
    assert told(0, "check", "cards", "--folder", str(modules)) == []
    (modules / "cards" / "README.md").unlink()
    [breach] = told(1, "check", "cards", "--folder", str(modules))
    assert set(breach) == {"module", "rule", "path", "line", "message", "remedy"}
    assert breach["message"] == "the module has no README"
