"""Each boundary broken once, and what is said then: file, line, remedy."""

import itertools
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import module_subgraphs
from codegen.modules import Wish, check_modules, make_module, read_house, read_wish, write_files
from codegen.modules.house import keyed_types
from module_subgraphs import find_modules

NUMBERS = itertools.count()
OURS = Path(module_subgraphs.__path__[0])


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    # A name of its own for each: tables of one name may be declared once in a process.
    folder = tmp_path / f"kept_modules_{next(NUMBERS)}"
    folder.mkdir()
    (folder / "__init__.py").touch()
    blueprint = read_wish(Wish("cards", "Card"), read_house(OURS), folder.name)
    make_module(blueprint, write_files(blueprint), folder)
    monkeypatch.syspath_prepend(tmp_path)
    yield folder
    for name in [name for name in sys.modules if name.partition(".")[0] == folder.name]:
        del sys.modules[name]


def git(where: Path, *arguments: str) -> None:
    who = ("-c", "user.name=x", "-c", "user.email=x@x.example")
    subprocess.run(["git", *who, *arguments], cwd=where, check=True, capture_output=True)


def test_what_is_generated_keeps_every_boundary(package: Path) -> None:
    assert check_modules(package) == ()


BROKEN = [
    ("manifest.toml", 'id = "cards"\n', "", "manifest_can_be_read"),
    ("manifest.toml", 'id = "cards"', 'id = "card"', "manifest_can_be_read"),
    ("service.py", "ORDER: Final", "1 / 0\nORDER: Final", "module_can_be_loaded"),
    ("service.py", "ORDER: Final", "from .. import others\nORDER: Final", "imports_stay_inside"),
    ("service.py", "ORDER: Final", "from foundation_subgraph.users import tables\nORDER: Final",
     "imports_stay_inside"),
    ("migrations/versions/0001_cards.py", "    create_tenant_table(",
     '    op.create_foreign_key("fk", "a", "b", [], [], referent_schema="loyalty")\n    create_tenant_table(',
     "foreign_keys_stay_inside"),
    ("migrations/versions/0001_cards.py", "create_tenant_table(\n", "op.create_table(\n", "tables_keep_tenants_apart"),
    ("migrations/versions/0001_cards.py", "    create_tenant_table(",
     '    op.execute("ALTER TABLE x DISABLE ROW LEVEL SECURITY")\n    create_tenant_table(',
     "tables_keep_tenants_apart"),
    ("graph/types.py", "_readable = [requires(CARDS_READ)]", '_readable = [requires("cards:reed")]',
     "used_permissions_are_registered"),
    ("manifest.toml", 'owns = ["Card"]', "owns = []", "manifest_agrees_with_the_graph"),
    ("manifest.toml", "depends_on = []", 'depends_on = ["others"]', "manifest_agrees_with_the_graph"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "old", "new", "rule"), BROKEN)
def test_a_broken_boundary_is_named_with_its_place(
    package: Path, path: str, old: str, new: str, rule: str
) -> None:
    file = package / "cards" / path
    before = file.read_text()
    assert old in before
    file.write_text(before.replace(old, new, 1))
    pairs = zip(before.splitlines(), file.read_text().splitlines(), strict=False)
    line = next(number for number, (was, now) in enumerate(pairs, start=1) if was != now)
    named = [breach for breach in check_modules(package) if breach.rule == rule]
    assert (named[0].path, named[0].line) == (f"{package.name}/cards/{path}", line), named
    assert named[0].remedy.endswith(".")


def test_who_only_refers_to_an_entity_does_not_depend_on_its_module() -> None:
    [tasks] = [each for each in find_modules(OURS.name, OURS).subgraphs if each.name == "tasks"]
    assert {"Task", "User"} == set(keyed_types(tasks.sdl()))
    assert "type Customer" in tasks.sdl()
    assert check_modules(OURS, ["tasks"]) == ()


def test_a_module_is_explained_and_tested(package: Path) -> None:
    (package / "cards" / "README.md").unlink()
    for file in (package / "cards" / "tests").glob("test_*.py"):
        file.unlink()
    assert [str(each.message) for each in check_modules(package)] == [
        "the module has no README",
        "the module has no tests",
    ]


def test_a_change_touches_its_module_alone_and_drops_no_permission(package: Path) -> None:
    root = package.parent
    (root / "elsewhere.py").write_text("one = 1\n")
    (root / ".gitignore").write_text("__pycache__/\n")
    git(root, "init", "-q", "-b", "main")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "x")
    assert check_modules(package, base="main") == ()
    (root / "schema" / "sdl").mkdir(parents=True)
    (root / "schema" / "sdl" / "api.graphql").touch()
    manifest = package / "cards" / "manifest.toml"
    manifest.write_text(manifest.read_text().replace("See cards", "See the cards"))
    assert check_modules(package, base="main") == ()
    (root / "elsewhere.py").write_text("one = 1\ntwo = 2\n")
    [breach] = check_modules(package, base="main")
    assert (breach.rule, breach.path, breach.line) == ("change_stays_inside", "elsewhere.py", 2)
    manifest.write_text(manifest.read_text().replace('"cards:write"', '"cards:edit"'))
    kept = [
        each for each in check_modules(package, base="main") if each.rule == "registered_permissions_stay"
    ]
    assert "cards:write" in kept[0].message
    assert "was renamed to cards:edit" in kept[0].message
