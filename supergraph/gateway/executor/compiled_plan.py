"""A plan as plain Python: answers go straight into the response, which is never built twice.

What was an answer's object becomes at once the response's, in the client's order, with holes for what other answers will
bring; the holes are noted in the tables of those that will be asked. So the tree of an answer lives no longer than it
takes to walk it, and what is brought for an entity is written once for each distinct representation. Where all that is
selected of entities follows from what is sent for them, a whole entity is one hole.

Like `compiled_projection`, it knows only the usual case: on anything else it raises SurpriseError (or KeyError, ValueError,
TypeError, RecursionError), and the interpreter does it all again with the answers that are there.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, cast

import orjson

from supergraph.gateway.executor.answer_shape import AnswerShape
from supergraph.gateway.executor.fetch_program import EntitySpot, FetchProgram, Spot, fetches_of
from supergraph.gateway.executor.plan_layout import (
    TYPENAME,
    InexpressibleError,
    Place,
    PlanLayout,
    Table,
    lay_out,
)
from supergraph.gateway.executor.projection_program import (
    CompositeShape,
    DataField,
    LeafShape,
    NonNullShape,
    ProjectionProgram,
    TypenameField,
)
from supergraph.gateway.executor.response_text import GrowingResponse, Object
from supergraph.gateway.executor.value_code import FunctionCode
from supergraph.planner import Condition, Defer, Fetch, Parallel, PlanNode, QueryPlan, Sequence, Subscribe

Graft = Callable[[Object, GrowingResponse], object]
"""An answer's `data` goes in; what it brings is in the response then, and in the tables of those who ask on."""

_DEEPEST: Final = 24
"""How far a function's lines are indented at most; what is nested deeper is a function of its own."""

Representations = Callable[[GrowingResponse], bytes]


@dataclass(frozen=True, slots=True)
class CompiledEntities:
    """One spot of an entity fetch. `variable` is encoded up to the value."""

    alias: str
    variable: bytes
    table: int
    representations: Representations
    graft: Callable[[object, GrowingResponse], object]


@dataclass(frozen=True, slots=True)
class CompiledFetch:
    program: FetchProgram
    entities: tuple[CompiledEntities, ...]
    graft: Graft


@dataclass(frozen=True, slots=True)
class CompiledPlan:
    """`node` has no conditions. `template` is the response's root: its keys in the client's order."""

    node: PlanNode
    fetches: Mapping[int, CompiledFetch]
    template: Object
    tables: int


def compile_plan(
    plan: QueryPlan,
    programs: Mapping[int, FetchProgram],
    projection: ProjectionProgram,
    variables: Mapping[str, object],
) -> CompiledPlan | None:
    """The plan for these values of the variables that decide what is selected; None where it cannot be expressed.

    `programs` are those of the plan's fetches, by the identity of their nodes.
    """
    try:
        node = _resolved(plan.node, variables)
        if node is None:
            return None
        # In their order in the plan, each stands after those whose answers it reads.
        fetches = {id(fetch): programs[id(fetch)] for fetch in fetches_of(node)}
        if any(isinstance(fetch, Fetch) and fetch.contexts for fetch in fetches_of(node)):
            return None
        layout = lay_out(fetches.values(), projection)
    except InexpressibleError:
        return None
    compilation = _Compilation(layout, {id(place.shape): place for place in layout.places.values()})
    template: Object = {
        each.key: each.value if isinstance(each, TypenameField) else None for each in layout.root.fields
    }
    return CompiledPlan(
        node, {at: compilation.fetch(program) for at, program in fetches.items()}, template, layout.tables
    )


def _resolved(node: PlanNode | None, variables: Mapping[str, object]) -> PlanNode | None:
    """The plan without conditions."""
    match node:
        case Sequence(nodes=nodes) | Parallel(nodes=nodes):
            kept = [below for each in nodes if (below := _resolved(each, variables)) is not None]
            if len(kept) <= 1:
                return kept[0] if kept else None
            return type(node)(tuple(kept))
        case Condition(variable=variable, if_true=if_true, if_false=if_false):
            return _resolved(if_true if variables.get(variable) is True else if_false, variables)
        case Defer() | Subscribe():
            raise InexpressibleError
        case _:
            return node


