"""The data as it grows: representations are read out of it, answers are grafted into it.

A tree belongs to one request and is made of what that request decoded, so it may be changed in place. Within it one
object may stand in many places: all entities with equal representations hold what one answer brought. Two rules keep
that safe. Only the entity itself is ever changed, and all that share it have asked for the same; where an answer meets
a value that is there already, the two are merged into a new one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

import orjson

from supergraph.gateway.executor.answer_shape import AnswerShape
from supergraph.gateway.executor.fetch_program import EntitySpot, Spot
from supergraph.gateway.executor.json_text import write_json
from supergraph.gateway.executor.key_renames import rename_in_answer, rename_in_path
from supergraph.gateway.executor.problems import (
    Problem,
    ResponsePath,
    malformed,
    problem_of_error,
    problem_of_failure,
)
from supergraph.gateway.executor.representations import Identity, Unread, is_of_type
from supergraph.gateway.transport import SubgraphAnswer, SubgraphFailure
from supergraph.planner import EachItem, FetchPath, Step
from supergraph.spec import TypeName

Object = dict[str, object]

_TYPENAME: Final = "__typename"


@dataclass(frozen=True, slots=True)
class Gap:
    """That a fetch brought nothing for an object: of the keys in `shape`, those absent are absent because of it.

    `problem` is None where nothing went wrong: the subgraph knows no such entity.
    """

    shape: AnswerShape
    problem: Problem | None


@dataclass(frozen=True, slots=True)
class Located:
    """A problem at a place in the tree. The client may know the place by a shorter path, never by another."""

    order: int
    path: ResponsePath
    problem: Problem


@dataclass(frozen=True, slots=True)
class Unlocated:
    """A problem that named no place. It surfaces where something is missing, else beside the fetch's own place."""

    order: int
    path: FetchPath
    problem: Problem


@dataclass(frozen=True, slots=True)
class Batch:
    """Distinct representations, encoded, and for each the objects that it stands for."""

    spot: EntitySpot
    representations: tuple[bytes, ...]
    entities: tuple[list[Object], ...]

    @property
    def encoded(self) -> bytes:
        """The request's variable, name and value."""
        return b'"%s":[%s]' % (self.spot.variable.encode(), b",".join(self.representations))

    @property
    def everywhere(self) -> Iterator[Object]:
        return chain.from_iterable(self.entities)


