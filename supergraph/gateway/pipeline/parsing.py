"""Text -> document."""

from graphql import DocumentNode, GraphQLSyntaxError, Source, parse

from supergraph.gateway.errors import Problem, Refusal
from supergraph.gateway.pipeline.limits import Limits
from supergraph.gateway.settings import LimitName
from supergraph.spec import RequestCode

_OVER_LIMITS = ("Document contains more than", "Document is nested too deeply")


def parse_document(text: str, limits: Limits) -> DocumentNode | Refusal:
    """Stops reading at the limit of tokens, so that a long document costs no more than a short one."""
    tokens = None if LimitName.TOKENS in limits.report_only else limits.tokens
    try:
        document = parse(
            Source(text, "GraphQL request"),
            max_lexical_tokens=tokens,
            max_comments=tokens,
            allow_empty_selection_sets=False,
        )
    except GraphQLSyntaxError as error:
        code = RequestCode.GRAPHQL_PARSE_FAILED
        if any(words in error.message for words in _OVER_LIMITS):
            code = RequestCode.OPERATION_LIMIT_EXCEEDED
        return _refusal(
            code, error.message, tuple((each.line, each.column) for each in error.locations or ())
        )
    _unlink_tokens(document)
    return document


def _unlink_tokens(document: DocumentNode) -> None:
    """Each token knows the one before and the one after it, and any node that is kept would keep them all.

    Such a chain is freed by the search for cycles alone, which may come a long time after the snapshot has gone.
    """
    token = None if document.loc is None else document.loc.start_token
    while token is not None:
        following = token.next
        token.prev = token.next = None
        token = following


def _refusal(code: RequestCode, message: str, locations: tuple[tuple[int, int], ...] = ()) -> Refusal:
    return Refusal(400, (Problem(code, message, locations),), is_graphql=True)