@dataclass(slots=True)
class _Compilation:
    layout: PlanLayout
    places: Mapping[int, Place]

    def fetch(self, program: FetchProgram) -> CompiledFetch:
        if isinstance(program.asks, Spot):
            return CompiledFetch(program, (), self._graft_root(program.asks))
        entities = tuple(self._entities(spot) for spot in program.asks)
        return CompiledFetch(program, entities, _graft_all(entities))

    def _entities(self, spot: EntitySpot) -> CompiledEntities:
        place = self.layout.place_of(spot)
        table = place.by_spot[spot.order]
        return CompiledEntities(
            spot.alias,
            b'"%s":' % spot.variable.encode(),
            table.number,
            _representations(table),
            self._graft_entities(place, table, spot),
        )

    def _code(self, title: str) -> FunctionCode:
        code = FunctionCode(title, self._object)
        code.names |= {"dumps": orjson.dumps, "loads": orjson.loads, "Fragment": orjson.Fragment}
        return code

    def _graft_root(self, spot: Spot) -> Graft:
        code = self._code("root answer")
        code.write("out = growing.root")
        for each in self.layout.root.selected_from(spot):
            key, variable = code.constant(each.key), code.variable()
            code.write(f"{variable} = value[{key}]")
            code.write(f"out[{key}] = {_written(each, code.field(variable, each.shape))}")
        return cast("Graft", code.define("value", "growing"))

    def _object(self, code: FunctionCode, value: str, shape: CompositeShape) -> str:
        """Writes what makes the response's object of an answer's, at the place where it comes into being.

        The expression for the object, or for the hole that it will be in.
        """
        if code.depth < _DEEPEST:
            return self._new_object(code, value, shape)
        below = self._code(code.title)
        below.write(f"return {self._new_object(below, 'value', shape)}")
        return f"{code.constant(below.define('value', 'growing'))}({value}, growing)"

    def _new_object(self, code: FunctionCode, value: str, shape: CompositeShape) -> str:
        place = self.places[id(shape)]
        tables = place.tables_after(None)
        _check_object(code, value, place, place.home_shape)
        raw = _read_required(code, value, tables)
        shared = place.shared
        if shared is not None:
            key, hole, table = code.variable(), code.variable(), _table(code, shared)
            code.write(f"{key} = {_key(code, shared, raw)}", f"{hole} = {table}.get({key})")
            with code.block(f"if {hole} is None"):
                made = _literal(code, value, place, raw, {})
                code.write(f"{hole} = {table}[{key}] = growing.dig({made})")
            return f"growing.holes[{hole}]"
        holes: dict[str, str] = {}
        for each in tables:
            to_come = place.to_come(each)
            first, table = code.variable(), _table(code, each)
            code.write(f"key = {_key(code, each, raw)}", f"{first} = {table}.get(key)")
            code.write(f"if {first} is None: {first} = {table}[key] = growing.dig_several({len(to_come)})")
            holes |= {
                one.key: f"growing.holes[{first} + {offset}]" if offset else f"growing.holes[{first}]"
                for offset, one in enumerate(to_come)
            }
        return _literal(code, value, place, raw, holes)

    def _graft_entities(
        self, place: Place, table: Table, spot: EntitySpot
    ) -> Callable[[object, GrowingResponse], object]:
        """Fills the holes of all objects that an answer is about."""
        code = self._code(f"entities of {place.type_name}")
        base = place.base_of(table)
        chained = place.tables_after(spot)
        to_come = [each.key for each in place.to_come(base)]
        # A table's first entries have a hole each; those of tables chained to it have all that wait for the same.
        one = table is base
        sent = _table(code, table)
        code.write(
            "filled = growing.filled",
            f"if found.__class__ is not list or len(found) != len({sent}): raise SurpriseError",
        )
        with code.block(f"for (sent, {'at' if one else 'all_at'}), value in zip({sent}.items(), found)"):
            _check_object(code, "value", place, spot.shape)
            raw = self._read_for_chained(code, place, spot, table, chained)
            fill = ["into = filled[at]"] if place.shared is base else []
            for each in place.selected_from(spot):
                key, variable = code.constant(each.key), code.variable()
                code.write(f"{variable} = {raw.get(each.key) or f'value[{key}]'}")
                made = code.field(variable, each.shape)
                if place.shared is base:
                    code.write(f"{variable} = {_written(each, made)}")
                    fill.append(f"into[{key}] = {variable}")
                else:
                    code.write(f"{variable} = dumps({made})")
                    fill.append(f"filled[at + {to_come.index(each.key)}] = {variable}")
            if fill:
                code.write(*(fill if one else [f"for at in all_at: {'; '.join(fill)}"]))
            for later in chained:
                code.write(
                    f"key = {_key(code, later, raw)}",
                    f"same = {_table(code, later)}.setdefault(key, [])",
                    "same.append(at)" if one else "same.extend(all_at)",
                )
        return cast("Callable[[object, GrowingResponse], object]", code.define("found", "growing"))

    def _read_for_chained(
        self, code: FunctionCode, place: Place, spot: EntitySpot, table: Table, chained: list[Table]
    ) -> dict[str, str]:
        """Variables that hold what chained tables send: read from the answer, or known from what was sent for it."""
        wanted = dict.fromkeys(each.source for later in chained for each in later.fields)
        raw = {source: code.variable() for source in wanted}
        before = {each.source: each.name for each in table.fields}
        if any(source in before for source in wanted):
            first = code.constant(table.fields[0].name)
            code.write(f"sent = {{{first}: sent}} if sent.__class__ is str else loads(sent)")
        for source, variable in raw.items():
            if place.sources[source] is spot:
                code.write(f"{variable} = value[{code.constant(source)}]")
            else:
                code.write(f"{variable} = sent[{code.constant(before[source])}]")
        return raw


