"""Functions that take what an answer brought into the response: written for one plan, place by place.

An object that was read is the response's already (`answer_types`). What is left to do is written here: to check what no
type can say, to dig holes for what other answers will bring and note them in the tables of those who will be asked.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, assert_never, cast

import msgspec

from supergraph.gateway.executor.answer_types import AnsweredObject, AnswerTypes, checks_itself
from supergraph.gateway.executor.fetch_program import EntitySpot, Spot
from supergraph.gateway.executor.function_code import FunctionCode
from supergraph.gateway.executor.plan_layout import TYPENAME, Place, Table
from supergraph.gateway.executor.projection_program import (
    CompositeShape,
    DataField,
    LeafShape,
    ListShape,
    NonNullShape,
    TypenameField,
    ValueShape,
)
from supergraph.gateway.executor.response_text import GrowingResponse, write_text
from supergraph.gateway.executor.value_code import always_checked

Graft = Callable[[object, GrowingResponse], object]
"""What was read goes in; what it brings is in the response then, and in the tables of those who ask on."""

_DEEPEST: Final = 24
"""How far a function's lines are indented at most; what is nested deeper is a function of its own."""

_read_representation: Final = msgspec.json.Decoder(dict[str, object]).decode


@dataclass(slots=True)
class Grafting:
    """Writes the functions of one plan."""

    root: Place
    types: AnswerTypes

    def root_graft(self, spot: Spot, attributes: Mapping[str, str]) -> Graft:
        """For what an answer brings of the operation's root; `attributes` are those of its `data`."""
        code = _code("root answer")
        code.write("out = growing.root")
        for each in self.root.selected_from(spot):
            variable = self._take(code, "value", attributes[each.key], each)
            code.write(f"out[{code.constant(each.key)}] = {_lasting(each, variable)}")
        return cast("Graft", code.define("value", "growing"))

    def entities_graft(self, place: Place, table: Table, spot: EntitySpot, answered: AnsweredObject) -> Graft:
        """For the list of what an answer brings for a table's entries: it fills their holes."""
        code = _code(f"entities of {place.type_name}")
        base = place.base_of(table)
        chained = place.tables_after(spot)
        to_come = [each.key for each in place.to_come(base)]
        # A table's first entries have a hole each; those of tables chained to it have all that wait for the same.
        one = table is base
        sent = _table(code, table)
        code.write("filled = growing.filled", f"if len(value) != len({sent}): raise SurpriseError")
        if not chained and not any(place.selected_from(spot)):
            return cast("Graft", code.define("value", "growing"))
        with code.block(f"for (sent, {'at' if one else 'all_at'}), entity in zip({sent}.items(), value)"):
            raw = _read_for_chained(code, place, spot, table, chained, answered)
            fill = ["into = filled[at]"] if place.shared is base else []
            for each in place.selected_from(spot):
                variable = self._take(code, "entity", answered.attributes[each.key], each)
                if place.shared is base:
                    code.write(f"{variable} = {_lasting(each, variable)}")
                    fill.append(f"into[{code.constant(each.key)}] = {variable}")
                else:
                    code.write(f"{variable} = write({variable})")
                    fill.append(f"filled[at + {to_come.index(each.key)}] = {variable}")
            if fill:
                code.write(*(fill if one else [f"for at in all_at: {'; '.join(fill)}"]))
            for later in chained:
                code.write(
                    f"key = {_key(code, later, raw)}",
                    f"same = {_table(code, later)}.setdefault(key, [])",
                    "same.append(at)" if one else "same.extend(all_at)",
                )
        return cast("Graft", code.define("value", "growing"))

    def _take(self, code: FunctionCode, owner: str, attribute: str, selected: DataField) -> str:
        """A variable with what an attribute holds, finished."""
        variable = code.variable()
        code.write(f"{variable} = {owner}.{attribute}")
        self._finish(code, variable, selected.shape)
        return variable

    def _is_finished(self, shape: ValueShape) -> bool:
        """Whether nothing is left to do for whatever is read as a value of that shape."""
        match shape:
            case NonNullShape(of=inner) | ListShape(of=inner):
                return self._is_finished(inner)
            case LeafShape():
                return checks_itself(shape)
            case CompositeShape():
                place = self.types.place_of(shape)
                return (
                    not place.tables_after(None)
                    and not self.types.at_home(place).hidden
                    and all(self._is_finished(each.shape) for each in place.selected_from(place.home))
                )
            case _:
                assert_never(shape)

    def _is_replaced(self, shape: ValueShape) -> bool:
        """Whether holes take the objects' stead."""
        while isinstance(shape, NonNullShape | ListShape):
            shape = shape.of
        return isinstance(shape, CompositeShape) and self.types.place_of(shape).shared is not None

    def _finish(self, code: FunctionCode, variable: str, shape: ValueShape) -> None:
        """Writes what is left to do for a value that was read; the variable holds what goes into the response."""
        if self._is_finished(shape):
            return
        if isinstance(shape, NonNullShape):
            self._finish_present(code, variable, shape.of)
        else:
            with code.block(f"if {variable} is not None"):
                self._finish_present(code, variable, shape)

    def _finish_present(
        self, code: FunctionCode, variable: str, shape: LeafShape | ListShape | CompositeShape
    ) -> None:
        match shape:
            case LeafShape():
                code.write(f"{code.constant(always_checked(shape.check))}({variable})")
            case ListShape(of=inner):
                item = code.variable()
                made = code.variable() if self._is_replaced(inner) else None
                if made:
                    code.write(f"{made} = []")
                with code.block(f"for {item} in {variable}"):
                    self._finish(code, item, inner)
                    if made:
                        code.write(f"{made}.append({item})")
                if made:
                    code.write(f"{variable} = {made}")
            case CompositeShape():
                self._finish_object(code, variable, shape)
            case _:
                assert_never(shape)

    def _finish_object(self, code: FunctionCode, variable: str, shape: CompositeShape) -> None:
        place = self.types.place_of(shape)
        if code.depth < _DEEPEST:
            self._finish_here(code, variable, place)
            return
        below = _code(code.title)
        self._finish_here(below, "value", place)
        below.write("return value")
        code.write(f"{variable} = {code.constant(below.define('value', 'growing'))}({variable}, growing)")

    def _finish_here(self, code: FunctionCode, variable: str, place: Place) -> None:
        answered = self.types.at_home(place)
        attributes = answered.attributes
        tables = place.tables_after(None)
        wanted = dict.fromkeys(each.source for table in tables for each in table.fields)
        raw = {source: code.variable() for source in wanted}
        code.write(*(f"{at} = {variable}.{attributes[source]}" for source, at in raw.items()))
        shared = place.shared
        if shared is not None:
            self._stand_for_all(code, variable, place, shared, raw)
            return
        for each in tables:
            to_come = place.to_come(each)
            first, table = code.variable(), _table(code, each)
            code.write(f"key = {_key(code, each, raw, answered.texts)}", f"{first} = {table}.get(key)")
            code.write(
                f"if {first} is None: {first} = {table}[key] = growing.dig({', '.join(['...'] * len(to_come))})"
            )
            for offset, one in enumerate(to_come):
                at = f"{first} + {offset}" if offset else first
                code.write(f"{variable}.{attributes[one.key]} = growing.holes[{at}]")
        for attribute in answered.hidden:
            code.write(f"{variable}.{attribute} = UNSET")
        for selected in place.selected_from(place.home):
            if not self._is_finished(selected.shape):
                value = self._take(code, variable, attributes[selected.key], selected)
                if self._is_replaced(selected.shape):
                    code.write(f"{variable}.{attributes[selected.key]} = {value}")

    def _stand_for_all(
        self, code: FunctionCode, variable: str, place: Place, shared: Table, raw: Mapping[str, str]
    ) -> None:
        """The hole of all objects that send the same in the place of one."""
        key, hole, table = code.variable(), code.variable(), _table(code, shared)
        code.write(
            f"{key} = {_key(code, shared, raw, self.types.at_home(place).texts)}",
            f"{hole} = {table}.get({key})",
        )
        with code.block(f"if {hole} is None"):
            entries = []
            for each in place.fields:
                name = code.constant(each.key)
                if isinstance(each, TypenameField):
                    entries.append(f"{name}: {code.constant(each.value)}")
                elif isinstance(each, DataField) and place.sources[each.key] is place.home:
                    self._finish(code, raw[each.key], each.shape)
                    entries.append(f"{name}: {raw[each.key]}")
                else:
                    entries.append(f"{name}: ...")
            code.write(f"{hole} = {table}[{key}] = growing.dig({{{', '.join(entries)}}})")
        code.write(f"{variable} = growing.holes[{hole}]")


