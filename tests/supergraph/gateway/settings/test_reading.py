"""gateway.yaml, the environment and options: what wins, and how a mistake is told."""

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from supergraph.gateway.settings import (
    GatewaySettings,
    InvalidSettingsError,
    Option,
    Secret,
    UnreadableSecretError,
    read_settings,
)


@pytest.fixture
def write(tmp_path):
    def write_(text: str) -> Path:
        path = tmp_path / "gateway.yaml"
        path.write_text(text)
        return path

    return write_


def mistakes(file: Path | None, environment=None, options=()) -> list[str]:
    with pytest.raises(InvalidSettingsError) as raised:
        read_settings(file, environment, options)
    return [line.replace(f"{file}", "gateway.yaml") for line in str(raised.value).splitlines()]


def test_nothing_set_means_the_defaults(write):
    assert (
        read_settings(None)
        == read_settings(write(""))
        == read_settings(write("# nothing\n"))
        == GatewaySettings()
    )


def test_options_win_over_the_environment_that_wins_over_the_file(write):
    file = write("server: {host: file, port: 1}\nlimits: {depth: 3, aliases: 4}\n")
    environment = {"DOVETAIL_GATEWAY__SERVER__PORT": "2", "DOVETAIL_GATEWAY__LIMITS__DEPTH": "5", "PATH": "x"}
    settings = read_settings(file, environment, [Option("--port", ("server", "port"), 3)])
    assert (settings.server.host, settings.server.port) == ("file", 3)
    assert (settings.limits.depth, settings.limits.aliases) == (5, 4)


def test_the_environment_gives_lists_and_mappings_whole(write):
    file = write("http: {cors: {origins: ['https://one.example']}}")
    settings = read_settings(
        file,
        {
            "DOVETAIL_GATEWAY__HTTP__CORS__ORIGINS": "[https://two.example, https://three.example]",
            "DOVETAIL_GATEWAY__HTTP__HEADERS": '{"x-frame-options": DENY}',
            "DOVETAIL_GATEWAY__HTTP__CSRF__ENABLED": "false",
            "DOVETAIL_GATEWAY__LIMITS__COST": "off",
        },
    )
    assert settings.http.cors.origins == ("https://two.example", "https://three.example")
    assert settings.http.headers == {"x-frame-options": "DENY"}
    assert settings.http.csrf.enabled is False
    assert settings.limits.cost is None


def test_words_that_yaml_1_1_takes_for_truth_are_words(write):
    settings = read_settings(write("errors: {extensions: [on, off, yes, no]}"))
    assert settings.errors.extensions == {"on", "off", "yes", "no"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "limits:\n  dept: 5\n",
            "gateway.yaml:2:3: limits.dept: no such setting; did you mean limits.depth?",
        ),
        ("limts: {}\n", "gateway.yaml:1:1: limts: no such setting; did you mean limits?"),
        ("depth: 5\n", "gateway.yaml:1:1: depth: no such setting; did you mean limits.depth?"),
        (
            "http:\n  cors:\n    orgins: []\n",
            "gateway.yaml:3:5: http.cors.orgins: no such setting; did you mean http.cors.origins?",
        ),
        (
            "subgraphs:\n  reviews:\n    ulr: http://x\n",
            "gateway.yaml:3:5: subgraphs.reviews.ulr: no such setting; did you mean subgraphs.reviews.url?",
        ),
        (
            "server:\n  port: many\n",
            "gateway.yaml:2:9: server.port: input should be a valid integer, unable to parse string as an integer",
        ),
        (
            "server:\n  port: 70000\n",
            "gateway.yaml:2:9: server.port: input should be less than or equal to 65535",
        ),
        ("limits: [1]\n", "gateway.yaml:1:9: limits: is a mapping of "),
        (
            "persisted_operations:\n  unknown: maybe\n",
            "gateway.yaml:2:12: persisted_operations.unknown: input should be 'allow', 'log' or 'refuse'",
        ),
        ("server: {port: 1}\nserver: {port: 2}\n", "gateway.yaml:2:1: `server` stands here twice"),
        ("server: [\n", "gateway.yaml:2:1: "),
        ("- a\n", "gateway.yaml:1:1: the settings are a mapping of sections"),
        ("? [a]\n: b\n", "gateway.yaml:1:3: a key is a word"),
        ("a: &a\n  b: *a\n", "gateway.yaml:"),
        ("server: !!python/object:os.system {}\n", "gateway.yaml:"),
        (
            "http:\n  cors:\n    origins:\n      - https://good.example\n      - bad\n",
            "gateway.yaml:5:9: http.cors.origins.1: `bad` is no origin",
        ),
    ],
)
def test_a_mistake_is_told_with_file_line_and_column(write, text, expected):
    [line] = mistakes(write(text))[:1]
    assert line.startswith(expected)


