"""What may come of a mutation beside success, as types in the graph: clients branch on them, and miss none by accident.

The same few types in every subgraph. A mutation names them in its union, and the codes that become them::

    InviteUserResult = Annotated[Invited | InvalidInput | Conflict, strawberry.union("InviteUserResult")]


    @mutation(requires(USERS_INVITE), problems={"ALREADY_MEMBER": Conflict})
    async def invite_user(self, info: Info, email: str) -> InviteUserResult | None: ...
"""

from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from typing import Any, Final

import strawberry

from foundation_subgraph.kit.context import Info
from foundation_subgraph.kit.denials import record_refusal
from foundation_subgraph.kit.errors import Refusal


@strawberry.federation.interface(description="Why a mutation did nothing.")
class Problem:
    code: str = strawberry.field(
        description="Stays the same for the same problem: to be compared by programs."
    )
    message: str = strawberry.field(description="For the person who asked.")


@strawberry.federation.type(shareable=True, description="Something that was sent is not as it has to be.")
class InvalidInput(Problem):
    pass


@strawberry.federation.type(shareable=True, description="What was named is not there, or not for you.")
class NotFound(Problem):
    pass


@strawberry.federation.type(shareable=True, description="It contradicts what there is already.")
class Conflict(Problem):
    pass


@strawberry.federation.type(shareable=True, description="It is more than you may do.")
class NotPermitted(Problem):
    pass


_ALWAYS: Final[Mapping[str, type[Problem]]] = {"BAD_USER_INPUT": InvalidInput}


def answer_refusals(
    resolver: Callable[..., Awaitable[Any]], problems: Mapping[str, type[Problem]]
) -> Callable[..., Awaitable[Any]]:
    """The resolver, answering refusals with these codes by a problem; `BAD_USER_INPUT` by `InvalidInput` always.

    By then the transaction of the refusal is rolled back. A refusal with another code stays an error of the field. What is
    `NotPermitted` is a denial, and kept as one.
    """
    known = {**_ALWAYS, **problems}

    @wraps(resolver)
    async def answer(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - whatever the resolver's are
        try:
            return await resolver(*arguments, **named)
        except Refusal as refusal:
            problem = known.get(refusal.code)
            if problem is None:
                raise
            info = _info(arguments, named)
            if problem is NotPermitted and info is not None:
                await record_refusal(info, refusal)
            return problem(code=refusal.code, message=refusal.message)

    return answer


def _info(arguments: tuple[Any, ...], named: Mapping[str, Any]) -> Info | None:
    """The resolver's `info`, however it is handed over; None for one that does without, and so knows nobody to refuse."""
    return next((one for one in (*arguments, *named.values()) if isinstance(one, strawberry.Info)), None)
