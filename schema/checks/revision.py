"""The contract as it stood at a git revision."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from schema.contract import Contract, IncompleteContractError, contract_from_files

_HUNK: Final = re.compile(r"@@ -\S+ \+(?P<line>\d+)")


class RevisionError(Exception):
    """The revision cannot be read. The message is one line and says what to do."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """`contract` is None where there was none yet; `name` says in words which revision that is."""

    name: str
    contract: Contract | None


def read_baseline(folder: Path, ref: str | None) -> Baseline:
    """The contract that `folder` held at a revision. Raises RevisionError.

    Without a ref it is where this work left the main branch: the merge base of HEAD with `origin/HEAD`, `origin/main`
    or `main`, the first that exists. On the main branch itself that would be HEAD, and nothing would ever be found
    there, so it is then the commit before HEAD; before the first commit there was nothing.
    """
    repository = Repository.around(folder)
    commit, name = repository.named(ref) if ref is not None else repository.where_this_work_began()
    if commit is None:
        return Baseline(name, None)
    files = repository.files_at(commit, folder)
    if not files:
        return Baseline(name, None)
    try:
        return Baseline(name, contract_from_files(files))
    except IncompleteContractError as error:
        raise RevisionError(f"{folder.name} at {name} is no contract: {error}") from error


@dataclass(frozen=True, slots=True)
class Repository:
    """A git repository that is read. Every method raises RevisionError."""

    root: Path

    @classmethod
    def around(cls, folder: Path) -> "Repository":
        at = next(each for each in (folder, *folder.parents) if each.is_dir())
        asked = _git(at, "rev-parse", "--show-toplevel")
        if asked.returncode:
            raise RevisionError(
                f"{folder} is not in a git repository that can be read, so there is nothing to compare with: "
                f"{_complaint(asked)}"
            )
        return cls(Path(asked.stdout.strip()))

    def named(self, ref: str) -> tuple[str, str]:
        commit = self._commit(ref)
        if commit is None:
            raise RevisionError(
                f"there is no commit {ref!r} in this repository; name a branch, a tag or a commit"
                f"{self._word_on_shallowness()}"
            )
        return commit, f"{ref} ({commit[:10]})"

    def where_this_work_left(self, ref: str) -> tuple[str, str]:
        """The last commit that HEAD and a branch have in common, and its name in words."""
        commit, name = self.named(ref)
        base = _git(self.root, "merge-base", commit, "HEAD").stdout.strip()
        if not base:
            raise RevisionError(f"HEAD and {ref} have no commit in common{self._word_on_shallowness()}")
        return base, name

    def where_this_work_began(self) -> tuple[str | None, str]:
        head = self._commit("HEAD")
        if head is None:
            return None, "the time before the first commit"
        for branch in ("refs/remotes/origin/HEAD", "refs/remotes/origin/main", "refs/heads/main"):
            if self._commit(branch) is None:
                continue
            base = _git(self.root, "merge-base", "HEAD", branch).stdout.strip()
            short = branch.removeprefix("refs/remotes/").removeprefix("refs/heads/")
            if not base:
                raise RevisionError(
                    f"HEAD and {short} have no commit in common; say --against REF{self._word_on_shallowness()}"
                )
            if base != head:
                return base, f"where this work left {short} ({base[:10]})"
            break
        before = self._commit("HEAD^")
        if before is not None:
            return before, f"the commit before HEAD ({before[:10]})"
        if self._is_shallow():
            raise RevisionError(f"the commit before HEAD is not here{self._word_on_shallowness()}")
        return None, "the time before the first commit"

    def files_at(self, commit: str, folder: Path, name: str = "") -> dict[str, str]:
        """Text by path inside the folder, of all files or of those with a name; empty where the commit has no such folder."""
        inside = folder.resolve().relative_to(self.root.resolve()).as_posix()
        listed = _git(
            self.root, "ls-tree", "-r", "-z", "--name-only", "--full-tree", commit, "--", f"{inside}/"
        )
        if listed.returncode:
            raise RevisionError(f"git could not list {inside} at {commit[:10]}: {_complaint(listed)}")
        files: dict[str, str] = {}
        for path in filter(None, listed.stdout.split("\0")):
            if name and path.rpartition("/")[2] != name:
                continue
            shown = _git(self.root, "show", f"{commit}:{path}")
            if shown.returncode:
                raise RevisionError(f"git could not show {path} at {commit[:10]}: {_complaint(shown)}")
            files[path.removeprefix(f"{inside}/")] = shown.stdout
        return files

    def touched_since(self, commit: str) -> dict[str, int]:
        """Paths from the root that differ from a commit, untracked ones too, each with its first line that does."""
        listed = _git(self.root, "diff", "--name-only", "--no-renames", "-z", commit, "--")
        strangers = _git(self.root, "ls-files", "--others", "--exclude-standard", "-z", "--full-name")
        for asked in (listed, strangers):
            if asked.returncode:
                raise RevisionError(
                    f"git could not say what is changed since {commit[:10]}: {_complaint(asked)}"
                )
        paths = [path for path in (listed.stdout + strangers.stdout).split("\0") if path]
        shown = _git(self.root, "diff", "--no-renames", "--no-color", "--no-ext-diff", "-U0", commit, "--")
        return dict.fromkeys(paths, 1) | _first_lines(shown.stdout, frozenset(paths))

    def _commit(self, ref: str) -> str | None:
        # --end-of-options: a ref that begins with a dash is a ref, not an option.
        asked = _git(self.root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
        return asked.stdout.strip() if asked.returncode == 0 else None

    def _is_shallow(self) -> bool:
        return _git(self.root, "rev-parse", "--is-shallow-repository").stdout.strip() == "true"

    def _word_on_shallowness(self) -> str:
        return (
            "; this is a shallow clone: fetch the rest with `git fetch --unshallow`"
            if self._is_shallow()
            else ""
        )


def _first_lines(diff: str, paths: frozenset[str]) -> dict[str, int]:
    """The line, as it is now, at which each file of a diff without context begins to differ."""
    first: dict[str, int] = {}
    path = ""
    for line in diff.splitlines():
        if line.startswith("+++ "):
            path = line.removeprefix("+++ ").removeprefix("b/")
        elif path in paths and path not in first and (hunk := _HUNK.match(line)):
            first[path] = max(1, int(hunk["line"]))
    return first


def _git(where: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(  # noqa: S603 # no shell; a ref can only be a ref
            ["git", "-C", str(where), *arguments],  # noqa: S607 # whichever git the caller has
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except FileNotFoundError as error:
        raise RevisionError(
            "git is not installed, so there is nothing to compare with; install git and run this again"
        ) from error


def _complaint(ended: subprocess.CompletedProcess[str]) -> str:
    said = ended.stderr.strip().splitlines()
    return said[0] if said else f"git ended with {ended.returncode}"