def test_all_mistakes_are_told_at_once(write):
    assert (
        len(mistakes(write("limits: {dept: 1, aliases: x}\nservr: 1\n"), {"DOVETAIL_GATEWAY__NOPE": "1"}))
        == 4
    )


def test_a_mistake_in_the_environment_names_the_variable():
    assert mistakes(None, {"DOVETAIL_GATEWAY__LIMITS__DEPHT": "5"}) == [
        "environment: DOVETAIL_GATEWAY__LIMITS__DEPHT: limits.depht: no such setting; did you mean limits.depth?"
    ]
    assert mistakes(None, {"DOVETAIL_GATEWAY__HTTP__CORS__ORIGINS": "[a"})[0].startswith(
        "environment: DOVETAIL_GATEWAY__HTTP__CORS__ORIGINS: "
    )


def test_a_mistake_in_an_option_names_the_option():
    [line] = mistakes(None, options=[Option("--port", ("server", "port"), -1)])
    assert line.startswith("--port: server.port: ")


def test_a_file_that_is_not_there_is_told(tmp_path):
    assert mistakes(tmp_path / "nope.yaml") == ["gateway.yaml: there is no such file"]


def test_paths_start_from_the_file(write, tmp_path):
    settings = read_settings(write("supergraph: {file: graphs/supergraph.graphql}"))
    assert settings.supergraph.file == tmp_path / "graphs" / "supergraph.graphql"
    absolute = read_settings(write("supergraph: {file: /graphs/supergraph.graphql}"))
    assert absolute.supergraph.file == Path("/graphs/supergraph.graphql")


# ---- secrets


def test_a_secret_does_not_stand_in_the_file_and_is_not_repeated(write):
    [line] = mistakes(write("persisted_operations: {automatic: {redis: 'redis://:hunter2@cache'}}"))
    assert "say where it is kept" in line
    assert "hunter2" not in line


def test_a_secret_is_read_from_where_it_is_kept(write, tmp_path, monkeypatch):
    (tmp_path / "secret").write_text("  from a file\n")
    settings = read_settings(write("principal: {key: {file: secret}}"))
    assert settings.principal.key is not None
    assert settings.principal.key.read() == "from a file"
    monkeypatch.setitem(os.environ, "MY_SECRET", "from the environment")
    named = read_settings(None, {"DOVETAIL_GATEWAY__PRINCIPAL__KEY__ENV": "MY_SECRET"})
    assert named.principal.key is not None
    assert named.principal.key.read() == "from the environment"
    assert "from the environment" not in repr(named)


@pytest.mark.parametrize("places", [{}, {"env": "A", "file": "b"}])
def test_a_secret_has_one_place(places):
    with pytest.raises(ValidationError, match="one place"):
        Secret(**places)


def test_a_secret_that_is_not_there_is_told_by_its_place(tmp_path):
    with pytest.raises(UnreadableSecretError, match="the environment variable NOT_SET_ANYWHERE is not set"):
        Secret(env="NOT_SET_ANYWHERE").read()
    with pytest.raises(UnreadableSecretError, match="cannot be read"):
        Secret(file=tmp_path / "nope").read()


def test_no_two_things_are_served_at_one_path(write):
    for taken in ("/health", "/ready"):
        assert "the endpoint needs another path" in mistakes(write(f"path: {taken}"))[0]
    for taken in ("/health", "/graph"):
        file = write(f"path: /graph\ntelemetry: {{metrics: {{prometheus: {{path: {taken}}}}}}}")
        (told,) = mistakes(file)
        assert told.startswith(
            "gateway.yaml:2:12: telemetry: metrics.prometheus.path: something else is served"
        )
