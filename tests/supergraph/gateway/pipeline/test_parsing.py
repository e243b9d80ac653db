import gc
import weakref

from supergraph.gateway.pipeline.limits import read_limits
from supergraph.gateway.pipeline.parsing import parse_document
from supergraph.gateway.settings import LimitSettings


def test_a_document_is_freed_without_a_search_for_cycles():
    gc.disable()
    try:
        document = parse_document(
            "query Q($a: Int = 1) { a(b: $a) { c d } }", read_limits(LimitSettings()).everybody
        )
        kept = document.definitions[0].variable_definitions[0]
        assert (kept.loc.start_token.line, kept.loc.start_token.column) == (1, 9)
        others = (
            weakref.ref(document.loc.end_token) if hasattr(document.loc.end_token, "__weakref__") else None
        )
        assert kept.loc.start_token.next is None
        del document
        assert others is None or others() is None
    finally:
        gc.enable()
