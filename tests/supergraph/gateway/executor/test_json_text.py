"""Integers of any size pass, both ways."""

import json

import pytest

from supergraph.gateway.executor import write_json
from supergraph.gateway.executor.json_text import holds_long_integer, read_exactly

BIG = 123456789012345678901234567890


@pytest.mark.parametrize(
    "value", [BIG, -BIG, [{"a": BIG}], 2**63, 2**64 - 1, 2**64, "ünï😀", 1.5, None, {"a": [True]}]
)
def test_what_is_written_reads_back(value):
    text = write_json(value)
    assert json.loads(text) == value
    assert read_exactly(text) == value


def test_long_digits_are_noticed_and_short_ones_not():
    assert holds_long_integer(b'{"a": %d}' % BIG)
    assert not holds_long_integer(b'{"a": 123456789, "b": "1-2-3", "c": 1.5}')


@pytest.mark.parametrize("value", [float("nan"), object(), b"x"])
def test_what_json_has_no_form_for_is_refused_or_null(value):
    if isinstance(value, float):
        assert write_json(value) == b"null"
    else:
        with pytest.raises(TypeError):
            write_json(value)
