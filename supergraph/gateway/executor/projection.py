"""The response as the client selected it, out of the tree: in its order, checked against the schema, nulls rising.

This is the projection that is always right and says what went wrong where. `compiled_projection` is the quick one for
answers in which nothing did. Spec: Executing Selection Sets, Value Completion, Handling Execution Errors.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, assert_never

from supergraph.gateway.executor.answer_shape import AnswerShape
from supergraph.gateway.executor.leaf_values import INVALID
from supergraph.gateway.executor.problems import (
    Denial,
    Disclosure,
    ExecutionCode,
    Problem,
    ResponsePath,
    TellDenial,
    format_denial,
    format_problem,
)
from supergraph.gateway.executor.projection_program import (
    CompositeShape,
    DataField,
    DeferredFields,
    DeniedField,
    IntrospectionField,
    LeafShape,
    ListShape,
    NonNullShape,
    ProjectionProgram,
    TypenameField,
    ValueShape,
    fields_of,
)
from supergraph.gateway.executor.response_tree import Gap, Object, ResponseTree
from supergraph.planner import EachItem, FetchPath, Selection

_TYPENAME: Final = "__typename"


class Mark(Enum):
    ABSENT = "no value in the tree"
    RISING = "a null that no position between here and there may hold"


_ABSENT: Final = Mark.ABSENT
RISING: Final = Mark.RISING

Place = tuple["Place | None", str | int]
"""A response path from its end, so that no path is built where nothing goes wrong; None is the root."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What is known to be missing around a value: gaps, each with its shape at this level."""

    gaps: tuple[tuple[Gap, AnswerShape], ...] = ()

    def below(self, key: str) -> "Scope":
        below = tuple((gap, shape.keys[key]) for gap, shape in self.gaps if key in shape.keys)
        return Scope(below) if below else EVERYTHING_THERE

    def gap(self, key: str) -> Gap | None:
        """The gap that explains why `key` is absent: one with a problem rather than one without."""
        of_key = [gap for gap, shape in self.gaps if key in shape.keys]
        return next((gap for gap in of_key if gap.problem is not None), of_key[0] if of_key else None)


EVERYTHING_THERE: Final = Scope()


def project(
    program: ProjectionProgram,
    tree: ResponseTree,
    introspection: Mapping[str, object],
    disclosure: Disclosure,
    tell_denial: TellDenial = format_denial,
) -> tuple[dict[str, object] | None, list[dict[str, object]]]:
    """`data` and `errors`. `introspection` holds the gateway's own answers by response key."""
    return ProjectionRun(program, tree, introspection, disclosure, tell_denial).run()


@dataclass(frozen=True, slots=True)
class DeferredSpot:
    """An object of the response of which more is given later, and what."""

    path: ResponsePath
    type_name: str
    fields: DeferredFields


