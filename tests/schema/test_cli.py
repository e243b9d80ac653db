"""The commands as they are called: subgraphs from an import string, real composition, real git."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from schema.cli import register

Run = Callable[..., Result]
Write = Callable[..., None]

SUBGRAPHS = '''
from dataclasses import dataclass

LINK = """extend schema @link(
  url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@authenticated", "@requiresScopes"])
"""

@dataclass
class Permission:
    id: str
    description: str
    access: str

@dataclass
class Subgraph:
    name: str
    permissions: tuple
    document: str

    def sdl(self):
        return LINK + self.document

    def origins(self):
        return {"Shop.owner": "shops.types.Shop.owner"}

@dataclass
class Broken:
    name: str
    reason: str

@dataclass
class Found:
    subgraphs: tuple
    broken: tuple

def broken():
    return Found(tuple(installed())[1:], (Broken("shops", "ValueError: no"),))

def installed():
    yield Subgraph("shops", ({permissions}), """{shops}""")
    yield Subgraph("people", (), """{people}""")
'''

PEOPLE = 'type Query { me: Person } type Person @key(fields: "id") { id: ID! name: String }'
SHOPS = (
    "type Query { shops: [Shop!]! } type Shop { title: String owner: Person }"
    ' type Person @key(fields: "id", resolvable: false) { id: ID! }'
)
READ = 'Permission("shops:read", "See shops", "read"),'


@pytest.fixture(autouse=True)
def _plain_git(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write the working tree's subgraphs; each is imported afresh, under a name of its own."""

    def write(people: str = PEOPLE, shops: str = SHOPS, permissions: str = READ) -> None:
        text = (
            SUBGRAPHS.replace("{people}", people)
            .replace("{shops}", shops)
            .replace("{permissions}", permissions)
        )
        (tmp_path / "work" / "subgraphs.py").write_text(text)

    (tmp_path / "work").mkdir()
    write()
    return write


@pytest.fixture
def run(tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch) -> Run:
    app = typer.Typer()
    register(app)
    monkeypatch.syspath_prepend(tmp_path / "work")
    monkeypatch.setattr("sys.dont_write_bytecode", True)

    def run(command: str, *arguments: str) -> Result:
        import sys

        sys.modules.pop("subgraphs", None)
        where = {"export": "--out", "check": "--sdl"}[command]
        sdl = tmp_path / "work" / "schema" / "sdl"
        given = () if "--subgraphs" in arguments else ("--subgraphs", "subgraphs:installed")
        return CliRunner().invoke(app, ["schema", command, where, str(sdl), *given, *arguments])

    return run


def git(root: Path, *arguments: str) -> None:
    subprocess.run(
        ["git", "-C", str(root), "-c", "user.name=t", "-c", "user.email=t@example.com", *arguments],
        check=True,
        capture_output=True,
    )


@pytest.fixture
def committed(run: Run, tmp_path: Path) -> None:
    """A repository whose one commit holds the contract of the subgraphs as they are."""
    assert run("export").exit_code == 0
    git(tmp_path / "work", "init", "--quiet", "--initial-branch", "main")
    git(tmp_path / "work", "add", "schema")
    git(tmp_path / "work", "commit", "--quiet", "--message", "one")


def test_export_writes_every_document_of_the_contract(run: Run, tmp_path: Path) -> None:
    result = run("export")
    assert result.exit_code == 0, result.output
    sdl = tmp_path / "work" / "schema" / "sdl"
    assert sorted(path.relative_to(sdl).as_posix() for path in sdl.rglob("*") if path.is_file()) == [
        "api.graphql",
        "permissions.json",
        "subgraphs/people.graphql",
        "subgraphs/shops.graphql",
        "supergraph.graphql",
    ]
    assert "@join__graph" in (sdl / "supergraph.graphql").read_text()
    assert "@" not in (sdl / "api.graphql").read_text()
    assert json.loads((sdl / "permissions.json").read_text()) == [
        {"id": "shops:read", "subgraph": "shops", "description": "See shops", "access": "read"}
    ]
    assert "subgraphs 2, permissions 1" in result.stdout


def test_export_twice_writes_the_same_bytes_and_says_so(run: Run, tmp_path: Path) -> None:
    run("export")
    sdl = tmp_path / "work" / "schema" / "sdl"
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in sdl.rglob("*") if path.is_file()}
    again = run("export")
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in before} == before
    assert again.stdout.count("\n") == 1


