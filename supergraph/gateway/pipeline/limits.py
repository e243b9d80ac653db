"""How much one operation may ask: refused before it is validated, planned, or any subgraph is asked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from supergraph.gateway.errors import Problem, Refusal
from supergraph.gateway.operation import Excess, OperationSize
from supergraph.gateway.pipeline.limit_reports import LimitReports
from supergraph.gateway.settings import LimitName, LimitSettings
from supergraph.spec import Principal, RequestCode

_COUNTED: Final = {
    LimitName.TOKENS: "tokens",
    LimitName.DEPTH: "fields within each other",
    LimitName.ALIASES: "aliases",
    LimitName.ROOT_FIELDS: "root fields",
    LimitName.SELECTIONS: "selections",
    LimitName.REPEATS: "repeats of one response key",
    LimitName.DIRECTIVES: "directives",
    LimitName.DIRECTIVES_AT_ONE_PLACE: "directives at one place",
    LimitName.VARIABLE_DEPTH: "lists and objects within each other in its variables",
    LimitName.VARIABLE_VALUES: "values in its variables",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What one caller's operations are measured by. None is no limit.

    `profile` is the scope by which a caller has other limits than everybody. `list_size` is what the cost estimate
    takes a list to have.
    """

    tokens: int | None = None
    depth: int | None = None
    aliases: int | None = None
    root_fields: int | None = None
    selections: int | None = None
    repeats: int | None = None
    directives: int | None = None
    directives_at_one_place: int | None = None
    variable_depth: int | None = None
    variable_values: int | None = None
    cost: int | None = None
    list_size: int = 10
    cost_in_extensions: bool = False
    report_only: frozenset[LimitName] = frozenset()
    profile: str | None = None
    reports: LimitReports = field(default_factory=LimitReports, compare=False)

    def of(self, name: LimitName) -> int | None:
        found: int | None = getattr(self, name)
        return found


@dataclass(frozen=True, slots=True)
class LimitPolicy:
    """Which limits are whose: those of the first profile whose scope a caller holds, else `everybody`."""

    everybody: Limits
    profiles: tuple[Limits, ...] = ()

    def of(self, principal: Principal) -> Limits:
        for each in self.profiles:
            if each.profile in principal.scopes:
                return each
        return self.everybody


def read_limits(settings: LimitSettings) -> LimitPolicy:
    everybody = Limits(
        list_size=settings.list_size,
        cost_in_extensions=settings.cost_in_extensions,
        report_only=settings.report_only,
        **{name.value: getattr(settings, name) for name in LimitName},
    )
    return LimitPolicy(
        everybody,
        tuple(
            replace(
                everybody, profile=each.scope, **each.model_dump(include=each.model_fields_set - {"scope"})
            )
            for each in settings.profiles
        ),
    )


def exceeded(size: OperationSize, limits: Limits) -> list[Excess]:
    return [
        Excess(name, found, allowed)
        for name, found in size.by_limit()
        if (allowed := limits.of(name)) is not None and found > allowed
    ]


def refuse_excess(found: Iterable[Excess], limits: Limits) -> Refusal | None:
    """None where nothing is exceeded but limits that only report."""
    problems = tuple(_problem(each) for each in found if each.limit not in limits.report_only)
    return Refusal(400, problems, is_graphql=True) if problems else None


def enforce(found: Sequence[Excess], limits: Limits) -> Refusal | None:
    """As `refuse_excess`; what is not refused is reported."""
    refusal = refuse_excess(found, limits)
    if refusal is None:
        report_excess(found, limits)
    return refusal


def report_excess(found: Iterable[Excess], limits: Limits) -> None:
    for each in found:
        limits.reports.note(each.limit, found=each.found, allowed=each.allowed, profile=limits.profile)


def _problem(excess: Excess) -> Problem:
    facts = {"limit": excess.limit.value, "found": excess.found, "allowed": excess.allowed}
    if excess.limit is LimitName.COST:
        return Problem(
            RequestCode.COST_ESTIMATED_TOO_EXPENSIVE,
            f"The operation's estimated cost is {excess.found}; at most {excess.allowed} is allowed. "
            "Ask for fewer items, for fewer lists within lists, or in several operations.",
            extensions=facts,
        )
    return Problem(
        RequestCode.OPERATION_LIMIT_EXCEEDED,
        f"The operation has {excess.found} {_COUNTED[excess.limit]}; at most {excess.allowed} are allowed.",
        extensions=facts,
    )
