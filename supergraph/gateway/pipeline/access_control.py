"""What a caller may see, from the question to the answer: the decision, what is refused for it, what is told of it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from supergraph.gateway.errors import Refusal
from supergraph.gateway.executor import selected_denials
from supergraph.gateway.hooks import AuditSink, GrantAdvisor, Policy
from supergraph.gateway.operation import Decision, PlannedOperation, PreparedOperation
from supergraph.gateway.pipeline.authorization import decide_by
from supergraph.gateway.pipeline.caller_view import seen_by
from supergraph.gateway.pipeline.denials import (
    DenialLog,
    DenialReport,
    DenialStyle,
    Owners,
    begin_report,
)
from supergraph.gateway.pipeline.http_response import Executed
from supergraph.gateway.pipeline.policies import PolicyBoard, import_policies
from supergraph.gateway.settings import AuthorizationMode, AuthorizationSettings
from supergraph.gateway.snapshot import Snapshot
from supergraph.spec import Principal


@dataclass(slots=True)
class LiveAccess:
    """What is denied of a subscription that runs, and whether its policies still hold: asked anew at each event.

    Whoever lets another plan take over sets both anew. `ended`: it was over, for a policy holds no more.
    """

    report: DenialReport | None
    still_granted: Callable[[], Awaitable[bool]] | None
    ended: bool = field(default=False, init=False)

    async def goes_on(self) -> bool:
        self.ended = self.still_granted is not None and not await self.still_granted()
        return not self.ended

    async def complete(self, executed: Executed) -> Executed:
        return executed if self.report is None else await self.report.complete(executed)


@dataclass(frozen=True, slots=True)
class AccessControl:
    """How a gateway decides, and what it does with what it denies. A graph without rules costs a comparison or two."""

    style: DenialStyle
    board: PolicyBoard
    hide_denied: bool

    def seen_by(self, principal: Principal, snapshot: Snapshot) -> Snapshot:
        """The snapshot as this caller may know it."""
        return seen_by(principal, snapshot) if self.hide_denied else snapshot

    async def decide(
        self,
        operation: PreparedOperation,
        variables: Mapping[str, object],
        principal: Principal,
        snapshot: Snapshot,
    ) -> Decision:
        """What is known of the caller that matters to the operation. Policies are asked here."""
        access = operation.access
        rehearsed = self.style.mode is AuthorizationMode.DRY_RUN
        if not access.policies:
            return decide_by(access, principal, rehearsed=rehearsed)
        granted = await self.board.granted(operation, variables, principal, snapshot.api)
        return decide_by(access, principal, granted, rehearsed=rehearsed)

    async def report(
        self,
        planned: PlannedOperation,
        operation: PreparedOperation,
        variables: Mapping[str, object],
        principal: Principal,
        snapshot: Snapshot,
    ) -> DenialReport | Refusal:
        """For an operation with denials: how they are to be told; or that it is refused for them."""
        normalized = operation.normalized
        report = await begin_report(self.style, planned, principal, normalized.name, snapshot.supergraph)
        if self.style.mode is AuthorizationMode.REJECT:
            denied = selected_denials(planned.denials, normalized, variables)
            if denied:
                return await report.refuse(denied)
        return report

    def still_granted(
        self,
        decision: Decision,
        operation: PreparedOperation,
        variables: Mapping[str, object],
        principal: Principal,
        snapshot: Snapshot,
    ) -> Callable[[], Awaitable[bool]] | None:
        """For a subscription: whether its policies still hold, asked anew at each event. None where it has none.

        A policy that holds since it began changes nothing: what was planned shows no more than it did. Nor does any in
        a rehearsal.
        """
        if not operation.access.policies or decision.rehearsed:
            return None

        async def ask() -> bool:
            granted = await self.board.granted(operation, variables, principal, snapshot.api)
            return decision.granted <= granted

        return ask


def build_access_control(
    settings: AuthorizationSettings,
    policies: Mapping[str, Policy],
    sinks: tuple[AuditSink, ...] = (),
    advisor: GrantAdvisor | None = None,
) -> AccessControl:
    """`policies` are those given in Python; they come before those that the settings name.

    Raises PolicyNotFoundError.
    """
    return AccessControl(
        DenialStyle(
            settings.mode,
            settings.errors,
            sinks or ((DenialLog(),) if settings.log else ()),
            advisor or Owners(),
        ),
        PolicyBoard({**import_policies(settings.policies), **policies}, settings.policy_seconds),
        settings.hide_denied,
    )
