"""What a subgraph may ask on behalf of its caller: the operations that it declared, by their ids, and nothing else."""

from collections.abc import Mapping
from dataclasses import replace

from supergraph.gateway.errors import Refusal, refuse
from supergraph.gateway.hooks import GraphQLRequest
from supergraph.spec import DeclaredOperations, Principal, RequestCode

ErrandOperations = Mapping[str, DeclaredOperations]
"""By subgraph."""


def find_declared(
    request: GraphQLRequest, principal: Principal, operations: ErrandOperations | None
) -> GraphQLRequest | Refusal:
    """The request, of a principal on an errand, with the text that was registered for its id: no other is executed."""
    assert principal.errand is not None, "whoever asks for themselves may ask anything"
    module = principal.errand.modules[-1]
    declared = None if operations is None else operations.get(module)
    text = None if declared is None else declared.texts.get(request.persisted_id or "")
    if text is None or request.query not in {"", text}:
        return refuse(
            403,
            f"The subgraph {module} has not declared this operation, so it may not ask it for others.",
            RequestCode.OPERATION_NOT_DECLARED,
        )
    return replace(request, query=text)
