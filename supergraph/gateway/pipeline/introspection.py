"""Who may ask about the schema itself."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from supergraph.gateway.errors import Refusal, refuse_operation
from supergraph.gateway.settings import Introspectors
from supergraph.planner import FieldSelection, Selection
from supergraph.spec import Principal, RequestCode

_REFUSAL: Final = refuse_operation(
    RequestCode.INTROSPECTION_DISABLED,
    "The schema is not told to this caller: `__schema` is refused, and `__type` finds nothing.",
)


@dataclass(frozen=True, slots=True)
class SchemaDisclosure:
    """`suggestions`: errors may say which names may have been meant."""

    introspectors: Introspectors = Introspectors.EVERYBODY
    suggestions: bool = True

    def is_for(self, principal: Principal) -> bool:
        """Whether this caller may know of the schema. To others no type exists: `__type` is null, `__schema` refused."""
        match self.introspectors:
            case Introspectors.EVERYBODY:
                return True
            case Introspectors.SIGNED_IN:
                return principal.is_authenticated
            case Introspectors.NOBODY:
                return False


def check_introspection(principal: Principal, disclosure: SchemaDisclosure) -> Refusal | None:
    """For an operation that asks for the whole schema."""
    return None if disclosure.is_for(principal) else _REFUSAL


def introspects(selections: Iterable[Selection]) -> bool:
    """Whether `__schema` stands at an operation's root. Whatever conditions it has, it counts."""
    for selection in selections:
        if isinstance(selection, FieldSelection):
            if selection.name == "__schema":
                return True
        elif introspects(selection.selections):
            return True
    return False
