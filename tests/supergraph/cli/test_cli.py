"""The command as a person or a tool meets it: a process of its own, its exit code, its two streams."""

import io
import json
import os
import pty
import re
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass

import pytest

from supergraph.cli.application import run
from supergraph.cli.reporting import render_annotation, render_json, report
from supergraph.composer import SubgraphSource, compose

COMMAND = [sys.executable, "-c", "from supergraph.cli import main; main()"]
LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@authenticated"])\n'
USERS = LINK + 'type Query { me: User }\ntype User @key(fields: "id") { id: ID! name: String }\n'
POINTS = LINK + 'type User @key(fields: "id") { id: ID! points: Int }\n'
YAML = """federation_version: =2.9.0
subgraphs:
  users:
    routing_url: http://localhost:4001/graphql
    schema:
      file: ./users.graphql
  points:
    routing_url: http://localhost:4002/graphql
    schema:
      file: points.graphql
"""


@dataclass
class Done:
    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def dovetail(capsys, monkeypatch):
    """Runs the command within this process: what it does is the same, and a start costs seconds."""

    def run_command(folder, *arguments, given=""):
        if folder is not None:
            monkeypatch.chdir(folder)
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(given.encode())))
        code = run(list(arguments))
        return Done(code, *capsys.readouterr())

    return run_command


def process(*arguments, **options):
    return subprocess.run(arguments, check=False, capture_output=True, text=True, timeout=60, **options)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "supergraph.yaml").write_text(YAML)
    (tmp_path / "users.graphql").write_text(USERS)
    (tmp_path / "points.graphql").write_text(POINTS)
    (tmp_path / "op.graphql").write_text("{ me { name points } }")
    return tmp_path


@pytest.fixture
def supergraph(dovetail, folder):
    assert dovetail(folder, "compose", "supergraph.yaml", "-o", "s.graphql").returncode == 0
    return folder / "s.graphql"


def only_line(done, code=1):
    assert done.returncode == code, done
    assert done.stdout == ""
    [line] = done.stderr.splitlines()
    assert "Traceback" not in line
    return line


# ---- compose


def test_compose_prints_the_supergraph_or_writes_it(dovetail, folder):
    printed = dovetail(folder, "compose", "supergraph.yaml")
    written = dovetail(folder, "compose", "supergraph.yaml", "--output", "s.graphql")
    assert (printed.returncode, written.returncode, written.stdout) == (0, 0, "")
    assert "join__Graph" in printed.stdout
    assert (folder / "s.graphql").read_text() == printed.stdout


