"""Drawing an operation: any valid one over a schema, with fragments, aliases, conditions, and deferred parts."""

from dataclasses import dataclass, field, replace
from typing import Any

from graphql import (
    DocumentNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    Visitor,
    get_named_type,
    is_composite_type,
    parse,
    print_ast,
    validate,
    visit,
)
from hypothesis import strategies as st

ALIASES = ["k", "k", "id", "code", "label", "__typename", "_1_id", "_entities", "__proto__"]


@dataclass
class _Operation:
    draw: st.DrawFn
    schema: GraphQLSchema
    fragments: list[str] = field(default_factory=list)
    left: int = 40

    def selection(self, type_: Any, depth: int) -> str:
        parts = [self.part(type_, depth) for _ in range(self.draw(st.integers(1, 4)))]
        return "{ " + " ".join(parts) + " }"

    def part(self, type_: Any, depth: int) -> str:
        self.left -= 1
        kinds = ["field", "field", "field", "typename"]
        if depth < 4 and self.left > 0:
            kinds += ["inline", "named"]
        kind = self.draw(st.sampled_from(kinds))
        if kind == "typename" or (kind == "field" and isinstance(type_, GraphQLUnionType)):
            return self.draw(st.sampled_from(["__typename", "kind: __typename"])) + self.condition()
        if kind == "field":
            return self.field(type_, depth)
        on = self.draw(st.sampled_from(self.conditions_on(type_)))
        if kind == "inline":
            named = f" on {on.name}" if on is not type_ or self.draw(st.booleans()) else ""
            return f"...{named}{self.condition()} {self.selection(on, depth + 1)}"
        name = f"F{len(self.fragments)}"
        self.fragments.append("")
        self.fragments[int(name[1:])] = f"fragment {name} on {on.name} {self.selection(on, depth + 1)}"
        again = f" ...{name}" if self.draw(st.booleans()) else ""
        return f"...{name}{self.condition()}{again}"

    def conditions_on(self, type_: Any) -> list[Any]:
        found = [type_]
        if isinstance(type_, GraphQLInterfaceType | GraphQLUnionType):
            found += sorted(self.schema.get_possible_types(type_), key=lambda each: each.name)
        possible = (
            set(self.schema.get_possible_types(type_)) if type_ in found[1:] or len(found) > 1 else {type_}
        )
        for each in self.schema.type_map.values():
            is_other = isinstance(each, GraphQLInterfaceType | GraphQLUnionType) and each is not type_
            if is_other and possible & set(self.schema.get_possible_types(each)):
                found.append(each)
        return found

    def field(
        self, type_: GraphQLObjectType | GraphQLInterfaceType, depth: int, may_be_left_out: bool = True
    ) -> str:
        leaves = [
            name for name, each in type_.fields.items() if not is_composite_type(get_named_type(each.type))
        ]
        deep = depth < 4 and self.left > 0
        name = self.draw(st.sampled_from(list(type_.fields) if deep or not leaves else leaves))
        definition = type_.fields[name]
        argument, alias = "", ""
        if definition.args:
            choices = {"": "", "(x: 2)": f"{name}_2: ", "(x: $n)": f"{name}_n: "}
            if "w" in definition.args:
                choices |= {
                    "(w: {a: $n})": f"{name}_w: ",
                    "(x: 2, w: $w)": f"{name}_2w: ",
                    "(w: null)": f"{name}_0: ",
                }
            argument = self.draw(st.sampled_from(list(choices)))
            alias = choices[argument]
            if argument and self.draw(st.integers(0, 3)) == 0:
                alias = "k: "  # which may stand for another value of the argument on another type
        if not alias and self.draw(st.integers(0, 5)) == 0:
            alias = f"{self.draw(st.sampled_from(ALIASES))}: "
        below = get_named_type(definition.type)
        selection = f" {self.selection(below, depth + 1)}" if is_composite_type(below) else ""
        condition = self.condition() if may_be_left_out else ""
        return f"{alias}{name}{argument}{condition}{selection}"

    def condition(self) -> str:
        if self.draw(st.integers(0, 7)):
            return ""
        directive = self.draw(st.sampled_from(["include", "skip"]))
        return f" @{directive}(if: ${self.draw(st.sampled_from('pq'))})"


@st.composite
def operations(
    draw: st.DrawFn, schema: GraphQLSchema, subscribes: bool = False
) -> tuple[str, dict[str, Any]]:
    """A valid operation and its variables."""
    operation = _Operation(draw, schema)
    if subscribes:
        kind, body = (
            "subscription",
            f"{{ {operation.field(schema.subscription_type, 0, may_be_left_out=False)} }}",
        )
    else:
        is_mutation = schema.mutation_type is not None and draw(st.booleans())
        kind = "mutation" if is_mutation else "query"
        body = operation.selection(schema.mutation_type if is_mutation else schema.query_type, 0)
    text = " ".join([body, *operation.fragments])
    used = [
        f"${name}: {kind}!"
        for name, kind in (("p", "Boolean"), ("q", "Boolean"), ("n", "Int"), ("w", "In"))
        if f"${name}" in text
    ]
    query = f"{kind} {'(' + ', '.join(used) + ')' if used else ''} {text}"
    variables = {"p": draw(st.booleans()), "q": draw(st.booleans()), "n": draw(st.integers(0, 3))}
    if "$w" in text:
        variables["w"] = draw(st.sampled_from([{}, {"a": 3}, {"a": None}]))
    return query, {name: value for name, value in variables.items() if f"${name}" in text}


def is_valid(schema: GraphQLSchema, document: DocumentNode) -> bool:
    return not validate(schema, document)


@st.composite
def deferrals(draw: st.DrawFn, query: str) -> str:
    """The operation with `@defer` on some of its fragments."""

    class Deferring(Visitor):
        def enter(self, node: Any, *_: Any) -> Any:
            if not isinstance(node, InlineFragmentNode | FragmentSpreadNode) or not draw(st.booleans()):
                return None
            switch = draw(st.sampled_from(["", "(if: $p)"] if "$p" in query else [""]))
            [definition] = parse(f"{{ ... @defer{switch} {{ x }} }}").definitions
            [fragment] = definition.selection_set.selections
            return replace(node, directives=(*(node.directives or ()), *fragment.directives))

    return print_ast(visit(parse(query), Deferring()))
