"""What is told of denials: to clients as errors, to the audit as records that the ids in those errors lead to.

Clients learn the place, the coordinate and an id. Those who hold `platform:explain` learn why, and who can help.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final
from uuid import uuid4

import structlog

from supergraph.gateway.access_rules import AccessRule, Alternatives, Shortfall
from supergraph.gateway.errors import Problem, Refusal
from supergraph.gateway.executor import Denial, ResponsePath, format_denial
from supergraph.gateway.hooks import AuditSink, DenialRecord, GrantAdvisor, MissingGrant
from supergraph.gateway.operation import PlannedOperation
from supergraph.gateway.pipeline.http_response import Executed, Increments
from supergraph.gateway.settings import AuthorizationMode, DenialPlacement
from supergraph.spec import Coordinate, FieldName, Principal, RequestCode, SubgraphName, Supergraph, TypeName

EXPLAIN_SCOPE: Final = "platform:explain"

_log = structlog.stdlib.get_logger("dovetail.gateway")
_SECONDS: Final = 2.0
_OUTCOMES: Final = {
    AuthorizationMode.FILTER: "filtered",
    AuthorizationMode.REJECT: "rejected",
    AuthorizationMode.DRY_RUN: "rehearsed",
}


class DenialLog:
    """The audit of those who have none: a line for each denial."""

    async def record_denials(self, records: Sequence[DenialRecord]) -> None:
        for record in records:
            log_denial(record)


def log_denial(record: DenialRecord) -> None:
    _log.info(
        "a field was denied",
        denial_id=record.id,
        coordinate=record.coordinate,
        rules=list(record.rules),
        outcome=record.outcome,
        subject=record.subject,
        tenant=record.tenant,
        operation=record.operation_name,
    )


class Owners:
    """The advisor of those who have none: it knows who has the field, and that is who can grant it."""

    async def who_can_grant(self, principal: Principal, missing: MissingGrant) -> Sequence[str]:  # noqa: ARG002
        return [f"the owners of the subgraph {owner}" for owner in missing.owners]


@dataclass(frozen=True, slots=True)
class DenialStyle:
    """How all denials of a gateway are told. Without sinks nothing is recorded, and there are no ids."""

    mode: AuthorizationMode
    placement: DenialPlacement
    sinks: tuple[AuditSink, ...]
    advisor: GrantAdvisor


@dataclass(slots=True)
class DenialReport:
    """The denials of one operation, told as they are met. One id stands for a coordinate, wherever it was selected."""

    style: DenialStyle
    planned: PlannedOperation
    principal: Principal
    operation_name: str | None
    supergraph: Supergraph
    shortfalls: Mapping[Coordinate, tuple[Shortfall, ...]]
    ids: Mapping[Coordinate, str]
    explanations: Mapping[Coordinate, list[dict[str, object]]]
    told: set[Coordinate] = field(default_factory=set)
    recorded: set[Coordinate] = field(default_factory=set)
    aside: list[dict[str, object]] = field(default_factory=list)

    def tell(self, denial: Denial, path: ResponsePath) -> dict[str, object] | None:
        """The error to stand among the others; None where denials are told elsewhere or not at all."""
        self.told.add(denial.coordinate)
        if self.style.placement is DenialPlacement.OFF:
            return None
        error = self._error(denial, path)
        rehearsed = self.style.mode is AuthorizationMode.DRY_RUN
        if self.style.placement is DenialPlacement.ERRORS and not rehearsed:
            return error
        self.aside.append(error)
        return None

    async def complete(self, executed: Executed) -> Executed:
        """The answer with what is told beside it; what was denied is on record when this returns."""
        await self._record()
        # Where everything was denied there is no data, not even an empty object.
        data = None if self.planned.is_denied and self.told else executed.data
        return replace(executed, data=data, extensions=self._taken_extensions())

    async def complete_part(self, increments: Increments) -> Increments:
        await self._record()
        return replace(increments, extensions=self._taken_extensions())

    async def refuse(self, denials: Iterable[Denial]) -> Refusal:
        """The whole operation is refused for these."""
        problems = []
        for denial in denials:
            self.told.add(denial.coordinate)
            extensions = self._extensions(denial.coordinate)
            problems.append(
                Problem(
                    RequestCode.UNAUTHORIZED_FIELD_OR_TYPE,
                    denial.message,
                    path=denial.path,
                    extensions={"coordinate": denial.coordinate, **extensions},
                )
            )
        await self._record()
        if self.style.placement is DenialPlacement.OFF:
            problems = [Problem(RequestCode.UNAUTHORIZED_FIELD_OR_TYPE, "Unauthorized field or type")]
        return Refusal(403, tuple(problems), is_graphql=True)

    def _error(self, denial: Denial, path: ResponsePath) -> dict[str, object]:
        error = format_denial(denial, path)
        extensions = error["extensions"]
        assert isinstance(extensions, dict), "so it was made"
        extensions.update(self._extensions(denial.coordinate))
        return error

    def _extensions(self, coordinate: Coordinate) -> dict[str, object]:
        found: dict[str, object] = {}
        if coordinate in self.ids:
            found["denialId"] = self.ids[coordinate]
        if coordinate in self.explanations:
            found["explanation"] = self.explanations[coordinate]
        return found

    def _taken_extensions(self) -> Mapping[str, object] | None:
        if not self.aside:
            return None
        aside, self.aside = self.aside, []
        return {"authorizationErrors": aside}

    async def _record(self) -> None:
        new = self.told - self.recorded
        if not new or not self.style.sinks:
            return
        self.recorded |= new
        records = [self._record_of(coordinate) for coordinate in sorted(new)]
        for sink in self.style.sinks:
            try:
                async with asyncio.timeout(_SECONDS):
                    await sink.record_denials(records)
            except Exception:  # noqa: BLE001 - an audit that fails must lose nothing, nor keep the answer back
                _log.exception("the audit did not take its records")
                for record in records:
                    log_denial(record)

    def _record_of(self, coordinate: Coordinate) -> DenialRecord:
        shortfalls = self.shortfalls[coordinate]
        return DenialRecord(
            id=self.ids[coordinate],
            at=datetime.now(UTC),
            coordinate=coordinate,
            rules=tuple(dict.fromkeys(rule for each in shortfalls for rule in _failed_rules(each))),
            outcome=_OUTCOMES[self.style.mode],
            subject=self.principal.subject,
            tenant=self.principal.tenant,
            operation_name=self.operation_name,
            missing=tuple(_missing(each, self.supergraph) for each in shortfalls),
        )


async def begin_report(
    style: DenialStyle,
    planned: PlannedOperation,
    principal: Principal,
    operation_name: str | None,
    supergraph: Supergraph,
) -> DenialReport:
    """A report on an operation of which something is denied."""
    by_coordinate = _by_coordinate(planned.denials)
    ids = {each: str(uuid4()) for each in by_coordinate} if style.sinks else {}
    explanations: dict[Coordinate, list[dict[str, object]]] = {}
    if EXPLAIN_SCOPE in principal.scopes:
        every = [(coordinate, each) for coordinate, found in by_coordinate.items() for each in found]
        advised = await asyncio.gather(
            *(_explain(each, principal, supergraph, style.advisor) for _, each in every)
        )
        for (coordinate, _), explanation in zip(every, advised, strict=True):
            explanations.setdefault(coordinate, []).append(explanation)
    return DenialReport(
        style, planned, principal, operation_name, supergraph, by_coordinate, ids, explanations
    )


def _by_coordinate(
    denials: Mapping[Denial, tuple[Shortfall, ...]],
) -> dict[Coordinate, tuple[Shortfall, ...]]:
    found: dict[Coordinate, dict[Shortfall, None]] = {}
    for denial, shortfalls in denials.items():
        found.setdefault(denial.coordinate, {}).update(dict.fromkeys(shortfalls))
    return {coordinate: tuple(each) for coordinate, each in found.items()}


async def _explain(
    shortfall: Shortfall, principal: Principal, supergraph: Supergraph, advisor: GrantAdvisor
) -> dict[str, object]:
    missing = _missing(shortfall, supergraph)
    try:
        async with asyncio.timeout(_SECONDS):
            grantors = list(await advisor.who_can_grant(principal, missing))
    except Exception:  # noqa: BLE001 - advice is not worth an answer
        _log.exception("the advisor on grants failed")
        grantors = list(await Owners().who_can_grant(principal, missing))
    found: dict[str, object] = {
        "rules": list(_failed_rules(shortfall)),
        "ownedBy": list(missing.owners),
        "grantedBy": grantors,
    }
    lacks: dict[str, object] = {}
    if shortfall.sign_in:
        lacks["signIn"] = True
    if shortfall.scopes is not None:
        lacks["scopes"] = _plain(shortfall.scopes)
    if shortfall.policies is not None:
        lacks["policies"] = _plain(shortfall.policies)
    return {**found, "missing": lacks}


def _missing(shortfall: Shortfall, supergraph: Supergraph) -> MissingGrant:
    return MissingGrant(
        shortfall.rule.at,
        owners_of(shortfall.rule.at, supergraph),
        shortfall.sign_in,
        shortfall.scopes or (),
        shortfall.policies or (),
    )


def owners_of(at: Coordinate, supergraph: Supergraph) -> tuple[SubgraphName, ...]:
    """The subgraphs that have a type, or resolve a field; where none resolves it by itself, those that have its type."""
    type_name, _, field_name = at.partition(".")
    definition = supergraph.types[TypeName(type_name)]
    graphs = definition.graphs
    composite = supergraph.composite(TypeName(type_name))
    if field_name and composite is not None:
        joins = composite.fields[FieldName(field_name)].joins
        graphs = tuple(each.graph for each in joins if not each.external) or graphs
    return tuple(supergraph.graphs[each].name for each in graphs)


def _failed_rules(shortfall: Shortfall) -> Iterable[str]:
    rule: AccessRule = shortfall.rule
    if shortfall.sign_in:
        yield f"@authenticated on {rule.at}"
    if shortfall.scopes is not None:
        yield f"@requiresScopes(scopes: {_printed(rule.scopes)}) on {rule.at}"
    if shortfall.policies is not None:
        yield f"@policy(policies: {_printed(rule.policies)}) on {rule.at}"


def _plain(alternatives: Alternatives | None) -> list[list[str]]:
    return [sorted(each) for each in alternatives or ()]


def _printed(alternatives: Alternatives | None) -> str:
    inner = ("[" + ", ".join(f'"{name}"' for name in each) + "]" for each in _plain(alternatives))
    return f"[{', '.join(inner)}]"