def _check_object(code: FunctionCode, value: str, place: Place, asked: AnswerShape) -> None:
    if TYPENAME in asked.keys:
        # Of all that JSON holds only objects can be asked for a key: what is none is a TypeError.
        key, name = code.constant(TYPENAME), code.constant(place.type_name)
        code.write(f"if {value}[{key}] != {name}: raise SurpriseError")
    else:
        code.write(f"if {value}.__class__ is not dict: raise SurpriseError")


def _table(code: FunctionCode, table: Table) -> str:
    return code.first(f"table{table.number}", f"growing.tables[{table.number}]")


def _read_required(code: FunctionCode, value: str, tables: Iterable[Table]) -> dict[str, str]:
    """Variables that hold what the tables send, as it came."""
    wanted = dict.fromkeys(each.source for table in tables for each in table.fields)
    raw = {source: code.variable() for source in wanted}
    code.write(*(f"{variable} = {value}[{code.constant(source)}]" for source, variable in raw.items()))
    return raw


def _written(selected: DataField, value: str) -> str:
    """The expression for a value that will stand a while: objects are written at once."""
    shape = selected.shape.of if isinstance(selected.shape, NonNullShape) else selected.shape
    return value if isinstance(shape, LeafShape) else f"Fragment(dumps({value}))"


def _literal(
    code: FunctionCode, value: str, place: Place, raw: Mapping[str, str], holes: Mapping[str, str]
) -> str:
    """The expression for the response's object: what its home brings, and room for what is to come."""
    entries = []
    for each in place.fields:
        key = code.constant(each.key)
        if isinstance(each, TypenameField):
            entries.append(f"{key}: {code.constant(each.value)}")
        elif not isinstance(each, DataField) or place.sources[each.key] is not place.home:
            entries.append(f"{key}: {holes.get(each.key, '...')}")
        else:
            variable = code.variable()
            code.write(f"{variable} = {raw.get(each.key) or f'{value}[{key}]'}")
            entries.append(f"{key}: {code.field(variable, each.shape)}")
    return f"{{{', '.join(entries)}}}"


def _key(code: FunctionCode, table: Table, raw: Mapping[str, str]) -> str:
    """What tells the table's entries apart. Mere text stands for itself, all else for its JSON: there 1 is not 1.0."""
    pairs = [(code.constant(each.name), raw[each.source]) for each in table.fields]
    inner = "".join(f", {name}: {variable}" for name, variable in pairs)
    whole = f"dumps({{{code.constant(TYPENAME)}: {code.constant(table.type_name)}{inner}}})"
    if len(pairs) > 1:
        return whole
    variable = pairs[0][1]
    return f"{variable} if {variable}.__class__ is str else {whole}"


def _representations(table: Table) -> Representations:
    type_name, number, name = table.type_name, table.number, table.fields[0].name

    def read(growing: GrowingResponse) -> bytes:
        encoded = [
            orjson.dumps({TYPENAME: type_name, name: key}) if key.__class__ is str else key
            for key in growing.tables[number]
        ]
        return b"[%s]" % b",".join(encoded)

    return read


def _graft_all(entities: tuple[CompiledEntities, ...]) -> Graft:
    pairs = tuple((each.alias, each.graft) for each in entities)

    def graft(data: Object, growing: GrowingResponse) -> None:
        for alias, graft_one in pairs:
            graft_one(data[alias], growing)

    return graft
