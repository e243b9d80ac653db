"""Document against the API schema. Spec: Validation."""

from typing import Final

from graphql import DocumentNode, GraphQLSchema, validate

from supergraph.gateway.errors import Problem, Refusal
from supergraph.spec import RequestCode

_MOST_ERRORS: Final = 20


def validate_document(
    schema: GraphQLSchema, document: DocumentNode, *, suggestions: bool = False
) -> Refusal | None:
    """None for a valid document, else all that is wrong with it, up to a bound.

    `suggestions`: errors may say which names may have been meant.
    """
    errors = validate(
        schema,
        document,
        max_errors=_MOST_ERRORS,
        hide_suggestions=not suggestions,
        allow_empty_selection_sets=False,
    )
    if not errors:
        return None
    return Refusal(
        400,
        tuple(
            Problem(
                RequestCode.GRAPHQL_VALIDATION_FAILED,
                error.message,
                tuple((each.line, each.column) for each in error.locations or ()),
            )
            for error in errors
        ),
        is_graphql=True,
    )
