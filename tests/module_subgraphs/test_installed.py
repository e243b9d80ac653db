"""Modules are found by their folders, and one that fails takes no other down."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from module_subgraphs import find_modules, installed

DOOR = """
import strawberry
from foundation_subgraph.kit import Subgraph, field, public

@strawberry.type
class Query:
    @field(public)
    def one(self) -> int:
        return 1

subgraph = Subgraph({name!r}, title="", query=Query)
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "found_modules"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    yield folder
    for name in [name for name in sys.modules if name.partition(".")[0] == "found_modules"]:
        del sys.modules[name]


def write(package: Path, name: str, door: str) -> None:
    (package / name).mkdir()
    (package / name / "__init__.py").write_text(door)


def test_ours_are_found_by_name() -> None:
    found = installed()
    assert {"customers", "loyalty"} <= {subgraph.name for subgraph in found.subgraphs}
    assert found.broken == ()


def test_a_module_is_a_folder_with_a_door_and_nothing_else_is(package: Path) -> None:
    write(package, "billing", DOOR.format(name="billing"))
    (package / "notes").mkdir()
    (package / "__pycache__").mkdir(exist_ok=True)
    (package / "readme.md").write_text("")
    assert [subgraph.name for subgraph in find_modules("found_modules", package).subgraphs] == ["billing"]


@pytest.mark.parametrize(
    ("door", "reason"),
    [
        ("import no_such_thing", "ModuleNotFoundError: No module named 'no_such_thing'"),
        ("x = ", "SyntaxError"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("1 / 0", "ZeroDivisionError"),
        ("class Own(BaseException): pass\nraise Own('bye')", "Own: bye"),
        ("", "TypeError: the door of broken has no `subgraph`"),
        ("subgraph = 7", "TypeError: the door of broken has no `subgraph`"),
        (DOOR.format(name="other"), "ValueError: the subgraph in the folder broken calls itself other"),
    ],
)
def test_a_module_that_fails_is_reported_with_its_reason_and_the_others_are_found(
    package: Path, door: str, reason: str
) -> None:
    write(package, "billing", DOOR.format(name="billing"))
    write(package, "broken", door)
    found = find_modules("found_modules", package)
    assert [subgraph.name for subgraph in found.subgraphs] == ["billing"]
    [broken] = found.broken
    assert broken.name == "broken"
    assert broken.reason.startswith(reason)