@dataclass(slots=True)
class ResponseTree:
    object_types: frozenset[TypeName] = frozenset()
    data: Object = field(default_factory=dict)
    located: list[Located] = field(default_factory=list)
    unlocated: list[Unlocated] = field(default_factory=list)
    failures: list[SubgraphFailure] = field(default_factory=list)
    # Whether one object stands in several places. Until then no path has to look out for repetitions.
    _shares: bool = False
    # By identity. Each entry keeps its object alive, for an identity lives no longer than its object.
    _gaps: dict[int, tuple[Object, list[Gap]]] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """No subgraph reported or caused a problem. Entities may be missing all the same."""
        return not self.located and not self.unlocated

    def gaps(self, of: Object) -> Sequence[Gap]:
        entry = self._gaps.get(id(of))
        return entry[1] if entry else ()

    # ---- reading

    def objects_at(self, path: FetchPath) -> Iterable[Object]:
        """The objects at `path`, each once, however many places it has."""
        level: Iterable[object] = (self.data,)
        for step in path:
            match step:
                case Step(key=key):
                    level = [
                        value
                        for item in level
                        if isinstance(item, dict) and (value := item.get(key)) is not None
                    ]
                case EachItem():
                    level = [item for items in level if isinstance(items, list) for item in items]
                    if self._shares:
                        level = {id(item): item for item in level}.values()
            if step.types is not None:
                level = [item for item in level if isinstance(item, dict) and is_of_type(item, step.types)]
        objects = [item for item in level if isinstance(item, dict)]
        return {id(item): item for item in objects}.values() if self._shares else objects

    def places_of(self, path: FetchPath) -> Iterator[tuple[ResponsePath, Object]]:
        """As `objects_at`, but with every place where each object stands."""
        level: list[tuple[ResponsePath, object]] = [((), self.data)]
        for step in path:
            match step:
                case Step(key=key):
                    level = [
                        ((*at, key), item[key])
                        for at, item in level
                        if isinstance(item, dict) and key in item
                    ]
                case EachItem():
                    level = [
                        ((*at, index), item)
                        for at, items in level
                        if isinstance(items, list)
                        for index, item in enumerate(items)
                    ]
            if step.types is not None:
                level = [
                    (at, item)
                    for at, item in level
                    if isinstance(item, dict) and is_of_type(item, step.types)
                ]
        for at, item in level:
            if isinstance(item, dict):
                yield at, item

    def batch_for(self, spot: EntitySpot, entities: Iterable[Object] | None = None) -> Batch:
        """The representations of the entities at a spot, or of some of them. Empty where none can be asked for."""
        groups: dict[bytes, list[Object]] = {}
        known: dict[Identity, list[Object]] = {}
        reader = spot.reader
        for entity in self.objects_at(spot.path) if entities is None else entities:
            identity = reader.identify(entity)
            if identity is not None and (same := known.get(identity)) is not None:
                same.append(entity)
                continue
            representation = reader.read(entity)
            if isinstance(representation, dict):
                # Two ways of reading may come to the same, so what counts is what goes out.
                same = groups.setdefault(_encoded(representation), [])
                same.append(entity)
                if identity is not None:
                    known[identity] = same
            elif representation is Unread.INCOMPLETE:
                self._leave(entity, Gap(spot.shape, self._why_incomplete(entity, spot)))
        return Batch(spot, tuple(groups), tuple(groups.values()))

    def _why_incomplete(self, entity: Object, spot: EntitySpot) -> Problem | None:
        gaps = self.gaps(entity)
        if gaps:
            return next((gap.problem for gap in gaps if gap.problem is not None), None)
        return self._note(spot, malformed(spot.subgraph))

    # ---- growing

    def graft_root(self, spot: Spot, answer: SubgraphAnswer | SubgraphFailure) -> None:
        """Graft the answer of a root fetch into the object it was asked for: the response itself, as a rule."""
        objects = list(self.objects_at(spot.path))
        if isinstance(answer, SubgraphFailure):
            self._leave_all(objects, Gap(spot.shape, self._fail(spot, answer)))
            return
        first: Problem | None = None
        for error in answer.errors:
            problem = problem_of_error(spot.subgraph, error)
            first = first or problem
            if path := _path_of(error):
                self._locate(spot, [at for at, _ in self.places_of(spot.path)], path, problem)
            else:
                self._note(spot, problem)
        if answer.data is None:
            self._leave_all(objects, Gap(spot.shape, first))
            return
        if spot.renames:
            rename_in_answer([answer.data], spot.renames)
        self._graft_into(objects, answer.data, spot)

    def graft(self, batches: Sequence[Batch], answer: SubgraphAnswer | SubgraphFailure) -> None:
        """Graft the answer of an entity fetch into every object that asked for something in it."""
        if isinstance(answer, SubgraphFailure):
            problem = self._fail(batches[0].spot, answer)
            for batch in batches:
                self._leave_all(batch.everywhere, Gap(batch.spot.shape, problem))
            return
        reasons = self._tell_errors(batches, answer) if answer.errors else {}
        for batch in batches:
            self._graft_batch(batch, answer.data, reasons)

    def _graft_batch(self, batch: Batch, data: Object | None, reasons: "_Reasons") -> None:
        spot = batch.spot
        found = None if data is None else data.get(spot.alias)
        if not isinstance(found, list) or len(found) != len(batch.entities):
            problem = reasons.get((None, None))
            if problem is None or found is not None:
                problem = self._note(spot, malformed(spot.subgraph))
            for index, entities in enumerate(batch.entities):
                self._leave_all(entities, Gap(spot.shape, reasons.get((spot.alias, index), problem)))
            return
        if spot.renames:
            rename_in_answer(found, spot.renames)
        for index, (value, entities) in enumerate(zip(found, batch.entities, strict=True)):
            if isinstance(value, dict):
                self._graft_into(entities, value, spot)
            elif value is None:
                # Unknown to the subgraph, unless it told an error of this very entity or one without a place.
                reason = reasons.get((spot.alias, index), reasons.get((spot.alias, None)))
                self._leave_all(entities, Gap(spot.shape, reason))
            else:
                self._leave_all(entities, Gap(spot.shape, self._note(spot, malformed(spot.subgraph))))

    def _graft_into(self, entities: Sequence[Object], value: Object, spot: Spot) -> None:
        value = _asked_for(value, spot.shape)
        share = spot.may_share
        if share and len(entities) > 1 and not self._shares:
            self._shares = any(isinstance(each, dict | list) for each in value.values())
        for position, entity in enumerate(entities):
            own = value if share or position == 0 else _copied(value)
            if entity.keys().isdisjoint(own):
                entity.update(own)
            else:
                self._merge_into(entity, own, spot.shape)

    def _merge_into(self, target: Object, value: Mapping[str, object], shape: AnswerShape) -> None:
        for key, theirs in value.items():
            ours = target.get(key)
            if ours is None:
                target[key] = theirs
            elif key == _TYPENAME:
                target[key] = self._truer(ours, theirs)
            elif theirs is not None:
                target[key] = self._merged(ours, theirs, shape.below(key))

    def _truer(self, ours: object, theirs: object) -> object:
        """An interface object is called by the interface's name, whatever it truly is."""
        known = isinstance(ours, str) and ours in self.object_types
        better = isinstance(theirs, str) and (theirs in self.object_types or not known)
        return theirs if better else ours

    def _merged(self, ours: object, theirs: object, shape: AnswerShape) -> object:
        """Both together, in a new value. A leaf is never taken apart, whatever a scalar of its own may hold."""
        if not shape.keys:
            return theirs
        if isinstance(ours, dict) and isinstance(theirs, dict):
            both = dict(ours)
            self._merge_into(both, _asked_for(theirs, shape), shape)
            if id(ours) in self._gaps:
                self._gaps[id(both)] = (both, list(self.gaps(ours)))
            return both
        if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
            pairs = zip(ours, theirs, strict=True)
            return [
                theirs_item
                if ours_item is None
                else ours_item
                if theirs_item is None
                else self._merged(ours_item, theirs_item, shape)
                for ours_item, theirs_item in pairs
            ]
        # Subgraphs disagree on what there is. What fits better stays, whichever came first: the longer list, say.
        return max(ours, theirs, key=_substance)

    # ---- problems

    def _fail(self, spot: Spot, failure: SubgraphFailure) -> Problem:
        self.failures.append(failure)
        return self._note(spot, problem_of_failure(failure))

    def _note(self, spot: Spot, problem: Problem) -> Problem:
        self.unlocated.append(Unlocated(spot.order, spot.path, problem))
        return problem

    def _leave(self, entity: Object, gap: Gap) -> None:
        self._gaps.setdefault(id(entity), (entity, []))[1].append(gap)

    def _leave_all(self, entities: Iterable[Object], gap: Gap) -> None:
        for entity in entities:
            self._leave(entity, gap)

    def _tell_errors(self, batches: Sequence[Batch], answer: SubgraphAnswer) -> "_Reasons":
        """Place the errors of an entity fetch; which problem explains what is missing where."""
        reasons: _Reasons = {}
        by_alias = {batch.spot.alias: batch for batch in batches}
        places: dict[str, dict[int, list[ResponsePath]]] = {}
        for error in answer.errors:
            problem = problem_of_error(batches[0].spot.subgraph, error)
            reasons.setdefault((None, None), problem)
            path = _path_of(error)
            batch = by_alias.get(path[0]) if path and isinstance(path[0], str) else None
            if batch is None:
                for alias in by_alias:
                    reasons.setdefault((alias, None), problem)
                self._note(batches[0].spot, problem)
                continue
            alias, index = batch.spot.alias, path[1] if len(path) > 1 else None
            if not isinstance(index, int) or not 0 <= index < len(batch.entities):
                reasons.setdefault((alias, None), problem)
                self._note(batch.spot, problem)
                continue
            reasons.setdefault((alias, index), problem)
            if len(path) == 2:
                self._note(batch.spot, problem)
                continue
            if alias not in places:
                places[alias] = {}
                for at, entity in self.places_of(batch.spot.path):
                    places[alias].setdefault(id(entity), []).append(at)
            stands = [at for each in batch.entities[index] for at in places[alias].get(id(each), ())]
            self._locate(batch.spot, stands, path[2:], problem)
        return reasons

    def _locate(
        self, spot: Spot, stands: Sequence[ResponsePath], path: ResponsePath, problem: Problem
    ) -> None:
        path = rename_in_path(path, spot.renames)
        self.located.extend(Located(spot.order, (*at, *path), problem) for at in stands)


