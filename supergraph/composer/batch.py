"""One composition as a line of JSON in, a line of JSON out: what tools and conformance checks call."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from supergraph.composer.composition import Composition, compose
from supergraph.composer.reading import SubgraphSource


def compose_batch_line(line: bytes | str) -> str:
    """Compose `{"id", "subgraphs": [{"name", "sdl", "url"?}]}`.

    The answer is `{"id", "ok", "codes", "apiSchema", "supergraph", "hints"}`; `codes` are those of all errors, sorted,
    repeats kept. A line that is not of this form gives `{"id", "error"}`.
    """
    try:
        request = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return _printed({"id": None, "error": f"the line is not JSON: {error}"})
    identity = request.get("id") if isinstance(request, dict) else None
    sources = _read_sources(request)
    if sources is None:
        wanted = '{"id", "subgraphs": [{"name", "sdl", "url"?}]}'
        return _printed({"id": identity, "error": f"the line is not of the form {wanted}"})
    return _printed({"id": identity, **_answer(compose(sources))})


def _read_sources(request: object) -> Sequence[SubgraphSource] | None:
    entries = request.get("subgraphs") if isinstance(request, dict) else None
    if not isinstance(entries, list):
        return None
    sources = []
    for entry in entries:
        if not isinstance(entry, dict):
            return None
        name, url, sdl = entry.get("name"), entry.get("url") or "", entry.get("sdl")
        if not (isinstance(name, str) and isinstance(url, str) and isinstance(sdl, str)):
            return None
        sources.append(SubgraphSource(name, url, sdl))
    return sources


def _answer(composition: Composition) -> Mapping[str, Any]:  # JSON leaves here
    return {
        "ok": composition.ok,
        "codes": sorted(each.code for each in composition.errors),
        "apiSchema": composition.api_schema_sdl,
        "supergraph": composition.supergraph_sdl,
        "hints": sorted(each.code for each in composition.hints),
    }


def _printed(answer: Mapping[str, Any]) -> str:
    return orjson.dumps(answer).decode()
