"""A module made from a line of words: whole, green at once, and never written over."""

import itertools
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import module_subgraphs
from codegen.modules import (
    FileState,
    House,
    UnfitWishError,
    Wish,
    check_modules,
    compare_module,
    make_module,
    read_house,
    read_wish,
    rewrite_module,
    write_files,
)
from codegen.modules.blueprint import Blueprint
from codegen.modules.field_kinds import KINDS
from foundation_subgraph.graph import subgraph as foundation
from module_subgraphs import find_modules, installed
from supergraph.composer import SubgraphSource, compose

ROOT = Path(__file__).resolve().parents[3]
OURS = Path(module_subgraphs.__path__[0])
NUMBERS = itertools.count()
"""Packages have names of their own: tables of one name may be declared once in a process."""
WISH = Wish(
    "warranty",
    "Contract",
    fields="name:str!, points:int, status:enum(open|closed)!, until:datetime, price:decimal!, other:id",
    extends="User,Tenant,Customer",
    owner="service team",
)


@pytest.fixture(scope="module")
def house() -> House:
    return read_house(OURS)


def wanted(house: House, wish: Wish = WISH, package: str = "module_subgraphs") -> Blueprint:
    return read_wish(wish, house, package)


def make(house: House, modules: Path, wish: Wish = WISH) -> Path:
    blueprint = wanted(house, wish, modules.name)
    return make_module(blueprint, write_files(blueprint), modules)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package of modules that is none of ours, and is forgotten afterwards."""
    folder = tmp_path / f"made_modules_{next(NUMBERS)}"
    folder.mkdir()
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    yield folder
    for name in [name for name in sys.modules if name.partition(".")[0] == folder.name]:
        del sys.modules[name]


def test_the_tests_of_a_generated_module_pass_at_once(house: House, tmp_path: Path) -> None:
    """In a copy of the modules' folder that Python finds before ours."""
    modules = tmp_path / "module_subgraphs"
    shutil.copytree(OURS, modules, ignore=shutil.ignore_patterns("__pycache__"))
    made = make(house, modules)
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", ROOT / "pyproject.toml",
         "--rootdir", tmp_path, made],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "skipped" not in ended.stdout


def test_what_is_generated_composes_with_the_rest_and_keeps_every_boundary(
    house: House, package: Path
) -> None:
    make(house, package)
    found = find_modules(package.name, package)
    assert found.broken == ()
    everybody = (foundation, *installed().subgraphs, *found.subgraphs)
    composed = compose([SubgraphSource(each.name, url="", sdl=each.sdl()) for each in everybody])
    assert composed.errors == ()
    # The package has no customers, so nobody owns what the contract extends.
    about_customers = [
        breach for breach in check_modules(package) if breach.rule != "manifest_agrees_with_the_graph"
    ]
    assert about_customers == []


def test_what_is_generated_needs_no_ruff_to_be_told_anything(house: House, package: Path) -> None:
    made = make(house, package)
    known = f'lint.isort.known-first-party=["{package.name}","foundation_subgraph","supergraph"]'
    ruff = Path(sys.executable).with_name("ruff")
    for command in (["check", "--config", known], ["format", "--check"]):
        ended = subprocess.run(
            [ruff, *command, "--config", ROOT / "pyproject.toml", "--no-cache", made],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert ended.returncode == 0, ended.stdout


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (Wish("Loyalty", "Card"), "is no id of a module"),
        (Wish("a__b", "Card"), "is no id of a module"),
        (Wish("foundation", "Card"), "is reserved"),
        (Wish("pg_cards", "Card"), "is reserved"),
        (Wish("class", "Card"), "is reserved"),
        (Wish("cards", "card"), "is no name of an entity"),
        (Wish("cards", "Query"), "is reserved"),
        (Wish("cards", "Customer"), "has a type Customer already, of customers"),
        (Wish("cards", "Card", plural="customers"), "has a field Query.customers already"),
        (Wish("cards", "Series", plural="series"), "cannot stand beside"),
        (Wish("cards", "Card", fields="name:strr"), "did you mean str?"),
        (Wish("cards", "Card", fields="name"), "is no field"),
        (Wish("cards", "Card", fields="id:str"), "means something else"),
        (Wish("cards", "Card", fields="a_1:str, a1:str"), "would be a_1 in the graph"),
        (Wish("cards", "Card", fields="kind:enum(a)"), "at least two"),
        (Wish("cards", "Card", extends="Custommer"), "did you mean Customer?"),
        (Wish("cards", "Card", extends="User,User"), "twice"),
        (Wish("cards", "Card", owner='a"b'), "--owner is one line"),
    ],
)
def test_what_cannot_be_made_is_one_line(house: House, wish: Wish, said: str) -> None:
    with pytest.raises(UnfitWishError) as refused:
        wanted(house, wish)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_folder_that_is_there_is_nobodys_to_write_over(house: House, package: Path) -> None:
    (package / "warranty").mkdir()
    with pytest.raises(UnfitWishError, match="is taken"):
        compare_module(wanted(house), write_files(wanted(house)), package)
    (package / "warranty" / "notes.md").touch()
    with pytest.raises(OSError, match="not empty"):
        make(house, package)
    assert [path.name for path in package.iterdir() if path.is_dir()] == ["warranty"]