_Reasons = dict[tuple[str | None, int | None], Problem]
"""What explains a missing entity: by alias and index; by alias; and, for a whole answer, the first of all."""


def _substance(value: object) -> int:
    """How much there is in what should be an object, or a list of objects."""
    return len(value) + 1 if isinstance(value, dict | list) else 0


def _asked_for(value: Object, shape: AnswerShape) -> Object:
    """Without what nobody asked for: an answer must not write over what another subgraph brought."""
    keys = shape.keys
    return value if value.keys() <= keys.keys() else {key: value[key] for key in value if key in keys}


def _encoded(representation: Object) -> bytes:
    try:
        return orjson.dumps(representation)
    except TypeError:
        return write_json(representation)


def _copied(value: Object) -> Object:
    return {key: _copy(each) for key, each in value.items()}


def _copy(value: object) -> object:
    match value:
        case dict():
            return _copied(value)
        case list():
            return [_copy(each) for each in value]
        case _:
            return value


def _path_of(error: Mapping[str, object]) -> ResponsePath:
    """The error's path; none at all where it is missing or not of the form the specification gives it."""
    path = error.get("path")
    if not isinstance(path, list):
        return ()
    steps = tuple(step for step in path if isinstance(step, str | int) and not isinstance(step, bool))
    return steps if len(steps) == len(path) else ()