def test_export_check_names_what_is_stale_and_the_command_that_mends_it(
    run: Run, write: Write, tmp_path: Path
) -> None:
    run("export")
    assert run("export", "--check").exit_code == 0
    write(people=PEOPLE.replace("name", "fullName"))
    sdl = tmp_path / "work" / "schema" / "sdl"
    (sdl / "permissions.json").unlink()
    (sdl / "subgraphs" / "gone.graphql").write_text("type Query { a: Int }")
    before = (sdl / "api.graphql").read_text()
    result = run("export", "--check")
    assert result.exit_code == 1
    assert [line.removeprefix(f"{sdl}/") for line in result.stderr.splitlines()[:-1]] == [
        "subgraphs/people.graphql: differs from the code",
        "supergraph.graphql: differs from the code",
        "api.graphql: differs from the code",
        "permissions.json: missing",
        "subgraphs/gone.graphql: belongs to no subgraph",
    ]
    assert "run `dovetail schema export" in result.stderr
    assert (sdl / "api.graphql").read_text() == before
    assert run("export").exit_code == 0
    assert not (sdl / "subgraphs" / "gone.graphql").exists()
    assert run("export", "--check").exit_code == 0


def test_a_removed_field_is_breaking_and_exit_one(run: Run, write: Write, committed: None) -> None:
    write(people=PEOPLE.replace(" name: String", ""))
    result = run("check", "--against", "HEAD")
    assert result.exit_code == 1
    assert "Person.name" in result.stdout
    assert "breaking" in result.stdout
    assert "Since HEAD" in result.stdout


def test_an_added_field_is_safe_and_exit_zero(run: Run, write: Write, committed: None) -> None:
    write(people=PEOPLE.replace("name:", "nickname: String name:"))
    result = run("check", "--against", "HEAD")
    assert result.exit_code == 0
    assert "Person.nickname" in result.stdout
    assert "0 breaking, 0 risky, 1 safe" in result.stdout


ACCEPTED = "- coordinate: Person.name\n  change: FIELD_REMOVED\n  reason: Nobody asks for it.\n"


def test_a_breaking_change_that_is_accepted_is_told_and_passes(
    run: Run, write: Write, committed: None, tmp_path: Path
) -> None:
    write(people=PEOPLE.replace(" name: String", ""))
    refused = run("check", "--against", "HEAD")
    accepted = tmp_path / "work" / "schema" / "accepted.yaml"
    assert refused.stderr.splitlines() == [
        f"What of it is meant goes into {accepted}, with the reason why:",
        "- coordinate: Person.name",
        "  change: FIELD_REMOVED",
        "  reason:",
    ]
    accepted.write_text(ACCEPTED)
    result = run("check", "--against", "HEAD")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "1 breaking (1 accepted)" in result.stdout
    assert "Accepted: Nobody asks for it." in result.stdout
    report = json.loads(run("check", "--against", "HEAD", "--format", "json").stdout)
    assert (report["breaking"], report["accepted"], report["staleAcceptances"]) == (1, 1, [])
    assert report["changes"][0]["accepted"] == "Nobody asks for it."
    told = run("check", "--against", "HEAD", "--format", "github").stdout
    assert told.startswith("::warning title=breaking%3A FIELD_REMOVED::")


def test_an_acceptance_is_for_one_coordinate_and_one_kind_of_change(
    run: Run, write: Write, committed: None, tmp_path: Path
) -> None:
    write(people=PEOPLE.replace(" name: String", " name: Int"))
    accepted = tmp_path / "work" / "schema" / "accepted.yaml"
    accepted.write_text(ACCEPTED + ACCEPTED.replace("Person.name", "Person"))
    result = run("check", "--against", "HEAD")
    assert result.exit_code == 1
    assert f"warning: {accepted}:1: nothing breaks Person.name by FIELD_REMOVED" in result.stderr
    assert f"warning: {accepted}:4: nothing breaks Person by FIELD_REMOVED" in result.stderr


def test_a_stale_acceptance_is_told_in_every_format_and_breaks_nothing(
    run: Run, committed: None, tmp_path: Path
) -> None:
    accepted = tmp_path / "work" / "schema" / "accepted.yaml"
    accepted.write_text(ACCEPTED)
    result = run("check", "--against", "HEAD")
    assert result.exit_code == 0
    assert result.stderr.startswith(f"warning: {accepted}:1: ")
    (stale,) = json.loads(run("check", "--against", "HEAD", "--format", "json").stdout)["staleAcceptances"]
    assert stale == {"coordinate": "Person.name", "kind": "FIELD_REMOVED", "line": 1}
    told = run("check", "--against", "HEAD", "--format", "github").stdout
    assert told.startswith(f"::warning file={accepted},line=1,title=stale acceptance::")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{}", "accepted.yaml: a list of entries is wanted"),
        ("- Person.name", "accepted.yaml:1: an entry has `coordinate`, `change`, `reason`"),
        (ACCEPTED + "  who: me\n", "accepted.yaml:1: an entry has"),
        (ACCEPTED.replace(" Nobody asks for it.", ""), "accepted.yaml:1: `reason` is empty"),
        (ACCEPTED.replace("REMOVED", "REMOVE"), "no breaking change; did you mean FIELD_REMOVED?"),
        (ACCEPTED.replace("FIELD_REMOVED", "FIELD_ADDED"), "FIELD_ADDED is no breaking change"),
        (ACCEPTED * 2, "accepted.yaml:4: Person.name FIELD_REMOVED stands in line 1 already"),
        ("- [", "not YAML"),
    ],
)
def test_a_broken_list_of_acceptances_is_one_line_and_exit_two(
    run: Run, committed: None, tmp_path: Path, text: str, expected: str
) -> None:
    (tmp_path / "work" / "schema" / "accepted.yaml").write_text(text)
    result = run("check", "--against", "HEAD")
    assert result.exit_code == 2
    assert expected in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_new_rule_on_an_old_field_is_breaking(run: Run, write: Write, committed: None) -> None:
    write(shops=SHOPS.replace("title: String", 'title: String @requiresScopes(scopes: [["shops:read"]])'))
    result = run("check", "--against", "HEAD", "--format", "json")
    assert result.exit_code == 1
    (change,) = json.loads(result.stdout)["changes"]
    assert (change["kind"], change["coordinate"]) == ("ACCESS_TIGHTENED", "Shop.title")
    assert change["change"] == "Shop.title now asks for the permission shops:read; before, for nothing."


