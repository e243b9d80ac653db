"""The response in parts: first all that is not deferred, then each deferred fragment of each object.

A null in a deferred part rises to the part's own root and no further: what was given is not taken back. Each error is told
once, with the part that holds its place.
"""

from collections.abc import Iterable, Mapping, Sequence
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
from supergraph.gateway.executor.projection_program import ProjectionProgram, fields_of
from supergraph.gateway.executor.response_tree import Object, ResponseTree
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
    """Where a path goes on from an object, within what was selected of it."""

    HERE = "selected, as far as the client knows the path"
    LATER = "selected in what is deferred further"
    ELSEWHERE = "not selected at all"


@dataclass(slots=True)
class IncrementalProjection(ProjectionRun):
    """One request's parts, the primary first. `waiting` are the objects that parts are still to be given for."""

    owners: Mapping[int, int] = field(default_factory=dict)
    waiting: dict[int, list[DeferredSpot]] = field(default_factory=dict)
    told: set[tuple[int, ResponsePath]] = field(default_factory=set)

    def primary(self) -> tuple[Data, Errors]:
        root = self.program.root
        self._tell_located((), root.selections, PRIMARY)
        data = self._object(root, root.type.name, self.tree.data, None, EVERYTHING_THERE)
        result = data if isinstance(data, dict) else None
        self._await_spots((), result)
        self._tell_unlocated(PRIMARY)
        for denials in self.program.denials.values():
            for denial in denials:
                belongs, _ = _follow(root.selections, denial.path)
                if id(denial) not in self.denied and belongs is _Belongs.HERE:
                    self._deny(denial, nearest(denial.path, result))
        return result, self._taken_errors()

    def part(self, number: int) -> list[DeferredResult]:
        """The part for each object that it is asked of."""
        found: list[DeferredResult] = []
        for spot in self.waiting.pop(number, ()):
            shape = spot.fields.shape
            self._tell_located(spot.path, shape.selections, number)
            data: object = RISING
            stands = self._stand(spot.path)
            if stands is not None:
                value, scope = stands
                data = self._object(shape, spot.type_name, value, _place_of(spot.path), scope)
            result = data if isinstance(data, dict) else None
            self._await_spots(spot.path, result)
            found.append(DeferredResult(spot.path, spot.fields.deferral.label, result, self._taken_errors()))
        if found:
            self._tell_unlocated(number)
            found[-1].errors.extend(self._taken_errors())
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

    def _tell_located(self, at: ResponsePath, selections: Sequence[Selection], number: int) -> None:
        for located in sorted(self.tree.located, key=lambda each: each.order):
            if located.path[: len(at)] != at:
                continue
            rest = located.path[len(at) :]
            belongs, length = _follow(selections, rest)
            mine = self.owners.get(located.order, PRIMARY) == number
            if belongs is _Belongs.LATER or (belongs is _Belongs.ELSEWHERE and not mine):
                continue
            path = (*at, *rest[:length])
            mark = (id(located.problem), path)
            if mark not in self.told:
                self.told.add(mark)
                self._tell(located.problem, path)

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


def _follow(selections: Iterable[Selection], path: ResponsePath) -> tuple[_Belongs, int]:
    """Where a path belongs, and how much of it the client knows."""
    level = list(selections)
    for length, step in enumerate(path):
        if isinstance(step, int):
            continue
        same = [each for each in fields_of(level, deferred=False) if each.response_key == step]
        if not same:
            if any(each.response_key == step for each in fields_of(level)):
                return _Belongs.LATER, length
            return (_Belongs.HERE if length else _Belongs.ELSEWHERE), length
        level = [below for each in same for below in each.selections]
    return _Belongs.HERE, len(path)


def _place_of(path: ResponsePath) -> Place | None:
    place: Place | None = None
    for step in path:
        place = (place, step)
    return place
