"""The catalogue and its page."""

from pathlib import Path

import supergraph.spec
from supergraph.gateway.errors import ErrorCode
from supergraph.gateway.executor import ExecutionCode
from supergraph.gateway.transport import FailureReason
from supergraph.spec import (
    CATALOGUE,
    REQUEST_CATALOGUE,
    Code,
    Phase,
    RequestCode,
    Severity,
    print_code,
    print_codes,
)


def test_every_code_has_an_entry_and_a_remedy():
    assert set(CATALOGUE) == set(Code)
    for code, entry in CATALOGUE.items():
        assert (entry.phase is Phase.HINT) == (entry.severity is not Severity.ERROR), code
        assert entry.summary.endswith("."), code


def test_the_page_is_printed_from_the_catalogue():
    page = Path(supergraph.spec.__file__).with_name("CODES.md")
    assert page.read_text() == print_codes()


def test_the_usual_codes_show_what_they_mean():
    for code, entry in CATALOGUE.items():
        if entry.example is not None:
            assert entry.cause, code
            assert entry.example.wrong != entry.example.right, code
            assert f"```graphql\n# Wrong\n{entry.example.wrong}\n" in print_codes()
            assert "# Right\n" in print_code(code)


def test_every_code_names_its_rule_and_errors_their_remedy():
    for code, entry in CATALOGUE.items():
        assert f"Rule: {entry.section}" in print_code(code)
        assert entry.mend or entry.severity is not Severity.ERROR or entry.summary.startswith("Reserved"), (
            code
        )


def test_the_codes_that_a_client_may_meet_are_in_the_catalogue_and_no_others():
    met = {each.value for kind in (ErrorCode, ExecutionCode, FailureReason) for each in kind}
    assert met == {each.value for each in RequestCode}
    assert set(REQUEST_CATALOGUE) == set(RequestCode)
    for code, entry in REQUEST_CATALOGUE.items():
        assert entry.summary.endswith("."), code
        assert entry.mend.endswith("."), code
        assert f"HTTP status {entry.status}" in print_code(code)