def test_documents_are_found_beside_the_configuration(dovetail, folder, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    assert dovetail(elsewhere, "compose", str(folder / "supergraph.yaml")).returncode == 0


BROKEN = [
    ("subgraphs:\n  a:\n    schema: {file: gone.graphql}\n", "gone.graphql: there is no such file"),
    ("subgraphs:\n  a:\n    schema: {file: .}\n", "is a directory"),
    ("subgraphs:\n  a: [\n", "supergraph.yaml:3"),
    (
        "subgraphs:\n  a:\n    schema: {file: users.graphql}\n  a:\n    schema: {file: points.graphql}\n",
        "supergraph.yaml:4: `a` stands here twice",
    ),
    ("subgraphs:\n  a:\n    schema: {fil: users.graphql}\n", "did you mean `file`?"),
    ("subgraph:\n  a:\n    schema: {file: users.graphql}\n", "did you mean `subgraphs`?"),
    ("subgraphs:\n  a:\n    routing-url: x\n", "did you mean `routing_url`?"),
    ("subgraphs:\n  a:\n    schema: users.graphql\n", "`subgraphs.a.schema` must be a mapping"),
    ("subgraphs:\n  a:\n    schema: {file: users.graphql, sdl: x}\n", "wants one of"),
    ("subgraphs:\n  a:\n    schema: {file: 7}\n", "must be a string"),
    ("subgraphs: {}\n", "names none"),
    ("", "is missing or empty"),
    ("federation_version: 1\nsubgraphs: {}\n", "federation_version 1 is not supported"),
    ("subgraphs:\n  a:\n    schema: {subgraph_url: 'http://127.0.0.1:1/'}\n", "cannot be reached"),
    ("subgraphs:\n  a:\n    schema: {subgraph_url: 'file:///etc/passwd'}\n", "not an address over HTTP"),
    ("!!python/object/apply:os.system ['true']\n", "supergraph.yaml:1"),
]


@pytest.mark.parametrize(("text", "expected"), BROKEN)
def test_a_configuration_that_is_wrong_is_told_in_one_line(dovetail, folder, text, expected):
    (folder / "supergraph.yaml").write_text(text)
    assert expected in only_line(dovetail(folder, "compose", "supergraph.yaml"))


def test_a_configuration_that_is_not_there(dovetail, folder):
    assert only_line(dovetail(folder, "compose", "nope.yaml")) == "error: nope.yaml: there is no such file"


def test_a_broken_document_is_told_with_its_place(dovetail, folder):
    (folder / "points.graphql").write_text(POINTS + "type {")
    line = only_line(dovetail(folder, "compose", "supergraph.yaml"))
    assert line.startswith("error INVALID_GRAPHQL points.graphql:3:6:")


def test_problems_as_json_and_as_annotations(dovetail, folder):
    (folder / "points.graphql").write_text(POINTS + "type {")
    done = dovetail(folder, "compose", "supergraph.yaml", "--format", "json")
    report = json.loads(done.stdout)
    assert (done.returncode, report["ok"]) == (1, False)
    assert report["diagnostics"][0]["code"] == "INVALID_GRAPHQL"
    assert report["diagnostics"][0]["locations"] == [{"subgraph": "points", "line": 3, "column": 6}]
    line = only_line(dovetail(folder, "compose", "supergraph.yaml", "--format", "github"))
    assert line.startswith("::error file=points.graphql,line=3,col=6,title=INVALID_GRAPHQL::")


def test_what_was_printed_from_code_is_told_by_class_and_field(capsys):
    origins = {"Query.me": "shop.graph.Query.me"}
    composition = compose([SubgraphSource("shop", "", "type Query { me: Nope }", origins)])
    report(composition.errors)
    line = capsys.readouterr().err
    assert line.startswith(
        "error INVALID_GRAPHQL shop:1:14 (shop.graph.Query.me): Query.me: there is no type Nope."
    )
    (told,) = json.loads(render_json(composition, None))["diagnostics"]
    assert told["locations"] == [
        {"subgraph": "shop", "line": 1, "column": 14, "origin": "shop.graph.Query.me"}
    ]
    annotation = render_annotation(composition.errors[0], {})
    assert annotation.startswith("::error title=INVALID_GRAPHQL::Query.me: there is no type Nope.")
    assert annotation.endswith("At shop:1:14 (shop.graph.Query.me).")


def test_an_annotation_names_the_mend_and_every_other_place(dovetail, folder):
    (folder / "points.graphql").write_text(POINTS.replace("points: Int", "name: String"))
    line = only_line(dovetail(folder, "compose", "supergraph.yaml", "--format", "github"))
    assert line.startswith("::error file=points.graphql,line=2,col=40,title=INVALID_FIELD_SHARING::")
    assert "mark it @shareable" in line
    assert line.endswith("Also users.graphql:3:40.")


def test_compose_in_batches_answers_each_line(dovetail, folder):
    good = {
        "id": "good",
        "subgraphs": [{"name": "users", "sdl": USERS}, {"name": "points", "sdl": POINTS, "url": "http://p"}],
    }
    bad = {"id": "bad", "subgraphs": [{"name": "users", "sdl": "type {"}]}
    lines = [json.dumps(good), "", "not json", json.dumps(bad), json.dumps({"id": 3})]
    done = dovetail(folder, "compose", "--batch", given="\n".join(lines))
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert [answer.get("id") for answer in answers] == ["good", None, "bad", 3]
    assert answers[0].keys() == {"id", "ok", "codes", "apiSchema", "supergraph", "hints"}
    assert (answers[0]["ok"], answers[0]["codes"]) == (True, [])
    assert "http://p" in answers[0]["supergraph"]
    assert (answers[2]["ok"], answers[2]["codes"]) == (False, ["INVALID_GRAPHQL"])
    assert answers[3]["error"]


def test_each_answer_of_a_batch_is_there_before_the_next_line_is_read(folder):
    batch = subprocess.Popen(
        [*COMMAND, "compose", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert batch.stdin
    assert batch.stdout
    for number in range(3):
        batch.stdin.write(json.dumps({"id": number, "subgraphs": []}) + "\n")
        batch.stdin.flush()
        assert json.loads(batch.stdout.readline())["id"] == number
    batch.stdin.close()
    assert batch.wait(10) == 0
    batch.stdout.close()


def test_a_reader_that_leaves_ends_a_batch_quietly():
    batch = subprocess.Popen(
        [*COMMAND, "compose", "--batch"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert batch.stdin
    assert batch.stdout
    assert batch.stderr
    batch.stdout.close()
    try:
        for _ in range(1000):
            batch.stdin.write('{"id": 1, "subgraphs": []}\n')
        batch.stdin.close()
    except BrokenPipeError:
        pass
    batch.wait(20)
    assert batch.stderr.read() == ""
    batch.stderr.close()


def test_a_closed_standard_input_is_told():
    done = process("sh", "-c", 'exec "$0" "$@" <&-', *COMMAND, "compose", "--batch")
    assert "standard input" in only_line(done)


def test_scopes_beside_the_known_permissions_are_errors_with_the_nearest_one(dovetail, folder):
    document = USERS.replace('"@authenticated"', '"@requiresScopes"')
    rule = '@requiresScopes(scopes: [["users:raed"]])'
    (folder / "users.graphql").write_text(document.replace("name: String", f"name: String {rule}"))
    assert dovetail(folder, "compose", "supergraph.yaml").returncode == 0
    for known in ('["users:read"]', '[{"id": "users:read", "access": "read"}]', "- users:read\n"):
        (folder / "permissions.json").write_text(known)
        line = only_line(dovetail(folder, "compose", "supergraph.yaml", "--permissions", "permissions.json"))
        assert line.startswith("error UNKNOWN_PERMISSION users.graphql:3:")
        assert 'did you mean "users:read"?' in line
    (folder / "permissions.json").write_text('["users:raed"]')
    done = dovetail(folder, "compose", "supergraph.yaml", "--permissions", "permissions.json")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, "there is no such file"),
        ("{}", "a list is wanted"),
        ("[1]", "entry 1 is neither"),
        ("[a, {name: b}]", "entry 2"),
        ("[", "neither JSON nor YAML"),
    ],
)
def test_a_list_of_permissions_that_is_none_is_told(dovetail, folder, text, expected):
    if text is not None:
        (folder / "known.yaml").write_text(text)
    line = only_line(dovetail(folder, "compose", "supergraph.yaml", "--permissions", "known.yaml"))
    assert line.startswith("error: known.yaml: ")
    assert expected in line


def test_long_composing_has_a_word_at_a_terminal_alone(folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    monkeypatch.setattr("supergraph.cli.composing._QUIET_SECONDS", 0)
    monkeypatch.setattr("supergraph.cli.composing.compose", _slowly)
    assert run(["compose", "supergraph.yaml"]) == 0
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("rich.console.Console.is_terminal", True)
    assert run(["compose", "supergraph.yaml"]) == 0
    printed = capsys.readouterr()
    assert "composing 2 subgraphs" in printed.err
    assert "composing" not in printed.out


def _slowly(sources, **options):
    time.sleep(0.3)
    return compose(sources, **options)


# ---- plan


def test_a_plan_for_people_and_for_tools(dovetail, folder, supergraph):
    text = dovetail(folder, "plan", "--supergraph", "s.graphql", "--operation", "op.graphql")
    assert text.returncode == 0
    assert "users" in text.stdout
    assert "points" in text.stdout
    done = dovetail(
        folder, "plan", "--supergraph", "s.graphql", "--operation", "op.graphql", "--format", "json"
    )
    plan = json.loads(done.stdout)
    assert (plan["kind"], plan["node"]["kind"]) == ("QueryPlan", "Sequence")


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ("{ me { nope } }", "line 1, column 8: Cannot query field 'nome'".replace("nome", "nope")),
        ("{ me {", "line 1, column 7"),
        ("query A { me { id } } query B { me { id } }", "several operations"),
        ("{ me {} }", "line 1, column 7"),
    ],
)
def test_an_operation_that_cannot_be_planned_is_told_in_one_line(
    dovetail, folder, supergraph, operation, expected
):
    (folder / "op.graphql").write_text(operation)
    line = only_line(dovetail(folder, "plan", "--supergraph", "s.graphql", "--operation", "op.graphql"))
    assert line.startswith("error: op.graphql: ")
    assert expected in line


def test_what_is_no_supergraph_is_told_in_one_line(dovetail, folder):
    line = only_line(dovetail(folder, "plan", "--supergraph", "users.graphql", "--operation", "op.graphql"))
    assert line.startswith("error: users.graphql: ")


def test_plans_in_batches(dovetail, folder, supergraph):
    sdl = supergraph.read_text()
    cases = [
        {"id": 1, "supergraph": sdl, "operation": "{ me { name points } }"},
        {
            "id": 2,
            "supergraph": sdl,
            "operation": "query A { me { id } } query B { me { name } }",
            "operationName": "B",
            "overrides": {"x": True},
        },
        {"id": 3, "supergraph": sdl, "operation": "{ nope }"},
        {"id": 4, "supergraph": "type Query { a: Int }", "operation": "{ a }"},
        {"id": 5, "supergraph": sdl},
        {"id": 6, "supergraph": sdl, "operation": "{ __typename }"},
    ]
    done = dovetail(folder, "plan", "--batch", given="\n".join(map(json.dumps, cases)))
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(answer["id"], answer.get("fetches"), answer.get("depth")) for answer in answers] == [
        (1, 2, 2),
        (2, 1, 1),
        (3, None, None),
        (4, None, None),
        (5, None, None),
        (6, 0, 0),
    ]
    assert all(answer["error"] for answer in answers[2:5])
    assert answers[0]["plan"]["kind"] == "QueryPlan"


