"""A plan as plain Python: answers go straight into the response, which is never built twice.

What is read as an answer's object is at once the response's (`answer_types`). What other answers will bring for it gets
holes, and the holes are noted in the tables of those that will be asked (`graft_code`). So the tree of an answer lives no
longer than it takes to walk it, and what is brought for an entity is written once for each distinct representation.
Where all that is selected of entities follows from what is sent for them, a whole entity is one hole.

Like `compiled_projection`, it knows only the usual case: on anything else it raises SurpriseError (or ValueError, TypeError,
RecursionError), and the interpreter does it all again with the answers that are there.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import GenericAlias

from supergraph.gateway.executor.answer_types import Answer, AnswerTypes, TypeForm, answer_reader
from supergraph.gateway.executor.fetch_program import FetchProgram, Spot, fetches_of
from supergraph.gateway.executor.graft_code import Graft, Grafting
from supergraph.gateway.executor.plan_layout import (
    TYPENAME,
    InexpressibleError,
    PlanLayout,
    Table,
    lay_out,
)
from supergraph.gateway.executor.projection_program import ProjectionProgram, TypenameField
from supergraph.gateway.executor.response_text import GrowingResponse, Object, write_text
from supergraph.planner import Condition, Defer, Fetch, Parallel, PlanNode, QueryPlan, Sequence, Subscribe

Representations = Callable[[GrowingResponse], bytes]


@dataclass(frozen=True, slots=True)
class CompiledEntities:
    """One spot of an entity fetch. `variable` is encoded up to the value."""

    variable: bytes
    table: int
    representations: Representations


@dataclass(frozen=True, slots=True)
class CompiledFetch:
    """`read` takes an answer's body, `graft` its `data`. Both raise for whatever is not as usual."""

    program: FetchProgram
    entities: tuple[CompiledEntities, ...]
    read: Callable[[bytes], Answer]
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
        types = AnswerTypes({id(place.shape): place for place in layout.places.values()})
        compilation = _Compilation(layout, types, Grafting(layout.root, types))
        compiled = {at: compilation.fetch(program) for at, program in fetches.items()}
    except InexpressibleError:
        return None
    template: Object = {
        each.key: each.value if isinstance(each, TypenameField) else None for each in layout.root.fields
    }
    return CompiledPlan(node, compiled, template, layout.tables)


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
    types: AnswerTypes
    grafting: Grafting

    def fetch(self, program: FetchProgram) -> CompiledFetch:
        if isinstance(program.asks, Spot):
            selected = self.layout.root.selected_from(program.asks)
            read, attributes = answer_reader({each.key: self.types.type_of(each.shape) for each in selected})
            return CompiledFetch(program, (), read, self.grafting.root_graft(program.asks, attributes))
        entities: list[CompiledEntities] = []
        grafts: list[Graft] = []
        answered: dict[str, TypeForm] = {}
        for spot in program.asks:
            place = self.layout.place_of(spot)
            table = place.by_spot[spot.order]
            brought = self.types.brought(place, spot)
            answered[spot.alias] = GenericAlias(list, (brought.type,))
            grafts.append(self.grafting.entities_graft(place, table, spot, brought))
            variable = b'"%s":' % spot.variable.encode()
            entities.append(CompiledEntities(variable, table.number, _representations(table)))
        read, attributes = answer_reader(answered)
        return CompiledFetch(
            program, tuple(entities), read, _graft_all(tuple(zip(attributes.values(), grafts, strict=True)))
        )


def _representations(table: Table) -> Representations:
    type_name, number, name = table.type_name, table.number, table.fields[0].name

    def read(growing: GrowingResponse) -> bytes:
        encoded = [
            write_text({TYPENAME: type_name, name: key}) if key.__class__ is str else key
            for key in growing.tables[number]
        ]
        return b"[%s]" % b",".join(encoded)

    return read


def _graft_all(grafts: tuple[tuple[str, Graft], ...]) -> Graft:
    def graft(data: object, growing: GrowingResponse) -> None:
        for attribute, graft_one in grafts:
            graft_one(getattr(data, attribute), growing)

    return graft
