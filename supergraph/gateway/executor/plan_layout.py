"""Where everything of a plan stands in the response: what the compiled plan is written from.

A *place* is where objects of one type stand in the response. Its objects come with one answer, the *home*; what else is
selected of them comes with answers of entities. A *table* holds a place's objects by what is sent for them. There is a
layout only for plans in which each field has one source and each place one object type; all else is the interpreter's.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from supergraph.gateway.executor.answer_shape import AnswerShape
from supergraph.gateway.executor.fetch_program import EntitySpot, FetchProgram, Spot
from supergraph.gateway.executor.projection_program import (
    CompositeShape,
    DataField,
    KeyPath,
    ListShape,
    NonNullShape,
    ProjectedField,
    ProjectionProgram,
    TypenameField,
    ValueShape,
)
from supergraph.planner import FetchPath, RequiredField, Step

TYPENAME = "__typename"


class InexpressibleError(Exception):
    """The plan asks for more than a layout can say."""


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Objects of one place by what is sent for them: one entry is one representation.

    What is sent can be read where the object comes from, or, with `after`, only once that spot's answer is there.
    """

    number: int
    type_name: str
    fields: tuple[RequiredField, ...]
    after: EntitySpot | None


@dataclass(slots=True, eq=False)
class Place:
    """`sources` says of each key which answer brings it, the keys that only the plan needs among them."""

    shape: CompositeShape
    type_name: str
    fields: tuple[ProjectedField, ...]
    home: Spot
    home_shape: AnswerShape
    sources: dict[str, Spot] = field(default_factory=dict)
    disputed: set[str] = field(default_factory=set)
    tables: list[Table] = field(default_factory=list)
    by_spot: dict[int, Table] = field(default_factory=dict)

    def selected_from(self, spot: Spot) -> Iterator[DataField]:
        """The client's fields that an answer brings."""
        return (
            each for each in self.fields if isinstance(each, DataField) and self.sources[each.key] is spot
        )

    def base_of(self, table: Table) -> Table:
        """The first table of a chain: the one whose entries are there when the objects are."""
        while table.after is not None:
            table = self.by_spot[table.after.order]
        return table

    def to_come(self, base: Table) -> list[DataField]:
        """The client's fields that are brought for a table's entries, those of the tables chained to it included."""
        return [
            each
            for each in self.fields
            if isinstance(each, DataField)
            and (table := self.by_spot.get(self.sources[each.key].order)) is not None
            and self.base_of(table) is base
        ]

    def tables_after(self, spot: EntitySpot | None) -> list[Table]:
        return [table for table in self.tables if table.after is spot]

    @property
    def shared(self) -> Table | None:
        """The table whose entries are one object each: all that is selected follows from what is sent.

        Then objects that send the same are the same in the response too, and one may stand for all.
        """
        first, *more = self.tables_after(None) or (None,)
        if first is None or more:
            return None
        sent = {each.source for each in first.fields}
        return first if all(each.key in sent for each in self.selected_from(self.home)) else None


@dataclass(frozen=True, slots=True)
class PlanLayout:
    places: Mapping[KeyPath, Place]
    tables: int

    @property
    def root(self) -> Place:
        return self.places[()]

    def place_of(self, spot: Spot) -> Place:
        return self.places[_keys(spot.path)]


def lay_out(programs: Iterable[FetchProgram], projection: ProjectionProgram) -> PlanLayout:
    """The layout of a plan, its fetches given in the order in which they are made. Raises InexpressibleError."""
    layout = _Layout(projection)
    for program in programs:
        for spot in (program.asks,) if isinstance(program.asks, Spot) else program.asks:
            if spot.renames:
                raise InexpressibleError
            if isinstance(spot, EntitySpot):
                layout.add_entities(spot)
            else:
                layout.add_root(spot)
    layout.require_all()
    return PlanLayout(layout.places, layout.tables)


@dataclass(slots=True)
class _Layout:
    projection: ProjectionProgram
    places: dict[KeyPath, Place] = field(default_factory=dict)
    tables: int = 0

    def add_root(self, spot: Spot) -> None:
        if spot.path:
            raise InexpressibleError
        root = self.places.get(())
        if root is None:
            root = self.places[()] = self._place(self.projection.root, spot, spot.shape)
        self._bring(root, spot, spot.shape, ())

    def add_entities(self, spot: EntitySpot) -> None:
        at = _keys(spot.path)
        place = self.places.get(at)
        if place is None or not at:
            raise InexpressibleError
        fields = spot.reader.flat_fields(place.type_name)
        if fields is None:
            raise InexpressibleError
        place.by_spot[spot.order] = self._table(place, fields)
        self._bring(place, spot, spot.shape, at)

    def require_all(self) -> None:
        """Each field that the client selected, and each that is sent, has exactly one source."""
        for place in self.places.values():
            selected = {each.key for each in place.fields if isinstance(each, DataField)}
            needed = selected.union(each.source for table in place.tables for each in table.fields)
            if not needed <= place.sources.keys() or needed & place.disputed:
                raise InexpressibleError

    def _table(self, place: Place, fields: tuple[RequiredField, ...]) -> Table:
        after = self._after(place, fields)
        for table in place.tables:
            if table.fields == fields and table.after is after:
                return table
        table = Table(self.tables, place.type_name, fields, after)
        self.tables += 1
        place.tables.append(table)
        return table

    def _after(self, place: Place, fields: tuple[RequiredField, ...]) -> EntitySpot | None:
        """The one spot whose answer, with what was sent for it, holds all that is to be sent."""
        later = {
            id(source): source
            for each in fields
            if (source := place.sources.get(each.source)) is not place.home
        }
        match list(later.values()):
            case []:
                return None
            case [EntitySpot() as after]:
                sent = {each.source for each in place.by_spot[after.order].fields}
                if all(place.sources[each.source] is after or each.source in sent for each in fields):
                    return after
            case _:
                pass
        raise InexpressibleError

    def _bring(self, place: Place, spot: Spot, shape: AnswerShape, at: KeyPath) -> None:
        below = {each.key: each.shape for each in place.fields if isinstance(each, DataField)}
        for key, inner in shape.keys.items():
            if key == TYPENAME:
                continue
            if key in place.sources:
                place.disputed.add(key)
                continue
            place.sources[key] = spot
            composite = _composite(below.get(key))
            if composite is not None:
                child = self.places[*at, key] = self._place(composite, spot, inner)
                self._bring(child, spot, inner, (*at, key))

    def _place(self, shape: CompositeShape, home: Spot, brings: AnswerShape) -> Place:
        if shape.object_type is None:
            raise InexpressibleError
        fields = self.projection.object_program(shape, shape.object_type).fields
        if not all(_is_plain_field(each) or _is_plain_typename(each) for each in fields):
            raise InexpressibleError
        return Place(shape, shape.object_type, fields, home, brings)


def _is_plain_field(each: ProjectedField) -> bool:
    return isinstance(each, DataField) and each.key == each.source


def _is_plain_typename(each: ProjectedField) -> bool:
    return isinstance(each, TypenameField) and each.value is not None


def _composite(shape: ValueShape | None) -> CompositeShape | None:
    while isinstance(shape, NonNullShape | ListShape):
        shape = shape.of
    return shape if isinstance(shape, CompositeShape) else None


def _keys(path: FetchPath) -> KeyPath:
    if any(step.types is not None for step in path):
        raise InexpressibleError
    return tuple(step.key for step in path if isinstance(step, Step))
