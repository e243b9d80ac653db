"""The house answers as one plain schema over the same data would, whatever the schema, its split and the operation."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.differential.checks import LIMITS, check_answers
from tests.differential.drawing import worlds
from tests.differential.federation import Federation


def check(data) -> None:
    check_answers(Federation(data.draw(worlds(), label="world")), data)


@settings(max_examples=75, derandomize=True, **LIMITS)
@given(data=st.data())
def test_a_federation_answers_as_the_plain_schema(data):
    check(data)


@pytest.mark.sweep
@settings(max_examples=5_000, **LIMITS)
@given(data=st.data())
def test_a_federation_answers_as_the_plain_schema_over_a_long_sweep(data):
    check(data)
