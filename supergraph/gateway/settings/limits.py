"""How much one request may ask."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PositiveFloat, PositiveInt

from supergraph.gateway.settings.section import Settings


def _read_off(value: object) -> object:
    return None if value == "off" else value


def or_off(kind: object) -> BeforeValidator:
    """Null may be written `off` as well: the environment knows no null."""
    return BeforeValidator(_read_off, json_schema_input_type=kind)


Limit = Annotated[PositiveInt | None, or_off(PositiveInt | Literal["off"] | None)]


class LimitName(StrEnum):
    """The limits of an operation by their names, as settings, logs and metrics have them."""

    TOKENS = "tokens"
    DEPTH = "depth"
    ALIASES = "aliases"
    ROOT_FIELDS = "root_fields"
    SELECTIONS = "selections"
    REPEATS = "repeats"
    DIRECTIVES = "directives"
    DIRECTIVES_AT_ONE_PLACE = "directives_at_one_place"
    VARIABLE_DEPTH = "variable_depth"
    VARIABLE_VALUES = "variable_values"
    COST = "cost"


class OperationLimitSettings(Settings):
    """How large one operation, or all operations of one batch together, may be. `off` or null switches a limit off."""

    tokens: Limit = Field(default=2_000, description="Words and signs of a document. Reading stops there.")
    depth: Limit = Field(
        default=20,
        description="Fields within fields, fragments written out; what lies below `__schema` is not counted.",
    )
    aliases: Limit = Field(default=50, description="Aliases, fragments written out.")
    root_fields: Limit = Field(
        default=20, description="Fields of the operation itself, fragments written out."
    )
    selections: Limit = Field(
        default=2_000, description="Fields and fragments, each fragment counted as often as it is spread."
    )
    repeats: Limit = Field(
        default=50, description="How often one response key may stand at one place of the answer."
    )
    directives: Limit = Field(default=50, description="Directives, fragments written out.")
    directives_at_one_place: Limit = Field(
        default=5, description="Directives on one field, fragment, variable or operation."
    )
    variable_depth: Limit = Field(
        default=32, description="Lists and objects within each other in the variables."
    )
    variable_values: Limit = Field(
        default=20_000, description="Items of lists and fields of objects in all variables together."
    )
    cost: Limit = Field(
        default=50_000,
        description="The estimated cost by `@cost` and `@listSize`: about the objects of the answer.",
    )


class LimitProfile(OperationLimitSettings):
    """Other limits for callers who hold a scope; what a profile does not name is as for everybody."""

    scope: str = Field(min_length=1, description="Who holds this scope is measured by this profile.")


class LimitSettings(OperationLimitSettings):
    """How much one request may ask; `docs/limits.md` tells what is counted how."""

    body_bytes: PositiveInt = Field(
        default=1024 * 1024, description="Bytes of a request's body; beyond: status 413."
    )
    header_bytes: PositiveInt = Field(
        default=32 * 1024,
        description="Bytes of a request's headers together, and of its query string; beyond: status 431, or 414.",
    )
    operation_seconds: PositiveFloat = Field(
        default=60.0,
        description="Seconds a query or mutation may take in all, every subgraph's answer included.",
    )
    list_size: PositiveInt = Field(
        default=10,
        description="Items that the cost estimate takes a list to have where no `@listSize` says it.",
    )
    cost_in_extensions: bool = Field(
        default=False, description="Whether answers tell the estimated cost, in `extensions.cost`."
    )
    report_only: frozenset[LimitName] = Field(
        default=frozenset(),
        description="Limits that refuse nothing: what they would refuse is logged and counted.",
    )
    profiles: tuple[LimitProfile, ...] = Field(
        default=(),
        description="Other limits by scope. The first profile whose scope a caller holds is theirs.",
    )
