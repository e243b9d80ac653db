"""Text -> document."""

from graphql import DocumentNode, GraphQLSyntaxError, Source, parse

from supergraph.gateway.errors import ErrorCode, Problem, Refusal
from supergraph.gateway.pipeline.limits import Limits

_OVER_LIMITS = ("Document contains more than", "Document is nested too deeply")


def parse_document(text: str, limits: Limits) -> DocumentNode | Refusal:
    """Stops reading at the limit of tokens, so that a long document costs no more than a short one."""
    try:
        return parse(
            Source(text, "GraphQL request"),
            max_lexical_tokens=limits.tokens,
            max_comments=limits.tokens,
            allow_empty_selection_sets=False,
        )
    except GraphQLSyntaxError as error:
        code = ErrorCode.GRAPHQL_PARSE_FAILED
        if any(words in error.message for words in _OVER_LIMITS):
            code = ErrorCode.OPERATION_LIMIT_EXCEEDED
        return _refusal(
            code, error.message, tuple((each.line, each.column) for each in error.locations or ())
        )


def _refusal(code: ErrorCode, message: str, locations: tuple[tuple[int, int], ...] = ()) -> Refusal:
    return Refusal(400, (Problem(code, message, locations),), is_graphql=True)
