"""The words of settings: secrets named by their place, and loaded for those alone who read settings."""

import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

import supergraph.spec
from supergraph.spec import SETTINGS_FOLDER, Secret, UnreadableSecretError


def test_a_word_is_read_without_what_settings_need() -> None:
    program = "import sys, supergraph.spec as s; assert 'pydantic' not in sys.modules; s.Secret; assert 'pydantic' in sys.modules"
    assert subprocess.run([sys.executable, "-c", program], check=False, timeout=60).returncode == 0


def test_a_word_that_is_none_is_none() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = supergraph.spec.nothing  # type: ignore[attr-defined]


def test_a_secret_is_read_anew_each_time_from_beside_its_file(tmp_path: Path) -> None:
    secret = Secret.model_validate({"file": "kept"}, context={SETTINGS_FOLDER: tmp_path})
    for text in ("first", "second\n"):
        (tmp_path / "kept").write_text(text)
        assert secret.read() == text.strip()


@pytest.mark.parametrize("place", [{"env": "DOVETAIL_TEST_NO_SUCH"}, {"file": "/no/such/file"}])
def test_a_secret_that_is_not_there_is_said_by_its_place(place: dict[str, str]) -> None:
    with pytest.raises(UnreadableSecretError, match=r"NO_SUCH is not set|/no/such/file cannot be read"):
        Secret.model_validate(place).read()


@pytest.mark.parametrize("written", ["hunter2", {}, {"env": "A", "file": "b"}, {"env": "A", "other": 1}])
def test_a_secret_has_one_place_and_never_stands_itself(written: object) -> None:
    with pytest.raises(ValidationError) as raised:
        Secret.model_validate(written)
    assert "hunter2" not in str(raised.value.errors(include_input=False, include_url=False))
