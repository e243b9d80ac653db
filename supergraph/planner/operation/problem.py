"""Why there is no plan, as a value."""

from dataclasses import dataclass
from enum import StrEnum


class PlanningCode(StrEnum):
    INVALID_OPERATION = "INVALID_OPERATION"
    """The document cannot be read, or is not valid against the supergraph's API."""
    UNKNOWN_OPERATION = "UNKNOWN_OPERATION"
    """No operation of that name; or several, and no name."""
    OPERATION_TOO_LARGE = "OPERATION_TOO_LARGE"
    """Written out without fragments, the operation selects more than the budget allows."""
    PLANNING_BUDGET_SPENT = "PLANNING_BUDGET_SPENT"
    """The search met more possibilities than the budget allows, or ran out of time."""
    UNREACHABLE_FIELD = "UNREACHABLE_FIELD"
    """No subgraph can resolve a field where it is asked for: the supergraph promises more than it can do."""
    UNSUPPORTED_OPERATION = "UNSUPPORTED_OPERATION"


@dataclass(frozen=True, slots=True)
class PlanningProblem:
    """`message` is one line for the person who wrote the operation."""

    code: PlanningCode
    message: str


class PlanningStoppedError(Exception):
    """Unwinds a walk or a search that cannot go on. It never leaves the room: the doors return its problem."""

    def __init__(self, code: PlanningCode, message: str) -> None:
        super().__init__(message)
        self.problem = PlanningProblem(code, message)
