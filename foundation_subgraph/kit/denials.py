"""What a use case denies somebody goes on record, as what the gateway denies does."""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import uuid4

from foundation_subgraph.kit.context import Info
from foundation_subgraph.kit.errors import Refusal
from supergraph.spec import Coordinate, DenialRecord

REFUSED = "refused"
"""The outcome of a denial by a use case: nothing was done."""

_log = logging.getLogger(__name__)


class DenialSink:
    """Keeps denials; a service of the house. Never waits, never raises."""

    async def record_denials(self, records: Sequence[DenialRecord]) -> None:
        raise NotImplementedError


async def record_refusal(info: Info, refusal: Refusal) -> None:
    """Keep that somebody was refused what is more than they may do; without a sink the log has it."""
    principal = info.context.principal
    record = DenialRecord(
        id=str(uuid4()),
        at=datetime.now(UTC),
        coordinate=Coordinate(f"{info.path.typename}.{info.field_name}"),
        rules=(refusal.code,),
        outcome=REFUSED,
        subject=principal.subject,
        tenant=principal.tenant,
        operation_name=None if info.operation.name is None else info.operation.name.value,
    )
    sink = info.context.service(DenialSink)
    if sink is not None:
        await sink.record_denials([record])
        return
    _log.info(
        "refused: %s, %s, subject %s, tenant %s",
        record.coordinate,
        refusal.code,
        record.subject,
        record.tenant,
    )