def test_edited_files_are_shown_and_only_the_others_are_written(house: House, package: Path) -> None:
    made = make(house, package)
    same = wanted(house, package=package.name)
    assert compare_module(same, write_files(same), package) == ()
    (made / "service.py").write_text("# by hand\n" + (made / "service.py").read_text())
    assert compare_module(same, write_files(same), package) == ()
    other = wanted(
        house, Wish("warranty", "Contract", extends=WISH.extends, fields="name:str!"), package.name
    )
    written = write_files(other)
    changes = {change.path: change for change in compare_module(other, written, package)}
    assert changes["service.py"].state is FileState.EDITED
    assert changes["tables.py"].state is FileState.UNTOUCHED
    assert "-    points: Mapped[int | None]" in changes["tables.py"].diff()
    done = rewrite_module(other, written, changes.values(), package)
    assert "service.py" not in {change.path for change in done}
    assert (made / "service.py").read_text().startswith("# by hand\n")
    assert "points" not in (made / "tables.py").read_text()
    assert [change.path for change in compare_module(other, written, package)] == ["service.py"]


_NAMES = st.from_regex(r"[a-z]{2,6}(_[a-z]{2,6})?", fullmatch=True)
_KIND = st.sampled_from([*KINDS, "enum(on|off)"])


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    id_=_NAMES,
    entity=st.from_regex(r"[A-Z][a-z]{2,6}([A-Z][a-z]{2,6})?", fullmatch=True),
    fields=st.dictionaries(_NAMES, st.tuples(_KIND, st.booleans()), min_size=1, max_size=5),
    extends=st.sets(st.sampled_from(["User", "Tenant", "Customer"])),
)
def test_whatever_may_be_wished_loads_and_composes(
    house: House,
    tmp_path_factory: pytest.TempPathFactory,
    id_: str,
    entity: str,
    fields: dict[str, tuple[str, bool]],
    extends: set[str],
) -> None:
    typed = ", ".join(f"{name}:{kind}{'!' * required}" for name, (kind, required) in fields.items())
    folder = tmp_path_factory.mktemp("wished") / f"wished_modules_{next(NUMBERS)}"
    folder.mkdir()
    (folder / "__init__.py").touch()
    try:
        make(house, folder, Wish(id_, entity, fields=typed, extends=",".join(sorted(extends))))
    except UnfitWishError:
        return  # said in a line, as the statement above has it
    sys.path.insert(0, str(folder.parent))
    try:
        found = find_modules(folder.name, folder)
        assert found.broken == ()
        everybody = (foundation, *installed().subgraphs, *found.subgraphs)
        composed = compose([SubgraphSource(each.name, url="", sdl=each.sdl()) for each in everybody])
        assert composed.errors == ()
    finally:
        sys.path.remove(str(folder.parent))
        for name in [name for name in sys.modules if name.partition(".")[0] == folder.name]:
            del sys.modules[name]
