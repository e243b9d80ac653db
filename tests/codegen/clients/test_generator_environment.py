import re
import sys
from pathlib import Path

import pytest

from codegen.clients import ClientProblemError
from codegen.clients.generator_environment import LOCK_FILE, build, generator_environment


def test_the_lock_pins_every_package_by_hash_and_names_no_host() -> None:
    text = LOCK_FILE.read_text()
    pins = re.findall(r"^([a-z0-9-]+)==\S+", text, re.MULTILINE)
    assert "ariadne-codegen" in pins
    assert len(re.findall(r"^\S+==\S+.* \\\n    --hash=sha256:", text, re.MULTILINE)) == len(pins)
    assert "://" not in text


def test_the_lock_holds_what_was_asked_for() -> None:
    wanted = [line for line in LOCK_FILE.with_suffix(".in").read_text().splitlines() if "==" in line]
    assert wanted
    assert all(line in LOCK_FILE.read_text() for line in wanted)


def test_without_an_index_the_first_run_ends_in_one_line_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    monkeypatch.setenv("UV_OFFLINE", "1")
    environment = generator_environment()
    assert environment.folder.is_relative_to(tmp_path)
    with pytest.raises(ClientProblemError, match="the first run needs the package index") as caught:
        build(environment)
    assert "\n" not in str(caught.value)
    assert list((tmp_path / "cache" / "dovetail").iterdir()) == []


def test_an_environment_that_is_there_needs_no_network(
    generator: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_OFFLINE", "1")
    assert generator_environment().is_ready


def test_an_environment_whose_python_is_gone_is_built_anew(
    generator: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    environment = generator_environment()
    (environment.folder / "bin").mkdir(parents=True)
    (environment.folder / "bin" / "python").symlink_to(tmp_path / "gone")
    assert not environment.is_ready
    build(environment)
    assert environment.is_ready
    assert [path.name for path in environment.folder.parent.iterdir()] == [environment.folder.name]


def test_without_uv_one_line_names_the_extra_that_brings_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setitem(sys.modules, "uv", None)
    with pytest.raises(
        ClientProblemError, match=r"uv is missing; install it with `pip install 'dovetail\[codegen\]'`"
    ):
        build(generator_environment())
