"""What an operation is estimated to cost, as a small program: a request pays only for what its variables decide.

Each step computes one number from those before it and from the variables. So the time it takes is that of its length,
however often the operation's parts lie within each other.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, assert_never

from supergraph.planner import SelectionCondition

Variables = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Linear:
    """`constant`, and each number that a step computed, by its index, so many times. Nothing of it is negative."""

    constant: int = 0
    terms: tuple[tuple[int, int], ...] = ()

    @property
    def is_zero(self) -> bool:
        return self.constant == 0 and not self.terms

    def plus(self, other: "Linear") -> "Linear":
        if not other.terms:
            return Linear(self.constant + other.constant, self.terms)
        factors = dict(self.terms)
        for index, factor in other.terms:
            factors[index] = factors.get(index, 0) + factor
        return Linear(self.constant + other.constant, tuple(factors.items()))

    def times(self, factor: int) -> "Linear":
        if factor == 0:
            return ZERO
        return Linear(self.constant * factor, tuple((index, each * factor) for index, each in self.terms))

    def value(self, numbers: Sequence[int]) -> int:
        total = self.constant
        for index, factor in self.terms:
            total += numbers[index] * factor
        return total


ZERO: Final = Linear()


@dataclass(frozen=True, slots=True)
class VariablePath:
    """A variable, or what lies within it: `$input`, and there `page`, `first`."""

    variable: str
    fields: tuple[str, ...] = ()

    def value(self, variables: Variables) -> object:
        found: object = variables.get(self.variable)
        for name in self.fields:
            found = found.get(name) if isinstance(found, Mapping) else None
        return found


@dataclass(frozen=True, slots=True)
class Slice:
    """How long a list is, by the arguments that slice it: the largest of those given, else `otherwise`.

    A number below zero says nothing, so it counts as `otherwise`. Where `place` is set, not more than one of `names`
    may be given, and not fewer than `fewest`, while `conditions` hold.
    """

    literals: tuple[int, ...]
    paths: tuple[VariablePath, ...]
    otherwise: int
    place: str | None
    names: tuple[str, ...]
    fewest: int
    conditions: tuple[SelectionCondition, ...]

    def is_violated(self, given: Sequence[int], variables: Variables) -> bool:
        return (
            self.place is not None
            and not self.fewest <= len(given) <= 1
            and _hold(self.conditions, variables)
        )

    def given(self, variables: Variables) -> list[int]:
        values = [value for path in self.paths if isinstance(value := path.value(variables), int)]
        return [*self.literals, *values]

    def size(self, given: Sequence[int]) -> int:
        return max((each if each >= 0 else self.otherwise for each in given), default=self.otherwise)


@dataclass(frozen=True, slots=True)
class Product:
    size: Linear
    each: Linear


@dataclass(frozen=True, slots=True)
class Largest:
    """An object is of one type: the dearest counts."""

    alternatives: tuple[Linear, ...]


@dataclass(frozen=True, slots=True)
class Conditional:
    conditions: tuple[SelectionCondition, ...]
    cost: Linear


@dataclass(frozen=True, slots=True)
class InputValue:
    """What a given value costs: a list as many times as it has items, an object with its fields."""

    weigh: Callable[[Variables], int]


Step = Slice | Product | Largest | Conditional | InputValue


@dataclass(frozen=True, slots=True)
class SlicingProblem:
    """A field that needs exactly one of `names`, and was given another number of them."""

    place: str
    names: tuple[str, ...]
    given: int


@dataclass(frozen=True, slots=True)
class CostEstimate:
    """What one operation costs, for any variables."""

    total: Linear = ZERO
    steps: tuple[Step, ...] = ()

    @property
    def constant(self) -> int | None:
        """The cost, where no variable has a say."""
        return None if self.steps else self.total.constant

    def cost(self, variables: Variables) -> tuple[int, tuple[SlicingProblem, ...]]:
        """By the variables' values, defaults among them; and what keeps the estimate from being one."""
        numbers: list[int] = []
        problems: list[SlicingProblem] = []
        for step in self.steps:
            match step:
                case Slice():
                    given = step.given(variables)
                    numbers.append(step.size(given))
                    if step.place is not None and step.is_violated(given, variables):
                        problems.append(SlicingProblem(step.place, step.names, len(given)))
                case Product(size, each):
                    numbers.append(size.value(numbers) * each.value(numbers))
                case Largest(alternatives):
                    numbers.append(max(each.value(numbers) for each in alternatives))
                case Conditional(conditions, cost):
                    numbers.append(cost.value(numbers) if _hold(conditions, variables) else 0)
                case InputValue(weigh):
                    numbers.append(weigh(variables))
                case _:
                    assert_never(step)
        return self.total.value(numbers), tuple(problems)


FREE: Final = CostEstimate()


def _hold(conditions: tuple[SelectionCondition, ...], variables: Variables) -> bool:
    return all((variables.get(each.variable) is True) is each.when for each in conditions)
