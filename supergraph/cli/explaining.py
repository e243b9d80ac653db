"""`dovetail explain`: what a code of composition means, and how to mend it."""

import difflib
import sys

from supergraph.cli.failure import CommandError
from supergraph.spec import CATALOGUE, Code, CodeEntry, print_code


def explain_code(name: str) -> int:
    """Print the page of a code. Raises CommandError for one that does not exist."""
    wanted = name.strip().upper()
    if wanted not in Code.__members__:
        near = difflib.get_close_matches(wanted, Code.__members__, n=1)
        meant = f"; did you mean {near[0]}?" if near else "; `dovetail explain` without a code lists them all"
        raise CommandError(f"there is no code {name}{meant}")
    sys.stdout.write(print_code(Code[wanted]))
    return 0


def list_codes() -> int:
    """Print all codes with the first sentence of what they mean."""
    width = max(len(code) for code in Code)
    for code in Code:
        sys.stdout.write(f"{code:<{width}}  {_first_sentence(CATALOGUE[code])}\n")
    return 0


def _first_sentence(entry: CodeEntry) -> str:
    return entry.summary.partition(". ")[0].rstrip(".")
