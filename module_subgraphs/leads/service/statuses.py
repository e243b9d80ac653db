"""Where a lead stands, and where it can go from there."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from foundation_subgraph.kit import Refusal


class LeadStatus(StrEnum):
    NEW = "new"
    QUALIFIED = "qualified"
    CONVERTED = "converted"
    LOST = "lost"

    @property
    def next(self) -> tuple["LeadStatus", ...]:
        """What a lead of this status may be moved to. Only its conversion makes it CONVERTED."""
        return _NEXT[self]

    @property
    def is_convertible(self) -> bool:
        return self in {LeadStatus.NEW, LeadStatus.QUALIFIED}


_NEXT: Final[Mapping[LeadStatus, tuple[LeadStatus, ...]]] = {
    LeadStatus.NEW: (LeadStatus.QUALIFIED, LeadStatus.LOST),
    LeadStatus.QUALIFIED: (LeadStatus.NEW, LeadStatus.LOST),
    LeadStatus.CONVERTED: (),
    LeadStatus.LOST: (LeadStatus.NEW,),
}


class UnreachableStatusError(Refusal):
    """A lead cannot be moved from `status` to the one that was wanted."""

    def __init__(self, status: LeadStatus, wanted: LeadStatus) -> None:
        words = " or ".join(each.name for each in status.next) or "no other status"
        super().__init__(
            "STATUS_UNREACHABLE", f"From {status.name} a lead is moved to {words}, not to {wanted.name}"
        )
        self.status = status
