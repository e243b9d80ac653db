"""`gateway.yaml` on the command line: `dovetail settings`, and what `dovetail serve` makes of it."""

import json
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from supergraph.cli.application import run
from supergraph.composer import SubgraphSource, compose

COMMAND = [sys.executable, "-m", "supergraph.cli"]


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """The working directory, with a supergraph in it."""
    composition = compose([SubgraphSource("a", "http://127.0.0.1:9/", "type Query { hello: String }")])
    assert composition.supergraph_sdl is not None
    (tmp_path / "graphs").mkdir()
    (tmp_path / "graphs" / "supergraph.graphql").write_text(composition.supergraph_sdl)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_reference_and_the_schema_are_printed(capsys):
    assert run(["settings", "reference"]) == 0
    assert capsys.readouterr().out.startswith("# Settings of the gateway\n")
    assert run(["settings", "schema"]) == 0
    assert "limits" in json.loads(capsys.readouterr().out)["properties"]


def test_a_file_that_is_right_is_said_to_be(folder, capsys):
    assert run(["settings", "check"]) == 0
    assert "no gateway.yaml here" in capsys.readouterr().out
    (folder / "gateway.yaml").write_text("limits: {depth: 3}\n")
    assert run(["settings", "check"]) == 0
    assert capsys.readouterr().out.startswith("gateway.yaml: ")


@pytest.mark.parametrize("command", [["settings", "check"], ["serve"], ["settings", "check", "gateway.yaml"]])
def test_each_mistake_is_a_line_with_its_place(folder, capsys, command):
    (folder / "gateway.yaml").write_text("limits:\n  dept: 5\nserver: {port: x}\n")
    assert run(command) == 1
    assert sorted(capsys.readouterr().err.splitlines()) == [
        "error: gateway.yaml:2:3: limits.dept: no such setting; did you mean limits.depth?",
        "error: gateway.yaml:3:16: server.port: input should be a valid integer, unable to parse string as an integer",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{}", "which supergraph?"),
        ("supergraph: {file: nope.graphql}", "nope.graphql: there is no such file"),
        ("supergraph: {file: graphs/supergraph.graphql}\nhooks: ['nowhere:Hook']", "hooks: nowhere:Hook: "),
        (
            "supergraph: {file: graphs/supergraph.graphql}\nprincipal: {key: {env: NOT_SET_ANYWHERE}}",
            "principal.key: the environment variable NOT_SET_ANYWHERE is not set",
        ),
        (
            "supergraph: {file: graphs/supergraph.graphql}\npersisted_operations: {manifest: nope.json}",
            "nope.json: no such file",
        ),
    ],
)
def test_a_gateway_that_cannot_start_says_why_in_one_line(folder, capsys, text, expected):
    (folder / "settings.yaml").write_text(text)
    assert run(["serve", "--config", "settings.yaml", "--port", "0"]) == (2 if text == "{}" else 1)
    [line] = capsys.readouterr().err.splitlines()
    assert expected in line


def test_a_gateway_serves_as_its_file_has_it_and_options_win(folder):
    (folder / "gateway.yaml").write_text(
        "supergraph: {file: graphs/supergraph.graphql}\n"
        "server: {port: 1, announce_seconds: 0}\n"
        "path: /api\n"
        "introspection: {callers: everybody}\n"
    )
    process = subprocess.Popen([*COMMAND, "serve", "--port", "0"], stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        line = process.stderr.readline()
        address = line.rpartition(" ")[2].strip()
        assert address.endswith("/api"), line
        request = urllib.request.Request(
            address,
            data=b'{"query": "{ __schema { queryType { name } } }"}',
            headers={"content-type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert json.load(answer) == {"data": {"__schema": {"queryType": {"name": "Query"}}}}
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
