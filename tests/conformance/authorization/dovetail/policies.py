"""The suite's two policies, for Dovetail: what README.md says of them, in Python."""

from collections.abc import Sequence

from supergraph.gateway import PolicyQuestion
from supergraph.spec import Principal


def open_to(principal: Principal, questions: Sequence[PolicyQuestion]) -> list[bool]:
    """`open`: whoever holds the scope `policy:open`."""
    return ["policy:open" in principal.scopes for _ in questions]


async def owned_by(principal: Principal, questions: Sequence[PolicyQuestion]) -> list[bool]:
    """`own`: whose subject is the field's argument `id`."""
    return [each.arguments["id"] == principal.subject for each in questions]