def _code(title: str) -> FunctionCode:
    code = FunctionCode(title)
    code.names |= {
        "write": write_text,
        "read_representation": _read_representation,
        "Raw": msgspec.Raw,
        "UNSET": msgspec.UNSET,
    }
    return code


def _table(code: FunctionCode, table: Table) -> str:
    return code.first(f"table{table.number}", f"growing.tables[{table.number}]")


def _lasting(selected: DataField, variable: str) -> str:
    """The expression for a value that will stand a while: objects are written at once."""
    shape = selected.shape.of if isinstance(selected.shape, NonNullShape) else selected.shape
    return variable if isinstance(shape, LeafShape) else f"Raw(write({variable}))"


def _read_for_chained(
    code: FunctionCode,
    place: Place,
    spot: EntitySpot,
    table: Table,
    chained: Iterable[Table],
    answered: AnsweredObject,
) -> dict[str, str]:
    """Variables that hold what chained tables send: read from the answer, or known from what was sent for it."""
    wanted = dict.fromkeys(each.source for later in chained for each in later.fields)
    raw = {source: code.variable() for source in wanted}
    before = {each.source: each.name for each in table.fields}
    if any(source in before for source in wanted):
        first = code.constant(table.fields[0].name)
        code.write(f"sent = {{{first}: sent}} if sent.__class__ is str else read_representation(sent)")
    for source, variable in raw.items():
        if place.sources[source] is spot:
            code.write(f"{variable} = entity.{answered.attributes[source]}")
        else:
            code.write(f"{variable} = sent[{code.constant(before[source])}]")
    return raw


def _key(
    code: FunctionCode, table: Table, raw: Mapping[str, str], texts: frozenset[str] = frozenset()
) -> str:
    """What tells the table's entries apart. Mere text stands for itself, all else for its JSON: there 1 is not 1.0.

    `texts` are the sources that were read as text and as nothing else.
    """
    pairs = [(code.constant(each.name), raw[each.source]) for each in table.fields]
    inner = "".join(f", {name}: {variable}" for name, variable in pairs)
    whole = f"write({{{code.constant(TYPENAME)}: {code.constant(table.type_name)}{inner}}})"
    if len(pairs) > 1:
        return whole
    variable = pairs[0][1]
    if table.fields[0].source in texts:
        return variable
    return f"{variable} if {variable}.__class__ is str else {whole}"
