"""An answer in parts adds up to the answer in one piece, whatever is deferred."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.differential.checks import LIMITS, check_parts
from tests.differential.drawing import worlds
from tests.differential.federation import Federation


def check(data) -> None:
    check_parts(Federation(data.draw(worlds(), label="world")), data)


@settings(max_examples=50, derandomize=True, **LIMITS)
@given(data=st.data())
def test_an_answer_in_parts_is_the_plain_schemas_answer(data):
    check(data)


@pytest.mark.sweep
@settings(max_examples=3_000, **LIMITS)
@given(data=st.data())
def test_an_answer_in_parts_is_the_plain_schemas_answer_over_a_long_sweep(data):
    check(data)
