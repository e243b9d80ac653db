"""Who is asked for what, after whom."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from supergraph.planner.operation.model import ArgumentValue, Condition
from supergraph.planner.path_search.model import InputSelection
from supergraph.spec import FieldName, GraphName, TypeName, TypeReference


@dataclass(frozen=True, slots=True)
class Pick:
    """A field to ask a subgraph for.

    `type` is its type there, None for `__typename`. `wanted`: the client asked for it, or for something below it;
    otherwise only a later step needs it.
    """

    key: str
    name: FieldName
    type: TypeReference | None
    arguments: tuple[ArgumentValue, ...] = ()
    conditions: tuple[Condition, ...] = ()
    directives: tuple[ArgumentValue, ...] = ()
    selections: "tuple[Selected, ...]" = ()
    wanted: bool = True


@dataclass(frozen=True, slots=True)
class PickFragment:
    type_condition: TypeName
    selections: "tuple[Selected, ...]"


Selected = Pick | PickFragment


@dataclass(frozen=True, slots=True)
class Descent:
    """Down a response key, through `lists` levels of lists, to objects of `types` only where that is not None."""

    key: str
    lists: int
    types: frozenset[TypeName] | None = None


Spot = tuple[Descent, ...]


@dataclass(frozen=True, slots=True)
class ContextRead:
    """A variable whose value is read from the object at `spot`, which lies above the entities."""

    variable: str
    type: TypeReference
    spot: Spot
    inputs: tuple[InputSelection, ...]


@dataclass(frozen=True, slots=True)
class Entities:
    """What is asked of entities at a spot. `inputs` says by type what identifies them; `sends_as` renames that type.

    `contexts` are variables that may differ from one entity to the next.
    """

    spot: Spot
    inputs: tuple[tuple[TypeName, tuple[InputSelection, ...]], ...]
    selections: tuple[Selected, ...]
    sends_as: TypeName | None = None
    contexts: tuple[ContextRead, ...] = ()


@dataclass(frozen=True, slots=True)
class FetchStep:
    """One request. A root step selects on the root type; an entity step asks for one or more groups of entities.

    `waits_for` names the steps whose answers it reads. `conditions` must all hold, else there is no request. `part` is
    the part of the answer that it is made for, 0 for the primary, else the number of a deferral; `serves` are all the parts
    that have something from it.
    """

    index: int
    graph: GraphName
    selections: tuple[Selected, ...] = ()
    entities: tuple[Entities, ...] = ()
    waits_for: frozenset[int] = frozenset()
    conditions: tuple[Condition, ...] = ()
    spot: Spot = ()
    part: int = 0
    serves: frozenset[int] = frozenset({0})

    @property
    def picks(self) -> Iterator[Pick]:
        """The outermost fields."""
        for each in self.selections:
            yield from _outermost(each)
        for group in self.entities:
            for each in group.selections:
                yield from _outermost(each)

    def after(self, waits_for: frozenset[int]) -> "FetchStep":
        return replace(self, waits_for=waits_for)


def _outermost(selected: Selected) -> Iterator[Pick]:
    if isinstance(selected, Pick):
        yield selected
    else:
        for each in selected.selections:
            yield from _outermost(each)


@dataclass(frozen=True, slots=True)
class FetchGraph:
    steps: tuple[FetchStep, ...]

    @property
    def size(self) -> int:
        return len(self.steps)

    def levels(self) -> dict[int, int]:
        """By step, the length of the longest chain of steps that ends with it."""
        waits = {step.index: step.waits_for for step in self.steps}
        found: dict[int, int] = {}

        def level(index: int) -> int:
            known = found.get(index)
            if known is None:
                known = found[index] = 1 + max([level(each) for each in waits[index]], default=0)
            return known

        for step in self.steps:
            level(step.index)
        return found

    def heights(self) -> dict[int, int]:
        """By step, the length of the longest chain of steps that begins with it."""
        followers: dict[int, list[int]] = {step.index: [] for step in self.steps}
        for step in self.steps:
            for each in step.waits_for:
                followers[each].append(step.index)
        found: dict[int, int] = {}

        def height(index: int) -> int:
            known = found.get(index)
            if known is None:
                known = found[index] = 1 + max([height(each) for each in followers[index]], default=0)
            return known

        for step in self.steps:
            height(step.index)
        return found

    def parted(self) -> "FetchGraph":
        """The same steps as if none waited for one of another part."""
        parts = {step.index: step.part for step in self.steps}
        if len(set(parts.values())) < 2:
            return self
        return FetchGraph(
            tuple(
                step.after(frozenset(each for each in step.waits_for if parts[each] == step.part))
                for step in self.steps
            )
        )

    def __iter__(self) -> Iterator[FetchStep]:
        return iter(self.steps)
