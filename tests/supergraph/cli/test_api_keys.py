import json
import re

import pytest
import yaml

from supergraph.cli.application import run
from supergraph.gateway.settings import ApiKeyList
from supergraph.spec import read_api_key

ARGUMENTS = [
    "key",
    "new",
    "--subject",
    "nightly-import",
    "--tenant",
    "acme",
    "--scope",
    "b:read",
    "--scope",
    "a:read",
]


def test_a_key_is_printed_with_the_entry_that_a_gateway_knows_it_by(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run([*ARGUMENTS, "--expires", "2199-01-01", "--name", "yes: it's nightly"]) == 0
    printed = capsys.readouterr().out
    key = read_api_key(re.findall(r"dk_\S+", printed)[0])
    assert key is not None
    entry = printed.split(":\n\n", 1)[1]
    [kept] = ApiKeyList.model_validate(yaml.safe_load("keys:\n" + entry)).keys
    assert kept.stored().matches(key)
    assert (kept.subject, kept.tenant, kept.scopes, kept.name) == (
        "nightly-import", "acme", {"a:read", "b:read"}, "yes: it's nightly",
    )  # fmt: skip
    assert kept.stored().expires == 7_226_582_400.0
    assert key.secret not in entry


def test_a_key_for_tools_is_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*ARGUMENTS, "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    key = read_api_key(made["key"])
    assert key is not None
    [kept] = ApiKeyList.model_validate({"keys": [made["entry"]]}).keys
    assert kept.stored().matches(key)
    assert kept.expires is None


def test_no_two_keys_are_alike(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        run([*ARGUMENTS, "--json"])
    first, second = capsys.readouterr().out.splitlines()
    assert json.loads(first)["key"] != json.loads(second)["key"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["key", "new"],
        ["key", "new", "--subject", "a", "--expires", "soon"],
        ["key", "new", "--subject", ""],
        ["key"],
    ],
)
def test_misuse_is_told(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) != 0
    assert "Traceback" not in capsys.readouterr().err
