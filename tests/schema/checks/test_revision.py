"""Real git repositories in temporary folders."""

import os
import subprocess
from pathlib import Path

import pytest

from schema.checks import RevisionError, read_baseline
from schema.contract import Contract, contract_files
from supergraph.spec import SubgraphName


def contract(word: str) -> Contract:
    return Contract(
        {SubgraphName("a"): "type Query { a: Int }\n"}, f"# {word}\n", f"type Query {{ {word}: Int }}\n", ()
    )


class Repository:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / "schema" / "sdl"
        root.mkdir(parents=True, exist_ok=True)

    def git(self, *arguments: str) -> str:
        return subprocess.run(
            ["git", "-C", str(self.root), "-c", "user.name=t", "-c", "user.email=t@example.com", *arguments],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()

    def commit(self, word: str | None) -> str:
        """Commit the contract that has this word, or none at all."""
        if word is not None:
            for name, text in contract_files(contract(word)).items():
                (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
                (self.folder / name).write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", word or "nothing")
        return self.git("rev-parse", "HEAD")


@pytest.fixture(autouse=True)
def _plain_git(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As if nobody had configured git, and no hook were running."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    repository = Repository(tmp_path / "work")
    repository.git("init", "--quiet", "--initial-branch", "main")
    return repository


def api(folder: Path, ref: str | None) -> str | None:
    found = read_baseline(folder, ref).contract
    return found.api_sdl if found else None


def test_the_contract_is_read_as_it_stood_at_a_ref(repository: Repository) -> None:
    repository.commit("one")
    repository.git("tag", "v1")
    repository.commit("two")
    repository.commit("three")
    assert api(repository.folder, "v1") == "type Query { one: Int }\n"
    assert api(repository.folder, "HEAD~1") == "type Query { two: Int }\n"
    baseline = read_baseline(repository.folder, "v1")
    assert baseline.name.startswith("v1 (")
    assert baseline.contract == contract("one")


def test_what_is_not_committed_does_not_count(repository: Repository) -> None:
    repository.commit("one")
    (repository.folder / "api.graphql").write_text("type Query { other: Int }\n")
    assert api(repository.folder, "HEAD") == "type Query { one: Int }\n"


def test_on_a_branch_the_default_is_where_the_work_began(repository: Repository) -> None:
    repository.commit("one")
    repository.git("switch", "--quiet", "--create", "work")
    repository.commit("two")
    repository.commit("three")
    repository.git("switch", "--quiet", "main")
    repository.commit("elsewhere")
    repository.git("switch", "--quiet", "work")
    baseline = read_baseline(repository.folder, None)
    assert baseline.contract == contract("one")
    assert baseline.name.startswith("where this work left main (")


def test_the_remote_branch_goes_before_the_local_one(repository: Repository, tmp_path: Path) -> None:
    repository.commit("one")
    clone = Repository(tmp_path / "clone")
    clone.git("clone", "--quiet", str(repository.root), ".")
    clone.commit("two")
    clone.commit("three")
    baseline = read_baseline(clone.folder, None)
    assert baseline.contract == contract("one")
    assert baseline.name.startswith("where this work left origin/HEAD (")


def test_on_the_main_branch_the_default_is_the_commit_before(repository: Repository) -> None:
    repository.commit("one")
    repository.commit("two")
    baseline = read_baseline(repository.folder, None)
    assert baseline.contract == contract("one")
    assert baseline.name.startswith("the commit before HEAD (")


def test_before_the_first_commit_there_was_nothing(repository: Repository) -> None:
    assert read_baseline(repository.folder, None).contract is None
    repository.commit("one")
    assert read_baseline(repository.folder, None).contract is None


def test_a_ref_without_the_folder_had_no_contract(repository: Repository) -> None:
    first = repository.commit(None)
    repository.commit("one")
    assert read_baseline(repository.folder, first).contract is None


def test_a_folder_that_is_not_there_now_can_have_been_there(repository: Repository) -> None:
    first = repository.commit("one")
    repository.git("rm", "-r", "--quiet", "schema")
    repository.commit(None)
    assert not repository.folder.exists()
    assert api(repository.folder, first) == "type Query { one: Int }\n"


@pytest.mark.parametrize("ref", ["nowhere", "--help", "-h", "", "HEAD:schema", "HEAD~5", "a b"])
def test_a_ref_that_is_none_is_told_in_one_line(repository: Repository, ref: str) -> None:
    repository.commit("one")
    with pytest.raises(RevisionError, match="there is no commit") as caught:
        read_baseline(repository.folder, ref)
    assert "\n" not in str(caught.value)


def test_a_contract_that_lacks_a_file_is_named(repository: Repository) -> None:
    repository.commit("one")
    repository.git("rm", "--quiet", "schema/sdl/permissions.json")
    repository.commit(None)
    with pytest.raises(
        RevisionError, match=r"sdl at HEAD \(.*\) is no contract: permissions\.json is missing"
    ):
        read_baseline(repository.folder, "HEAD")


def test_outside_a_repository_there_is_nothing_to_compare_with(tmp_path: Path) -> None:
    with pytest.raises(RevisionError, match="is not in a git repository") as caught:
        read_baseline(tmp_path / "schema" / "sdl", None)
    assert "\n" not in str(caught.value)


def test_without_git_one_line_says_so(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RevisionError, match="git is not installed"):
        read_baseline(repository.folder, None)


def test_a_shallow_clone_says_what_it_lacks(repository: Repository, tmp_path: Path) -> None:
    first = repository.commit("one")
    repository.commit("two")
    clone = Repository(tmp_path / "clone")
    clone.git("clone", "--quiet", "--depth", "1", f"file://{repository.root}", ".")
    for ref in (None, first, "HEAD~1"):
        with pytest.raises(RevisionError, match="shallow clone: fetch the rest with `git fetch --unshallow`"):
            read_baseline(clone.folder, ref)
    assert api(clone.folder, "HEAD") == "type Query { two: Int }\n"
    clone.git("fetch", "--quiet", "--unshallow")
    assert api(clone.folder, None) == "type Query { one: Int }\n"


def test_branches_without_a_common_commit_ask_for_a_ref(repository: Repository) -> None:
    repository.commit("one")
    repository.git("switch", "--quiet", "--orphan", "island")
    repository.commit("two")
    with pytest.raises(RevisionError, match="no commit in common; say --against REF"):
        read_baseline(repository.folder, None)
