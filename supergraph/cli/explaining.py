"""`dovetail explain`: what a code of composition, or of a request, means, and how to mend it."""

import difflib
import sys

from supergraph.cli.failure import CommandError
from supergraph.spec import CATALOGUE, REQUEST_CATALOGUE, Code, RequestCode, print_code


def explain_code(name: str) -> int:
    """Print the page of a code. Raises CommandError for one that does not exist."""
    wanted = name.strip().upper()
    codes: dict[str, Code | RequestCode] = {**Code.__members__, **RequestCode.__members__}
    if wanted not in codes:
        near = difflib.get_close_matches(wanted, codes, n=1)
        meant = f"; did you mean {near[0]}?" if near else "; `dovetail explain` without a code lists them all"
        raise CommandError(f"there is no code {name}{meant}")
    sys.stdout.write(print_code(codes[wanted]))
    return 0


def list_codes() -> int:
    """Print all codes, of composition and of requests, each with the first sentence of what it means."""
    composing = {str(code): CATALOGUE[code].summary for code in Code}
    asking = {str(code): REQUEST_CATALOGUE[code].summary for code in RequestCode}
    for title, summaries in (("Composition", composing), ("Requests", asking)):
        width = max(map(len, summaries))
        sys.stdout.write(f"{title}\n")
        sys.stdout.writelines(
            f"  {code:<{width}}  {_first_sentence(summary)}\n" for code, summary in summaries.items()
        )
    return 0


def _first_sentence(summary: str) -> str:
    return summary.partition(". ")[0].rstrip(".")