# ---- serve


def started(process):
    """The address that the command tells once it is ready."""
    line = process.stderr.readline()
    assert line.startswith("serving"), line
    return line.split(" at ")[1].strip()


def test_serve_answers_until_it_is_interrupted(folder, supergraph):
    process = subprocess.Popen(
        [*COMMAND, "serve", "--supergraph", "s.graphql", "--port", "0"],
        cwd=folder,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr
    try:
        url = started(process)
        request = urllib.request.Request(
            url, b'{"query":"{ __typename }"}', {"content-type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert json.load(answer) == {"data": {"__typename": "Query"}}
        with urllib.request.urlopen(url.replace("/graphql", "/health"), timeout=10) as answer:
            assert answer.status == 200
        process.send_signal(2)
        assert process.wait(15) == 0
        assert process.stderr.read() == ""
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


def test_a_port_in_use_is_told_in_one_line(dovetail, folder, supergraph):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        line = only_line(dovetail(folder, "serve", "--supergraph", "s.graphql", "--port", port))
    assert f"port {port} on 127.0.0.1 is in use" in line


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--supergraph", "nope"), "nope: there is no such file"),
        (("--supergraph", "users.graphql"), "users.graphql: the document is not a supergraph"),
        (("--supergraph", "s.graphql", "--subgraph", "nobody=http://x"), "nobody: no subgraph is called so"),
        (("--supergraph", "s.graphql", "--subgraph", "users"), "NAME=URL"),
        (
            ("--supergraph", "s.graphql", "--subgraph", "users=ftp://x"),
            "subgraph users: 'ftp://x' is not an address over HTTP",
        ),
        (
            ("--supergraph", "s.graphql", "--host", "no.such.host.invalid"),
            "cannot listen on no.such.host.invalid",
        ),
        (("--supergraph", "s.graphql", "--jwks", "keys.json"), "belong together"),
        (
            ("--supergraph", "s.graphql", "--jwks", "nope", "--issuer", "i", "--audience", "a"),
            "nope: there is no such file",
        ),
        (
            ("--supergraph", "s.graphql", "--jwks", "op.graphql", "--issuer", "i", "--audience", "a"),
            "--jwks op.graphql",
        ),
    ],
)
def test_a_gateway_that_cannot_start_says_why_in_one_line(dovetail, folder, supergraph, arguments, expected):
    misused = expected in {"NAME=URL", "belong together"}
    port = () if "--host" in arguments else ("--port", "0")
    assert expected in only_line(dovetail(folder, "serve", *arguments, *port), 2 if misused else 1)


def test_rules_without_an_identity_keep_it_from_starting(dovetail, folder):
    (folder / "users.graphql").write_text(USERS.replace("name: String", "name: String @authenticated"))
    assert dovetail(folder, "compose", "supergraph.yaml", "-o", "s.graphql").returncode == 0
    line = only_line(dovetail(folder, "serve", "--supergraph", "s.graphql", "--port", "0"))
    assert "User.name" in line
    assert "--jwks" in line


def test_a_setting_of_the_environment_that_is_wrong_is_told(dovetail, folder, supergraph, monkeypatch):
    monkeypatch.setenv("DOVETAIL_GATEWAY__LIMITS__DEPTH", "deep")
    line = only_line(dovetail(folder, "serve", "--supergraph", "s.graphql"))
    assert "DOVETAIL_GATEWAY__LIMITS__DEPTH" in line


# ---- the command itself


def test_version(dovetail):
    done = dovetail(None, "--version")
    assert (done.returncode, done.stdout.split()[0]) == (0, "dovetail")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("frob", "there is no command `frob`; `dovetail --help`"),
        ("sreve", "there is no command `sreve`; did you mean `serve`?"),
        ("settings chek", "there is no command `chek`; did you mean `check`"),
        ("--verison", "there is no option --verison; did you mean --version?"),
        ("compose --frob", "there is no option --frob"),
        ("compose --fromat json", "did you mean --format?; `dovetail compose --help`"),
        ("compose", "which supergraph.yaml?"),
        ("compose a.yaml b.yaml", "b.yaml: one word too many"),
        ("compose --batch a.yaml", "leave the files out"),
        ("compose a.yaml --format xml", "--format: 'xml' is not one of 'text', 'json', 'github'"),
        ("compose a.yaml -o", "option '-o' requires an argument"),
        ("plan", "are both needed"),
        ("serve", "which supergraph?"),
        ("serve --port x", "--port: a whole number is wanted; `dovetail serve --help`"),
        ("serve --port 70000", "--port: it should be less than or equal to 65535"),
        ("sign", "SUPERGRAPH is missing"),
        ("key new", "--subject is missing"),
        ("key new --subject a --expires soon", "--expires: write it like 2027-06-30"),
        ("schema chekc", "did you mean `check`?"),
        ("client typescript", "there is no command `typescript`"),
        ("subgraph", "is missing"),
    ],
)
def test_misuse_is_told_in_one_line_that_says_what_to_write(dovetail, tmp_path, arguments, expected):
    done = dovetail(tmp_path, *arguments.split())
    assert done.returncode == 2
    [line] = [each for each in done.stderr.splitlines() if not each.startswith("warning: ")]
    assert line.startswith("error: ")
    assert expected in line


