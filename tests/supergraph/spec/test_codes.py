"""The catalogue and its page."""

import re
from pathlib import Path

import supergraph.gateway
import supergraph.spec
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
    # What the transport finds has names of its own, since it knows nothing of requests.
    assert {each.value for each in FailureReason} <= {each.value for each in RequestCode}
    gateway = Path(supergraph.gateway.__file__).parent
    written = "".join(file.read_text() for file in gateway.rglob("*.py"))
    named = set(re.findall(r"\bRequestCode\.([A-Z_]+)\b", written))
    assert named | {each.value for each in FailureReason} == set(RequestCode.__members__)
    assert set(REQUEST_CATALOGUE) == set(RequestCode)
    for code, entry in REQUEST_CATALOGUE.items():
        assert entry.summary.endswith("."), code
        assert entry.mend.endswith("."), code
        assert f"HTTP status {entry.status}" in print_code(code)
