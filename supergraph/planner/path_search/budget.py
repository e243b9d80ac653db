"""How much a search may cost. Spent means a problem, not a hang."""

import time
from dataclasses import dataclass

from supergraph.planner.operation.problem import PlanningCode, PlanningStoppedError


@dataclass(frozen=True, slots=True)
class Budget:
    """`steps`: places looked at, edges weighed and fields chosen, all together.

    `seconds`: of the planning thread's own processor time, so that whether an operation can be planned does not
    depend on what else the machine does.
    """

    steps: int = 1_000_000
    seconds: float = 2.0


class Purse:
    """A budget being spent by one search."""

    __slots__ = ("_deadline", "_look_at", "budget", "spent")

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.spent = 0
        self._look_at = 1_000
        self._deadline = time.thread_time() + budget.seconds

    def spend(self, steps: int) -> None:
        self.spent += steps
        if self.spent < self._look_at:
            return
        self._look_at = self.spent + 1_000  # The clock is read once in a while only.
        self.check()

    def check(self) -> None:
        """Between stages: go on only if something is left."""
        if self.spent > self.budget.steps:
            why = f"planning takes more than {self.budget.steps} steps"
        elif time.thread_time() > self._deadline:
            why = f"planning takes longer than {self.budget.seconds} s"
        else:
            return
        raise PlanningStoppedError(PlanningCode.PLANNING_BUDGET_SPENT, f"{why}: ask for less at once")