@pytest.mark.parametrize("arguments", [(), ("settings",), ("key",), ("schema",), ("client",)])
def test_a_group_of_commands_without_one_shows_them(dovetail, arguments):
    done = dovetail(None, *arguments)
    assert done.returncode == 2
    assert "Usage: dovetail" in done.stdout
    assert "error" not in done.stderr


@pytest.mark.parametrize("columns", ["50", "80"])
def test_help_names_every_option_in_full_however_narrow_the_terminal(dovetail, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    done = dovetail(None, "serve", "--help")
    assert done.returncode == 0
    assert {"--supergraph", "--principal-key", "--no-watch"} <= set(re.findall(r"--[\w-]+", done.stdout))
    assert max(map(len, done.stdout.splitlines())) <= int(columns)
    assert "gateway.yaml" in done.stdout


def test_codes_of_composition_and_of_requests_are_listed(dovetail):
    listed = dovetail(None, "explain").stdout
    assert "KEY_INVALID_FIELDS" in listed
    assert "QUERY_NOT_IN_SAFELIST" in listed


@pytest.mark.parametrize("command", ["compose", "plan", "serve"])
def test_each_command_explains_itself_without_loading_what_it_needs(command):
    code = (
        "import sys; from supergraph.cli.application import run; code = run([sys.argv[1], '--help']); "
        "heavy = {'graphql', 'fastapi', 'uvicorn', 'aiohttp', 'sqlalchemy'} & set(sys.modules); "
        "sys.exit(code or ', '.join(heavy) or 0)"
    )
    done = process(sys.executable, "-c", code, command)
    assert (done.returncode, done.stderr) == (0, "")
    assert "--help" in done.stdout


def test_a_room_whose_commands_fail_costs_the_others_one_line(tmp_path):
    broken = tmp_path / "broken-1.0.dist-info"
    broken.mkdir()
    (broken / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    (broken / "entry_points.txt").write_text("[dovetail.commands]\nbroken = broken_commands:register\n")
    (tmp_path / "broken_commands.py").write_text("raise RuntimeError('half\\nbuilt')\n")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = process(*COMMAND, "--help", env=environment)
    assert done.returncode == 0
    assert "compose" in done.stdout
    warnings = [line for line in done.stderr.splitlines() if "broken_commands" in line]
    assert warnings == [
        "warning: the commands of broken_commands:register are not available: RuntimeError: half built"
    ]
    compose = process(*COMMAND, "compose", "nope", env=environment)
    assert compose.stderr == "error: nope: there is no such file\n"


def test_on_a_terminal_a_problem_is_a_paragraph_with_every_place_and_the_mend(folder):
    (folder / "points.graphql").write_text(POINTS + "type {")
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", closefd=True) as terminal:
        command = [*COMMAND, "compose", "supergraph.yaml"]
        environment = {**os.environ, "TERM": "xterm", "COLUMNS": "200"}
        started = subprocess.Popen(
            command, cwd=folder, stderr=theirs, stdin=subprocess.DEVNULL, env=environment
        )
        assert started.wait(60) == 1
        os.close(theirs)
        shown = re.sub(r"\x1b\[[0-9;]*m", "", terminal.read1().decode())
    lines = [line.strip() for line in shown.splitlines()]
    assert lines[0] == "error INVALID_GRAPHQL"
    assert "at points.graphql:3:6" in lines
    assert any(line.startswith("Mend: ") for line in lines)
    assert "dovetail explain INVALID_GRAPHQL" in lines


# ---- explain


def test_a_code_is_explained_with_its_remedy(dovetail):
    done = dovetail(None, "explain", "key_invalid_fields")
    assert done.returncode == 0
    assert done.stdout.startswith("KEY_INVALID_FIELDS  (error, found in the phase subgraph)")
    assert "Mend: " in done.stdout


def test_a_code_that_does_not_exist_is_answered_with_the_nearest(dovetail):
    assert only_line(dovetail(None, "explain", "KEY_INVALID_FIELD")).endswith(
        "did you mean KEY_INVALID_FIELDS?"
    )


def test_all_codes_are_listed(dovetail):
    done = dovetail(None, "explain")
    assert done.returncode == 0
    assert {"INVALID_GRAPHQL", "SATISFIABILITY_ERROR"} <= {
        line.split()[0] for line in done.stdout.splitlines()
    }
