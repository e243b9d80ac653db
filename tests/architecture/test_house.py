"""What the layout promises, beside the import contracts that `lint-imports` checks."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("codegen", "schema", "module_subgraphs", "foundation_subgraph", "supergraph")


@pytest.mark.parametrize("room", ROOMS)
def test_our_room_is_the_one_python_finds(room: str) -> None:
    """`schema` and `codegen` are names other distributions use too: ours must still win."""
    found = importlib.import_module(room)
    assert found.__file__ is not None
    assert Path(found.__file__).parent == ROOT / room


def test_tests_mirror_the_source() -> None:
    """A folder of tests that bears a room's name has no folder that the room itself lacks."""
    strangers = [
        str(folder.relative_to(ROOT))
        for room in ROOMS
        for folder in (ROOT / "tests" / room).rglob("*")
        if folder.is_dir()
        and folder.name != "__pycache__"
        and not _mirrored(folder.relative_to(ROOT / "tests"))
    ]
    assert strangers == []


def _mirrored(path: Path) -> bool:
    return (ROOT / path).is_dir() or (ROOT / path).with_suffix(".py").is_file()


def test_every_package_of_the_source_has_an_init() -> None:
    bare = {
        str(module.parent.relative_to(ROOT))
        for room in ROOMS
        for module in (ROOT / room).rglob("*.py")
        if "node_modules" not in module.parts
        and "tests" not in module.parts
        and "versions" not in module.parts
        if not (module.parent / "__init__.py").exists()
    }
    assert bare == set()


def test_reading_a_word_from_spec_does_not_load_a_gateway() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", "import supergraph.spec, sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert not [
        name for name in loaded if name.startswith(("supergraph.gateway", "supergraph.composer", "fastapi"))
    ]
