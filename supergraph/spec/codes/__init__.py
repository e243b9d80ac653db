"""The catalogue of problems: code, phase, severity, wording, how to mend it. CODES.md is printed from it.

One file for each phase of composing holds the entries of its codes; `request` holds those of requests.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from supergraph.spec.codes.code import Code
from supergraph.spec.codes.entry import CodeEntry, Example, Phase, Section, Severity
from supergraph.spec.codes.hints import HINT_CODES
from supergraph.spec.codes.merge import MERGE_CODES
from supergraph.spec.codes.merged import MERGED_CODES
from supergraph.spec.codes.reading import READING_CODES
from supergraph.spec.codes.request import REQUEST_CATALOGUE, RequestCode, RequestCodeEntry
from supergraph.spec.codes.satisfiability import SATISFIABILITY_CODES
from supergraph.spec.codes.subgraph import SUBGRAPH_CODES

CATALOGUE: Final[Mapping[Code, CodeEntry]] = MappingProxyType(
    {
        **READING_CODES,
        **SUBGRAPH_CODES,
        **MERGE_CODES,
        **MERGED_CODES,
        **SATISFIABILITY_CODES,
        **HINT_CODES,
    }
)

__all__ = [
    "CATALOGUE",
    "REQUEST_CATALOGUE",
    "Code",
    "CodeEntry",
    "Example",
    "Phase",
    "RequestCode",
    "RequestCodeEntry",
    "Section",
    "Severity",
]