def test_a_renamed_permission_is_breaking(run: Run, write: Write, committed: None) -> None:
    write(permissions=READ.replace("shops:read", "shops:see"))
    result = run("check", "--against", "HEAD", "--format", "github")
    assert result.exit_code == 1
    assert result.stdout.startswith("::error title=breaking%3A PERMISSION_RENAMED::")


def test_nothing_changed_is_exit_zero_in_every_format(run: Run, committed: None) -> None:
    for output in ("table", "json", "github"):
        result = run("check", "--against", "HEAD", "--format", output)
        assert result.exit_code == 0, result.output
    assert json.loads(run("check", "--against", "HEAD", "--format", "json").stdout)["changes"] == []


def test_before_there_was_a_contract_nothing_can_break(run: Run, committed: None) -> None:
    result = run("check")
    assert result.exit_code == 0
    assert "everything is new" in result.stdout


def test_a_bad_ref_is_one_line_and_exit_two(run: Run, committed: None) -> None:
    result = run("check", "--against", "nowhere")
    assert result.exit_code == 2
    assert result.stderr.startswith("error: there is no commit 'nowhere' in this repository")
    assert result.stderr.count("\n") == 1


def test_a_mistake_is_told_by_document_and_by_class_and_field(run: Run, write: Write) -> None:
    write(shops=SHOPS.replace("owner: Person", "owner: Nope"))
    result = run("export")
    assert "(shops:" in result.stderr
    assert "(shops.types.Shop.owner)" in result.stderr


def test_a_broken_contract_at_the_ref_is_one_line_and_exit_two(
    run: Run, committed: None, tmp_path: Path
) -> None:
    (tmp_path / "work" / "schema" / "sdl" / "api.graphql").write_text("type {")
    git(tmp_path / "work", "commit", "--quiet", "--all", "--message", "two")
    result = run("check", "--against", "HEAD")
    assert result.exit_code == 2
    assert "api.graphql is no valid schema" in result.stderr
    assert result.stderr.count("\n") == 1


def test_subgraphs_that_do_not_compose_say_why_in_a_line_each(run: Run, write: Write) -> None:
    write(shops=SHOPS.replace("owner: Person", "owner: Person me: Nope"))
    for command in ("export", "check"):
        result = run(command)
        assert result.exit_code == 1
        assert "Nope" in result.stderr
        assert "shops" in result.stderr
        assert (
            result.stderr.splitlines()[-1]
            == "error: the subgraphs do not compose; mend what stands above and run this again"
        )
        assert "Traceback" not in result.output


def test_a_permission_that_two_subgraphs_declare_is_refused(run: Run, write: Write) -> None:
    write(permissions=READ + READ)
    result = run("export")
    assert result.exit_code == 1
    assert "the permission shops:read is declared by shops and by shops" in result.stderr


@pytest.mark.parametrize(
    ("import_string", "said"),
    [
        ("nocolon", "is no import string"),
        ("nowhere:installed", "cannot be loaded: ModuleNotFoundError: No module named 'nowhere'"),
        ("subgraphs:missing", "cannot be loaded: AttributeError"),
        ("subgraphs:LINK", "is not a subgraph, nor several"),
        ("math:pi", "is not a subgraph, nor several"),
        ("subgraphs:broken", "found subgraphs that cannot be loaded: shops (ValueError: no)"),
        ("math:sqrt", "cannot be loaded: TypeError"),
    ],
)
def test_an_import_string_that_leads_nowhere_is_one_line_and_exit_two(
    run: Run, import_string: str, said: str
) -> None:
    result = run("export", "--subgraphs", import_string)
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stderr.count("\n") == 1
