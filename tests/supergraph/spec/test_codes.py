"""The catalogue and its page."""

from pathlib import Path

import supergraph.spec
from supergraph.spec import CATALOGUE, Code, Phase, Severity, print_codes


def test_every_code_has_an_entry_and_a_remedy():
    assert set(CATALOGUE) == set(Code)
    for code, entry in CATALOGUE.items():
        assert (entry.phase is Phase.HINT) == (entry.severity is not Severity.ERROR), code
        assert entry.summary.endswith("."), code


def test_the_page_is_printed_from_the_catalogue():
    page = Path(supergraph.spec.__file__).with_name("CODES.md")
    assert page.read_text() == print_codes()
