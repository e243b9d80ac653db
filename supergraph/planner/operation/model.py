"""What the client asked, in one canonical form: no named fragments, no constant conditions, no repeated fields.

The order is the client's: a walk that takes, for a concrete type, each field and each fragment that applies meets the
response keys in the order in which the specification wants them in the answer (CollectFields).
"""

from dataclasses import dataclass
from enum import Enum

from supergraph.spec import FieldName, Literal, TypeName, TypeReference


class OperationKind(Enum):
    QUERY = "query"
    MUTATION = "mutation"
    SUBSCRIPTION = "subscription"


@dataclass(frozen=True, slots=True)
class Condition:
    """`@include(if: $variable)` where `when` is true, `@skip(if: $variable)` where it is false."""

    variable: str
    when: bool


@dataclass(frozen=True, slots=True)
class ArgumentValue:
    """An argument as given: `value` is GraphQL text, canonically printed, that may name `variables` anywhere within."""

    name: str
    value: str
    variables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldSelection:
    """One field. All `conditions` must hold. `directives` are those a subgraph should see, printed with their `@`.

    `answered_as` is the client's key where that is not `response_key`: a client may call a field `__typename`, under which
    the gateway keeps the type.
    """

    response_key: str
    name: FieldName
    arguments: tuple[ArgumentValue, ...] = ()
    conditions: tuple[Condition, ...] = ()
    directives: tuple[ArgumentValue, ...] = ()
    selections: "tuple[Selection, ...]" = ()
    answered_as: str | None = None

    @property
    def client_key(self) -> str:
        return self.answered_as or self.response_key


@dataclass(frozen=True, slots=True)
class Deferral:
    """`@defer` on a fragment. Where the client takes no increments, or `variable` is not true, it means nothing.

    `number` tells the deferrals of an operation apart; it is greater than that of one around it.
    """

    number: int
    label: str | None = None
    variable: str | None = None


@dataclass(frozen=True, slots=True)
class FragmentSelection:
    """Selections that apply to values of a type, while all `conditions` hold.

    The conditions of a fragment stand on each of its fields as well. A deferred fragment is never merged with
    what stands beside it.
    """

    type_condition: TypeName | None
    conditions: tuple[Condition, ...] = ()
    selections: "tuple[Selection, ...]" = ()
    deferral: Deferral | None = None


Selection = FieldSelection | FragmentSelection


@dataclass(frozen=True, slots=True)
class VariableDefinition:
    name: str
    type: TypeReference
    default: Literal | None = None


@dataclass(frozen=True, slots=True)
class NormalizedOperation:
    """One operation of a valid document. `variables` are those still in use, in the order of their definition."""

    kind: OperationKind
    root_type: TypeName
    selections: tuple[Selection, ...]
    name: str | None = None
    variables: tuple[VariableDefinition, ...] = ()
