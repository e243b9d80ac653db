"""The access log: which operations have a line, and what stands on it."""

from typing import Any

import pytest
from structlog.testing import capture_logs

from supergraph.gateway.hooks import Outcome, RequestRecord
from supergraph.gateway.hooks.builtin.access_log import AccessLog


def logged(log: AccessLog, outcome: Outcome, seconds: float = 0.01) -> list[Any]:
    record = RequestRecord(((b"graphql-client-name", b"web"),))
    record.outcome = outcome
    record.ended = record.started + int(seconds * 1e9)
    with capture_logs() as lines:
        log.answered(record)
    return lines


@pytest.mark.parametrize(
    ("outcome", "chance", "expected"),
    [
        (Outcome.OK, 0.09, 1),
        (Outcome.OK, 0.11, 0),
        (Outcome.PARTIAL, 0.49, 1),
        (Outcome.REFUSED, 0.51, 0),
        (Outcome.FAULT, 0.49, 1),
    ],
)
def test_shares_of_what_went_well_and_of_what_did_not_are_logged(
    outcome: Outcome, chance: float, expected: int
) -> None:
    log = AccessLog(successes=0.1, errors=0.5, slow_seconds=None, chance=lambda: chance)
    assert len(logged(log, outcome)) == expected


def test_nothing_is_logged_of_a_share_of_nothing() -> None:
    log = AccessLog(successes=0.0, errors=1.0, slow_seconds=None, chance=lambda: 0.0)
    assert logged(log, Outcome.OK) == []


def test_what_is_slow_is_logged_whatever_the_share() -> None:
    log = AccessLog(successes=0.0, errors=0.0, slow_seconds=0.5, chance=lambda: 0.9)
    assert logged(log, Outcome.OK, 0.4) == []
    [line] = logged(log, Outcome.OK, 0.6)
    assert (line["event"], line["outcome"], line["milliseconds"], line["client"]) == (
        "answered",
        "ok",
        600.0,
        "web",
    )
