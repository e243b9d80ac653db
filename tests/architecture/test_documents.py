"""What is printed for readers holds: links lead somewhere, settings are taken, commands and options exist."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from typer.main import get_command

from supergraph.cli.application import build_application
from supergraph.gateway.settings import GatewaySettings, InvalidSettingsError, read_settings

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("docs", "codegen", "schema", "module_subgraphs", "foundation_subgraph", "supergraph")
DOCUMENTS = sorted(
    path
    for path in (*ROOT.glob("*.md"), *(found for room in ROOMS for found in (ROOT / room).rglob("*.md")))
    if "node_modules" not in path.parts
)

FENCE = re.compile(r"^```(?P<language>[\w-]*)[^\n]*\n(?P<text>.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!!)\[(?:[^\[\]]|`[^`]*`)*\]\((?P<target>[^)\s]+)\)")
HEADING = re.compile(r"^#{1,6} (?P<words>.+?)\s*$", re.MULTILINE)
DEMO_PASSWORD = "dovetail demo"
INLINE = re.compile(r"`(dovetail(?: [^`]*)?)`")


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def fences(path: Path, *languages: str) -> Iterator[tuple[int, str]]:
    """Each fenced block's first line's number and its text."""
    text = path.read_text(encoding="utf-8")
    for found in FENCE.finditer(text):
        if found["language"] in languages:
            yield text.count("\n", 0, found.start("text")) + 1, found["text"]


def anchors(path: Path) -> set[str]:
    """The names that code hosts give to headings."""
    text = FENCE.sub("", path.read_text(encoding="utf-8"))
    names: set[str] = set()
    for found in HEADING.finditer(text):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", found["words"]).lower()
        name = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        # A second heading of the same words is numbered.
        count = 0
        while (numbered := f"{name}-{count}" if count else name) in names:
            count += 1
        names.add(numbered)
    return names


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_every_link_leads_to_a_file_and_a_heading(path: Path) -> None:
    text = FENCE.sub("", path.read_text(encoding="utf-8"))
    lost = []
    for found in LINK.finditer(text):
        target = found["target"]
        if re.match(r"[a-z][a-z+.-]*:", target):
            continue
        file, _, anchor = target.partition("#")
        aim = (path.parent / file).resolve() if file else path
        if not aim.exists() or (anchor and aim.suffix == ".md" and anchor not in anchors(aim)):
            lost.append(target)
    assert lost == []


SETTINGS = set(GatewaySettings.model_fields)
YAML_BLOCKS = [
    pytest.param(path, line, text, id=f"{named(path)}:{line}")
    for path in DOCUMENTS
    for line, text in fences(path, "yaml")
]


def is_settings(text: str) -> bool:
    """Whether the block is (part of) a gateway.yaml: some of its names are those of sections."""
    read = yaml.safe_load(text)
    return isinstance(read, dict) and bool(SETTINGS & read.keys()) and "federation_version" not in read


@pytest.mark.parametrize(("path", "line", "text"), YAML_BLOCKS)
def test_every_yaml_example_is_yaml_and_every_settings_example_is_taken(
    path: Path, line: int, text: str, tmp_path: Path
) -> None:
    yaml.safe_load(text)
    if not is_settings(text):
        return
    file = tmp_path / "gateway.yaml"
    file.write_text(text, encoding="utf-8")
    try:
        read_settings(file, {}, [])
    except InvalidSettingsError as error:
        pytest.fail(f"{named(path)}:{line}: {error}")


def command_lines() -> Iterator[tuple[Path, int, str]]:
    for path in DOCUMENTS:
        if path.name == "CHANGELOG.md":
            continue
        for line, text in fences(path, "sh", "bash", "console"):
            joined = re.sub(r"\\\n\s*", " ", text)
            for each in joined.splitlines():
                command = re.sub(r"^(?:\$ )?(?:[A-Z_]+=\S* )*", "", each.strip())
                if command.startswith("dovetail "):
                    yield path, line, command
        text = FENCE.sub(lambda found: "\n" * found[0].count("\n"), path.read_text(encoding="utf-8"))
        for found in INLINE.finditer(text):
            if found[1] == DEMO_PASSWORD:
                continue
            yield path, text.count("\n", 0, found.start()) + 1, " ".join(found[1].split())


COMMANDS = [
    pytest.param(command, id=f"{named(path)}:{line}: {command}") for path, line, command in command_lines()
]


@pytest.fixture(scope="module")
def root_command() -> object:
    return get_command(build_application([]))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_that_is_printed_exists_with_its_options(root_command: object, command: str) -> None:
    words = shlex.split(command, comments=True)[1:]
    at: object = root_command
    while (inner := getattr(at, "commands", None)) is not None and words and not words[0].startswith("-"):
        assert words[0] in inner, f"there is no command {words[0]}"
        at = inner[words.pop(0)]
    options = {name for parameter in at.params for name in (*parameter.opts, *parameter.secondary_opts)} | {
        "--help",
        "-h",
    }
    given = {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)}
    assert given <= options, f"there is no option {', '.join(sorted(given - options))}"