@dataclass(slots=True)
class ProjectionRun:
    """One projection under way. `spots` are the objects met so far of which something is deferred."""

    program: ProjectionProgram
    tree: ResponseTree
    introspection: Mapping[str, object]
    disclosure: Disclosure
    tell_denial: TellDenial = format_denial
    errors: list[dict[str, object]] = field(default_factory=list)
    # Where an error is known already: at these places, and at or below those.
    known: set[ResponsePath] = field(default_factory=set)
    known_below: set[ResponsePath] = field(default_factory=set)
    surfaced: set[int] = field(default_factory=set)
    denied: set[int] = field(default_factory=set)
    spots: list[DeferredSpot] = field(default_factory=list)

    def run(self) -> tuple[dict[str, object] | None, list[dict[str, object]]]:
        told: set[tuple[int, ResponsePath]] = set()
        for located in sorted(self.tree.located, key=lambda each: each.order):
            path = self._client_path(located.path)
            if (id(located.problem), path) not in told:
                told.add((id(located.problem), path))
                self._tell(located.problem, path or None)
        root = self.program.root
        data = self._object(root, root.type.name, self.tree.data, None, EVERYTHING_THERE)
        result = data if isinstance(data, dict) else None
        for unlocated in sorted(self.tree.unlocated, key=lambda each: each.order):
            if id(unlocated.problem) not in self.surfaced:
                path = self._client_path(self._first_place(unlocated.path))
                self._tell(unlocated.problem, path or None)
        for denials in self.program.denials.values():
            for denial in denials:
                if id(denial) not in self.denied:
                    self._deny(denial, nearest(self._client_path(denial.path), result))
        return result, self.errors

    # ---- completing values

    def _object(
        self, shape: CompositeShape, type_name: str, value: Object, place: Place | None, scope: Scope
    ) -> dict[str, object] | Mark:
        gaps = self.tree.gaps(value)
        if gaps:
            scope = Scope((*((gap, gap.shape) for gap in reversed(gaps)), *scope.gaps))
        result: dict[str, object] = {}
        program = self.program.object_program(shape, type_name)
        for each in program.fields:
            done = self._field(each, value, (place, each.key), scope)
            if done is RISING:
                return RISING
            result[each.key] = done
        for later in program.deferred:
            self.spots.append(DeferredSpot(path_of(place), type_name, later))
        return result

    def _field(
        self,
        each: DataField | TypenameField | IntrospectionField | DeniedField,
        value: Object,
        place: Place,
        scope: Scope,
    ) -> object:
        match each:
            case DataField(source=source, shape=shape):
                return self._data_field(each, value.get(source, _ABSENT), shape, place, scope)
            case TypenameField(value=None):
                self._fault(ExecutionCode.VALUE_MISSING, place, each.key)
                return RISING
            case TypenameField(value=name):
                return name
            case IntrospectionField(key=key):
                return self.introspection.get(key)
            case DeniedField(non_null=non_null, denial=denial):
                self.denied.add(id(denial))
                self._deny(denial, path_of(place))
                return RISING if non_null else None
            case _:
                assert_never(each)

    def _data_field(
        self, each: DataField, value: object, shape: ValueShape, place: Place, scope: Scope
    ) -> object:
        if value is not _ABSENT:
            below = scope.below(each.source) if scope.gaps else scope
            return self._value(each, shape, value, place, below)
        gap = scope.gap(each.source)
        if gap is None:
            self._fault(ExecutionCode.VALUE_MISSING, place, each.coordinate)
        elif gap.problem is not None:
            self._tell_unless_known(gap.problem, place)
        return self._value(each, shape, None, place, scope)

    def _value(self, each: DataField, shape: ValueShape, value: object, place: Place, scope: Scope) -> object:
        match shape:
            case NonNullShape(of=inner):
                done = self._value(each, inner, value, place, scope)
                if done is None:
                    self._fault(ExecutionCode.VALUE_NULL, place, each.coordinate)
                    return RISING
                return done
            case _ if value is None:
                return None
            case LeafShape():
                checked = shape.check(value)
                if checked is INVALID:
                    self._fault(ExecutionCode.VALUE_INVALID, place, each.coordinate)
                    return None
                return checked
            case ListShape(of=inner):
                if not isinstance(value, list):
                    self._fault(ExecutionCode.VALUE_INVALID, place, each.coordinate)
                    return None
                items: list[object] = []
                for index, item in enumerate(value):
                    done = self._value(each, inner, item, (place, index), scope)
                    if done is RISING:
                        return None
                    items.append(done)
                return items
            case CompositeShape():
                return self._composite(each, shape, value, place, scope)
            case _:
                assert_never(shape)

    def _composite(
        self, each: DataField, shape: CompositeShape, value: object, place: Place, scope: Scope
    ) -> object:
        if not isinstance(value, dict):
            self._fault(ExecutionCode.VALUE_INVALID, place, each.coordinate)
            return None
        type_name = shape.object_type or self._type_of(shape, value)
        if type_name is None:
            self._fault(ExecutionCode.VALUE_INVALID, place, each.coordinate)
            return None
        done = self._object(shape, type_name, value, place, scope)
        # The null has risen to here; whether it may stay is for this position's own shape to say.
        return None if done is RISING else done

    def _type_of(self, shape: CompositeShape, value: Object) -> str | None:
        """The type whose fields to take for a value of an interface or union; None where it may not be what it is."""
        claimed = value.get(_TYPENAME)
        if self.program.possible(shape, claimed):
            assert isinstance(claimed, str)
            return claimed
        return self.program.abstract_itself(shape, claimed)

    # ---- telling problems

    def _fault(self, code: ExecutionCode, place: Place, what: str) -> None:
        problem = Problem(_FAULTS[code].format(what), code)
        if code is ExecutionCode.VALUE_INVALID:
            self._tell(problem, path_of(place))
        else:
            self._tell_unless_known(problem, place)

    def _tell_unless_known(self, problem: Problem, place: Place) -> None:
        """One error is enough where a value is missing: at its place, above it, or below it, whence the null rose."""
        path = path_of(place)
        self.surfaced.add(id(problem))
        if path in self.known_below or any(path[:length] in self.known for length in range(1, len(path))):
            return
        self._tell(problem, path)

    def _tell(self, problem: Problem, path: ResponsePath | None) -> None:
        self.surfaced.add(id(problem))
        self.errors.append(format_problem(problem, path, self.disclosure))
        self._know(path or ())

    def _deny(self, denial: Denial, path: ResponsePath) -> None:
        error = self.tell_denial(denial, path)
        if error is not None:
            self.errors.append(error)
        self._know(path)

    def _know(self, path: ResponsePath) -> None:
        self.known.add(path)
        self.known_below.update(path[:length] for length in range(1, len(path) + 1))

    # ---- paths

    def _client_path(self, path: ResponsePath) -> ResponsePath:
        """The nearest place that the client selected, in its words: keys that only the plan asked for are cut off."""
        level: Sequence[Selection] = self.program.root.selections
        found: list[str | int] = []
        for step in path:
            if isinstance(step, int):
                found.append(step)
                continue
            same = [each for each in fields_of(level) if each.response_key == step]
            if not same:
                break
            found.append(same[0].client_key)
            level = [below for each in same for below in each.selections]
        return tuple(found)

    def _first_place(self, path: FetchPath) -> ResponsePath:
        for place, _ in self.tree.places_of(path):
            return place
        sure: list[str] = []
        for step in path:
            if isinstance(step, EachItem):
                break
            sure.append(step.key)
        return tuple(sure)


_FAULTS: Final = {
    ExecutionCode.VALUE_INVALID: "The value of {} is not of its type.",
    ExecutionCode.VALUE_MISSING: "There is no value for {}.",
    ExecutionCode.VALUE_NULL: "Cannot return null for non-nullable field {}.",
}


def path_of(place: Place | None) -> ResponsePath:
    steps: list[str | int] = []
    while place is not None:
        place, step = place
        steps.append(step)
    return tuple(reversed(steps))


def nearest(path: ResponsePath, data: dict[str, object] | None) -> ResponsePath:
    """As far along `path` as the response goes; a list or a null ends it."""
    value: object = data
    for length, key in enumerate(path):
        if not isinstance(value, dict):
            return path[: max(length, 1)]
        value = value.get(key)
    return path
