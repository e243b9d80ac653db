"""supergraph.yaml, as Rover has it: which subgraphs, where their documents are, where they are asked."""

import difflib
import json
import urllib.error
import urllib.request
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import yaml

from supergraph.cli.failure import CommandError, describe_unreadable

_SDL_QUERY: Final = "query SubgraphSdl { _service { sdl } }"
_SECONDS: Final = 10


@dataclass(frozen=True, slots=True)
class SubgraphDocument:
    """`origin` is where the document was found, for messages; `file` is that place where it is a file of its own."""

    name: str
    url: str
    sdl: str
    origin: str
    file: Path | None = None


def read_supergraph_yaml(path: Path) -> list[SubgraphDocument]:
    """The subgraphs in the order of the file; files are looked for beside it. Raises CommandError."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path}: {describe_unreadable(error)}") from error
    try:
        # _Loader is a SafeLoader: it makes no objects but plain ones.
        configuration = yaml.load(text, Loader=_Loader)  # noqa: S506
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"{path}:{mark.line + 1}" if mark else f"{path}"
        raise CommandError(f"{place}: {error.problem or 'not YAML'}") from error
    except yaml.YAMLError as error:
        raise CommandError(f"{path}: not YAML: {' '.join(str(error).split())}") from error
    top = _mapping(configuration, path, "the file")
    _only(top, ("federation_version", "subgraphs"), path, "the file")
    _check_version(top.get("federation_version"), path)
    subgraphs = _mapping(top.get("subgraphs"), path, "`subgraphs`")
    if not subgraphs:
        raise CommandError(f"{path}: `subgraphs` names none; there is nothing to compose")
    return [_read_subgraph(str(name), entry, path) for name, entry in subgraphs.items()]


class _Loader(yaml.SafeLoader):
    """Two entries of one name are an error: by YAML's own habit the second would silently win."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, object]:
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value != "<<":
                if key.value in seen:
                    raise yaml.constructor.ConstructorError(
                        problem=f"`{key.value}` stands here twice; give each a name of its own",
                        problem_mark=key.start_mark,
                    )
                seen.add(key.value)
        return super().construct_mapping(node, deep)


def _read_subgraph(name: str, entry: object, path: Path) -> SubgraphDocument:
    place = f"`subgraphs.{name}`"
    subgraph = _mapping(entry, path, place)
    _only(subgraph, ("routing_url", "schema"), path, place)
    routing_url = subgraph.get("routing_url")
    if not isinstance(routing_url, str | None):
        raise CommandError(f"{path}: {place}: `routing_url` must be a string")
    schema = _mapping(subgraph.get("schema"), path, f"`subgraphs.{name}.schema`")
    _only(schema, ("file", "sdl", "subgraph_url"), path, f"`subgraphs.{name}.schema`")
    if len(schema) != 1:
        raise CommandError(f"{path}: {place}: `schema` wants one of `file`, `sdl` and `subgraph_url`")
    [(kind, where)] = schema.items()
    if not isinstance(where, str):
        raise CommandError(f"{path}: {place}: `schema.{kind}` must be a string")
    match kind:
        case "file":
            file = path.parent / where
            try:
                sdl = file.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise CommandError(
                    f"{file}: {describe_unreadable(error)}; {path} names it as the schema of subgraph {name}"
                ) from error
            return SubgraphDocument(name, routing_url or "", sdl, str(file), file)
        case "sdl":
            return SubgraphDocument(name, routing_url or "", where, f"{path} (sdl of {name})")
        case _:
            return SubgraphDocument(name, routing_url or where, _ask_for_sdl(name, where), where)


def _ask_for_sdl(name: str, url: str) -> str:
    """Ask a running subgraph for its document. Spec: Subgraph, `Query._service`."""
    if urlsplit(url).scheme not in {"http", "https"}:
        raise CommandError(f"subgraph {name}: {url!r} is not an address over HTTP")
    request = urllib.request.Request(  # noqa: S310 - its scheme has just been looked at
        url,
        data=json.dumps({"query": _SDL_QUERY}).encode(),
        headers={"content-type": "application/json", "accept": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as response:  # noqa: S310
            answer = json.load(response)
    except urllib.error.HTTPError as error:
        raise CommandError(f"subgraph {name}: {url} answered with status {error.code}") from error
    except OSError as error:
        reason = getattr(error, "reason", None) or error
        raise CommandError(f"subgraph {name}: {url} cannot be reached: {reason}") from error
    except ValueError as error:
        raise CommandError(f"subgraph {name}: {url} did not answer in JSON") from error
    try:
        sdl = answer["data"]["_service"]["sdl"]
    except (KeyError, TypeError) as error:
        raise CommandError(
            f"subgraph {name}: {url} gives no `_service.sdl`; is it a federation subgraph?"
        ) from error
    if not isinstance(sdl, str):
        raise CommandError(f"subgraph {name}: {url} gives a `_service.sdl` that is not a string")
    return sdl


def _check_version(version: object, path: Path) -> None:
    if version is not None and not str(version).removeprefix("=").startswith(("2", "latest-2")):
        raise CommandError(f"{path}: federation_version {version} is not supported; version 2 is")


def _mapping(value: object, path: Path, place: str) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        missing = "is missing or empty" if value is None else "must be a mapping"
        raise CommandError(f"{path}: {place} {missing}")
    return {str(key): each for key, each in value.items()}


def _only(given: Iterable[str], known: tuple[str, ...], path: Path, place: str) -> None:
    for key in given:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = (
                f"did you mean `{near[0]}`?"
                if near
                else f"it may have {', '.join(f'`{each}`' for each in known)}"
            )
            raise CommandError(f"{path}: {place} has an unknown key `{key}`; {hint}")
