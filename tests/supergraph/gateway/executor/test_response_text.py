"""Holes are filled with what came for them, and with nothing else."""

import json

import pytest

from supergraph.gateway.executor.response_text import GrowingResponse, write_text


def test_a_hole_is_filled_wherever_it_stands_and_with_what_has_holes_itself():
    response = GrowingResponse({"a": None, "b": None}, tables=0)
    outer = response.dig(...)
    inner = response.dig({"text": None})
    response.filled[outer] = write_text([response.holes[inner], 1, response.holes[inner]])
    response.filled[inner]["text"] = "x"
    response.root |= {"a": response.holes[outer], "b": response.holes[inner]}
    assert json.loads(response.text()) == {"a": [{"text": "x"}, 1, {"text": "x"}], "b": {"text": "x"}}


@pytest.mark.parametrize("text", ["%", "%(0)b", "%%s", "\0(0)b", "\0", "\\u0000(0)b", '"\0(0)b"'])
def test_what_looks_like_a_hole_is_not_one(text):
    response = GrowingResponse({"a": text, text: None}, tables=0)
    response.root[text] = response.holes[response.dig({text: text})]
    assert json.loads(response.text()) == {"a": text, text: {text: text}}


def test_a_hole_that_stayed_empty_is_never_passed_over():
    response = GrowingResponse({"a": None}, tables=0)
    response.root["a"] = response.holes[response.dig(...)]
    with pytest.raises(TypeError):
        response.text()


def test_there_may_be_any_number_of_holes_and_those_of_others_stay_as_they_are():
    first, second = GrowingResponse({}, 0), GrowingResponse({}, 0)
    for number in range(3_000):
        hole = first.dig({"n": number})
        first.root[str(number)] = first.holes[hole]
    second.root["a"] = second.holes[second.dig({"n": -1})]
    assert json.loads(first.text()) == {str(number): {"n": number} for number in range(3_000)}
    assert second.text() == b'{"a":{"n":-1}}'
