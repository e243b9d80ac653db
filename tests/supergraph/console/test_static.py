"""The built files are committed, so that users need no node: these tests keep them from drifting from their source."""

import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from supergraph.console.assets import MEDIA_TYPES, STATIC, asset_names

SOURCE = STATIC.parent / "source"
RECORD = json.loads((STATIC / "build.json").read_text())
MEGABYTE = 1_000_000


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def files_of(root: Path) -> dict[str, str]:
    """Hash by path, in the order of paths; what npm installs is no part of the source."""
    paths = {path.relative_to(root).as_posix(): path for path in root.rglob("*") if path.is_file()}
    return {
        name: sha256(paths[name].read_bytes())
        for name in sorted(paths)
        if not name.startswith("node_modules/")
    }


def test_the_built_files_were_built_from_this_source():
    """When this fails: `npm ci && npm run build` in supergraph/console/source."""
    listing = "".join(f"{digest}  {name}\n" for name, digest in files_of(SOURCE).items())
    assert sha256(listing.encode()) == RECORD["source"]


@pytest.mark.npm
@pytest.mark.sweep
def test_a_build_from_the_lock_file_gives_the_same_bytes(tmp_path: Path):
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed: the console cannot be built again")
    source = shutil.copytree(SOURCE, tmp_path / "source", ignore=shutil.ignore_patterns("node_modules"))
    for command in (["ci", "--ignore-scripts", "--no-audit", "--no-fund"], ["run", "build"]):
        subprocess.run([npm, *command], cwd=source, check=True, capture_output=True)
    assert json.loads((tmp_path / "static" / "build.json").read_text()) == RECORD


def test_no_built_file_was_changed_by_hand():
    built = files_of(STATIC)
    del built["build.json"]
    assert built == RECORD["files"]


def test_every_built_file_has_a_media_type_and_can_be_served():
    assert {path.suffix for path in STATIC.rglob("*") if path.is_file()} <= set(MEDIA_TYPES)
    assert asset_names() == set(files_of(STATIC))


def test_a_console_that_was_not_built_says_so(tmp_path: Path):
    with pytest.raises(FileNotFoundError, match="npm run build"):
        asset_names(tmp_path)


def test_the_console_stays_lean():
    sizes = [path.stat().st_size for path in STATIC.rglob("*") if path.is_file()]
    assert sum(sizes) < 8 * MEGABYTE
    assert not list(STATIC.rglob("*.map"))


def test_scripts_make_no_code_from_text():
    """The content policy forbids it, so a dependency that begins to do it would fail only when that line is reached."""
    for script in STATIC.glob("assets/*.js"):
        assert not re.search(r"\bnew Function\(|(?<![\w.$])eval\(", script.read_text()), script.name


def test_the_page_holds_no_inline_script_or_style():
    page = (STATIC / "index.html").read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", page)


def test_the_licences_of_what_is_bundled_are_beside_it():
    licences = (STATIC / "THIRD-PARTY-LICENSES.txt").read_text()
    bundled = (
        "graphiql 5.",
        "monaco-editor 0.",
        "monaco-graphql 1.",
        "react 19.",
        "@fontsource-variable/inter ",
    )
    assert [name for name in bundled if f"\n{name}" not in licences] == []


def test_the_lock_file_names_no_registry():
    lock = json.loads((SOURCE / "package-lock.json").read_text())
    assert [name for name, package in lock["packages"].items() if "resolved" in package] == []
