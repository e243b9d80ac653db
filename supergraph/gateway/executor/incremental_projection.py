"""The response in parts: first all that is not deferred, then each deferred fragment of each object.

A null in a deferred part rises to the part's own root and no further: what was given is not taken back. A subgraph that is
asked for a deferred field in one fetch with what is not deferred knows of no such bounds: there, a null may have taken objects
of earlier parts. So each error is told once, with the part that shows the null it explains, whichever part its field is of.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from supergraph.gateway.executor.defer_program import PRIMARY, DeferProgram
from supergraph.gateway.executor.problems import Disclosure, ResponsePath, TellDenial
from supergraph.gateway.executor.projection import (
    EVERYTHING_THERE,
    RISING,
    DeferredSpot,
    Place,
    ProjectionRun,
    Scope,
    nearest,
)
from supergraph.gateway.executor.projection_program import (
    CompositeShape,
    DataField,
    ListShape,
    NonNullShape,
    ProjectionProgram,
    ValueShape,
    fields_of,
)
from supergraph.gateway.executor.response_tree import Located, Object, ResponseTree
from supergraph.planner import Selection

Data = dict[str, object] | None
Errors = list[dict[str, object]]


@dataclass(frozen=True, slots=True)
class DeferredResult:
    """A deferred fragment of the object at `path`. `data` is null where a null rose to it."""

    path: ResponsePath
    label: str | None
    data: Data
    errors: Errors


class _Belongs(Enum):
    """Where a path leads from an object of a part."""

    HERE = "to a value that the part gives, or to a null on the way there"
    LATER = "into what is deferred further, of an object that is there"
    UNSELECTED = "to what only the plan asked for"


@dataclass(slots=True)
class IncrementalProjection(ProjectionRun):
    """One request's parts, the primary first. `waiting` are the objects that parts are still to be given for."""

    owners: Mapping[int, int] = field(default_factory=dict)
    waiting: dict[int, list[DeferredSpot]] = field(default_factory=dict)
    given: set[int] = field(default_factory=set)
    told: set[tuple[int, ResponsePath]] = field(default_factory=set)

    def primary(self) -> tuple[Data, Errors]:
        root = self.program.root
        self._tell_located(PRIMARY, (), root, root.type.name, self.tree.data)
        data = self._object(root, root.type.name, self.tree.data, None, EVERYTHING_THERE)
        result = data if isinstance(data, dict) else None
        self._await_spots((), result)
        self._tell_unlocated(PRIMARY)
        for denials in self.program.denials.values():
            for denial in denials:
                if id(denial) not in self.denied and _is_given_first(root.selections, denial.path):
                    self._deny(denial, nearest(denial.path, result))
        self.given.add(PRIMARY)
        return result, self._taken_errors()

    def part(self, number: int) -> list[DeferredResult]:
        """The part for each object that it is asked of."""
        found: list[DeferredResult] = []
        for spot in self.waiting.pop(number, ()):
            shape = spot.fields.shape
            data: object = RISING
            stands = self._stand(spot.path)
            self._tell_located(number, spot.path, shape, spot.type_name, stands[0] if stands else None)
            if stands is not None:
                value, scope = stands
                data = self._object(shape, spot.type_name, value, _place_of(spot.path), scope)
            result = data if isinstance(data, dict) else None
            self._await_spots(spot.path, result)
            found.append(DeferredResult(spot.path, spot.fields.deferral.label, result, self._taken_errors()))
        if found:
            self._tell_unlocated(number)
            found[-1].errors.extend(self._taken_errors())
        self.given.add(number)
        return found

    def _await_spots(self, root: ResponsePath, data: Data) -> None:
        """Keep the spots that can be seen in what was given: a null may have risen past others."""
        for spot in self.spots:
            value: object = data
            for step in spot.path[len(root) :]:
                if isinstance(value, dict | list):
                    value = value[step]  # type: ignore[index] # the path was walked in this very value
            if isinstance(value, dict):
                self.waiting.setdefault(spot.fields.deferral.number, []).append(spot)
        self.spots.clear()

    def _stand(self, path: ResponsePath) -> tuple[Object, Scope] | None:
        """The object at a path as the tree has it now, and what is known to be missing around it."""
        value: object = self.tree.data
        scope = EVERYTHING_THERE
        for step in path:
            if isinstance(value, dict) and isinstance(step, str):
                gaps = self.tree.gaps(value)
                if gaps:
                    scope = Scope((*((gap, gap.shape) for gap in reversed(gaps)), *scope.gaps))
                scope = scope.below(step) if scope.gaps else scope
                value = value.get(step)
            elif isinstance(value, list) and isinstance(step, int) and step < len(value):
                value = value[step]
            else:
                return None
        return (value, scope) if isinstance(value, dict) else None

    # ---- telling problems

    def _tell_located(
        self, number: int, at: ResponsePath, shape: CompositeShape, type_name: str, value: Object | None
    ) -> None:
        """Tell what a part has to tell of its object at a path."""
        for located in sorted(self.tree.located, key=lambda each: each.order):
            mark = (id(located.problem), located.path)
            if mark in self.told or located.path[: len(at)] != at:
                continue
            below = located.path[len(at) :]
            belongs, length = self._follow(shape, type_name, value, below)
            match belongs:
                case _Belongs.HERE:
                    path = self._client_path(located.path)
                case _Belongs.UNSELECTED if self._tells_unselected(number, located, length):
                    path = (*at, *below[:length])
                case _:
                    continue
            self.told.add(mark)
            self._tell(located.problem, path or None)

    def _tells_unselected(self, number: int, located: Located, length: int) -> bool:
        """The part that the fetch was made for; where that is given already, the one that knows more of the path."""
        owner = self.owners.get(located.order, PRIMARY)
        return owner == number or (owner in self.given and length > 0)

    def _follow(
        self, shape: CompositeShape, type_name: str, value: object, path: ResponsePath
    ) -> tuple[_Belongs, int]:
        """Where a path leads from an object, and how much of it the object's part selects."""
        for length, step in enumerate(path):
            if isinstance(value, list) and isinstance(step, int):
                value = value[step] if 0 <= step < len(value) else None
            elif isinstance(value, dict) and isinstance(step, str):
                if length:
                    known = shape.object_type or self._type_of(shape, value)
                    if known is None:
                        return _Belongs.HERE, length  # where the projection has a null
                    type_name = known
                selected = self._selected(shape, type_name, step)
                if not isinstance(selected, DataField):
                    return selected, length
                below = _composite(selected.shape)
                if below is None:
                    return _Belongs.HERE, length + 1
                shape, value = below, value.get(step)
            else:
                return _Belongs.HERE, length
        return _Belongs.HERE, len(path)

    def _selected(self, shape: CompositeShape, type_name: str, source: str) -> DataField | _Belongs:
        """The field of an object's part that stands under a key of the tree, or where that is, if it is not of this part."""
        program = self.program.object_program(shape, type_name)
        for each in program.fields:
            if isinstance(each, DataField) and each.source == source:
                return each
        later = any(
            self._selected(each.shape, type_name, source) is not _Belongs.UNSELECTED
            for each in program.deferred
        )
        return _Belongs.LATER if later else _Belongs.UNSELECTED

    def _tell_unlocated(self, number: int) -> None:
        for unlocated in sorted(self.tree.unlocated, key=lambda each: each.order):
            mine = self.owners.get(unlocated.order, PRIMARY) == number
            if mine and id(unlocated.problem) not in self.surfaced:
                path = self._client_path(self._first_place(unlocated.path))
                self._tell(unlocated.problem, path or None)

    def _taken_errors(self) -> Errors:
        taken = list(self.errors)
        self.errors.clear()
        return taken


def begin_incremental(
    program: ProjectionProgram,
    defer: DeferProgram,
    tree: ResponseTree,
    introspection: Mapping[str, object],
    disclosure: Disclosure,
    tell_denial: TellDenial,
) -> IncrementalProjection:
    return IncrementalProjection(program, tree, introspection, disclosure, tell_denial, owners=defer.owners)


def _composite(shape: ValueShape) -> CompositeShape | None:
    """The shape of the objects that a field has, in lists or not."""
    while isinstance(shape, NonNullShape | ListShape):
        shape = shape.of
    return shape if isinstance(shape, CompositeShape) else None


def _is_given_first(selections: Iterable[Selection], keys: Iterable[str]) -> bool:
    """Whether the field that keys lead to is selected by what is not deferred."""
    for key in keys:
        same = [each for each in fields_of(selections, deferred=False) if each.response_key == key]
        if not same:
            return False
        selections = [below for each in same for below in each.selections]
    return True


def _place_of(path: ResponsePath) -> Place | None:
    place: Place | None = None
    for step in path:
        place = (place, step)
    return place
