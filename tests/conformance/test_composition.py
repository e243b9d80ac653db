"""The public composition corpus: verdict, error codes and API schema, against what two engines agree on."""

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from supergraph.composer import SubgraphSource, compose, compose_batch_line

SHARED = Path(__file__).parents[2].parent / "shared" / "conformance"
FILES = sorted((SHARED / "composition").glob("*.json"))
KNOWN = Path(__file__).with_name("KNOWN.md")

pytestmark = pytest.mark.skipif(
    not FILES, reason="the composition corpus is not beside the project (../shared)"
)


def known() -> set[str]:
    """The differences that stand in KNOWN.md, by the id of the case."""
    return set(re.findall(r"^\| (c[0-9a-z]+) \|", KNOWN.read_text(), re.MULTILINE))


@pytest.fixture(scope="module")
def scoring() -> ModuleType:
    spec = importlib.util.spec_from_file_location("check_composition", SHARED / "check_composition.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def difference(case: dict[str, Any], scoring: ModuleType) -> str | None:
    expected = case["apollo"]
    composition = compose([SubgraphSource(each["name"], "", each["sdl"]) for each in case["subgraphs"]])
    codes = sorted({str(error.code) for error in composition.errors})
    if composition.ok != expected["ok"]:
        return f"ok is {composition.ok}, with {codes}; expected {sorted(set(expected['codes']))}"
    if not composition.ok:
        wanted = sorted(set(expected["codes"]))
        return None if codes == wanted else f"codes are {codes}; expected {wanted}"
    ours, theirs = (
        scoring.canonical_schema(sdl, directives=False)
        for sdl in (composition.api_schema_sdl, expected["apiSchema"])
    )
    return None if ours == theirs else "the API schema differs"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_strict_cases_agree_but_for_the_known_differences(file: Path, scoring: ModuleType):
    cases = [case for case in json.loads(file.read_text()) if case["verdict"] == "strict"]
    found = {case["id"]: text for case in cases if (text := difference(case, scoring))}
    expected = known() & {case["id"] for case in cases}
    assert {name: text for name, text in found.items() if name not in expected} == {}
    assert expected - found.keys() == set(), "these agree now: take them out of KNOWN.md"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_disputed_cases_that_both_refuse_are_refused(file: Path):
    for case in json.loads(file.read_text()):
        refused = [
            case[engine].get("ok") is False and not case[engine].get("crash")
            for engine in ("apollo", "guild")
        ]
        if case["verdict"] == "disputed" and all(refused) and case["id"] not in known():
            sources = [SubgraphSource(each["name"], "", each["sdl"]) for each in case["subgraphs"]]
            assert not compose(sources).ok, case["id"]


def test_the_batch_form_answers_line_by_line():
    case = next(case for case in json.loads(FILES[0].read_text()) if case["apollo"]["ok"])
    answer = json.loads(compose_batch_line(json.dumps({"id": case["id"], "subgraphs": case["subgraphs"]})))
    assert answer.keys() == {"id", "ok", "codes", "apiSchema", "supergraph", "hints"}
    assert (answer["id"], answer["ok"], answer["codes"]) == (case["id"], True, [])
