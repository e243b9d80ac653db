"""The projection as plain Python, written for one operation: the quick way for answers in which nothing went wrong.

It gives what `projection` gives, or gives up: on the first value that is not as the schema says it raises
`SurpriseError`, and `projection` does it all again and tells what was wrong. So it knows of no errors, no denied fields
and no places. Measured on the benchmark's 390 objects, it takes a tenth of the time.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, assert_never

from supergraph.gateway.executor.leaf_values import INVALID, LeafCheck
from supergraph.gateway.executor.projection_program import (
    CompositeShape,
    DataField,
    DeniedField,
    IntrospectionField,
    LeafShape,
    ListShape,
    NonNullShape,
    ProjectionProgram,
    TypenameField,
    ValueShape,
)

Object = dict[str, object]
Introspection = Mapping[str, object]
ProjectObject = Callable[[object, Introspection], Object]


class SurpriseError(Exception):
    """Something is not as the schema says."""


def compile_projection(program: ProjectionProgram) -> ProjectObject:
    """A function from the tree's data to the response's. It raises SurpriseError for whatever it cannot vouch for."""
    compiled = _Compilation(program).object_function(program.root, program.root.type.name)

    def project(value: object, introspection: Introspection) -> Object:
        try:
            return compiled(value, introspection)
        except (KeyError, RecursionError) as error:
            raise SurpriseError from error

    return project


@dataclass(slots=True)
class _Compilation:
    """Writes one function per selection and type. Names in what it writes are GraphQL's, quoted, or its own."""

    program: ProjectionProgram

    def object_function(self, shape: CompositeShape, type_name: str) -> ProjectObject:
        return _ObjectFunction(self).compile(shape, type_name)

    def composite_function(self, shape: CompositeShape) -> ProjectObject:
        if shape.object_type is not None:
            return self.object_function(shape, shape.object_type)
        by_type: dict[str, ProjectObject] = {}

        def project_abstract(value: object, introspection: Introspection) -> Object:
            if not isinstance(value, dict):
                raise SurpriseError
            name = value.get("__typename")
            if not isinstance(name, str):
                raise SurpriseError
            function = by_type.get(name)
            if function is None:
                if not self.program.possible(shape, name):
                    raise SurpriseError
                function = by_type[name] = self.object_function(shape, name)
            return function(value, introspection)

        return project_abstract


@dataclass(slots=True)
class _ObjectFunction:
    """Writes the function for the objects of one type at one place of the operation."""

    compilation: _Compilation
    lines: list[str] = field(default_factory=list)
    names: dict[str, object] = field(
        default_factory=lambda: {"SurpriseError": SurpriseError, "a_list": _a_list}
    )

    def compile(self, shape: CompositeShape, type_name: str) -> ProjectObject:
        entries = []
        for number, each in enumerate(self.compilation.program.object_program(shape, type_name).fields):
            match each:
                case DataField(key=key, shape=below):
                    self.lines.append(f"v{number} = value[{key!r}]")
                    entries.append(f"{key!r}: {self._field(f'v{number}', below)}")
                case TypenameField(key=key, value=str(name)):
                    entries.append(f"{key!r}: {name!r}")
                case IntrospectionField(key=key):
                    entries.append(f"{key!r}: introspection[{key!r}]")
                case TypenameField() | DeniedField():
                    self.lines.append("raise SurpriseError")
                case _:
                    assert_never(each)
        body = ["if value.__class__ is not dict: raise SurpriseError", *self.lines]
        text = "".join(("def project_object(value, introspection):\n", *(f"    {line}\n" for line in body)))
        text += f"    return {{{', '.join(entries)}}}\n"
        exec(compile(text, f"<projection of {type_name}>", "exec"), self.names)  # noqa: S102 - the text is our own
        function: ProjectObject = self.names["project_object"]  # type: ignore[assignment] # what was just defined
        return function

    def _field(self, variable: str, shape: ValueShape) -> str:
        """Check a field's value; the expression for what goes into the response."""
        may_be_null = not isinstance(shape, NonNullShape)
        inner = shape if not isinstance(shape, NonNullShape) else shape.of
        if not isinstance(inner, LeafShape):
            return self._value(variable, shape, 0)
        condition = self._wrong(variable, inner)
        if condition is None:
            unlike = f"{variable} is not None and " if may_be_null else ""
            usual = "str" if inner.type_name == "ID" else "float" if inner.type_name == "Float" else "None"
            unlike = f"if {unlike}{variable}.__class__ is not {usual}: "
            self.lines.append(f"{unlike}{variable} = {self._name(_checked(inner.check))}({variable})")
        else:
            guard = f"{variable} is not None and " if may_be_null else ""
            self.lines.append(f"if {guard}({condition}): raise SurpriseError")
        return variable

    def _wrong(self, variable: str, shape: LeafShape) -> str | None:
        """The condition under which a leaf is not, as it stands, of its type. None: only its check can say."""
        kind = f"{variable}.__class__"
        if shape.values is not None:
            return f"{kind} is not str or {variable} not in {self._name(shape.values)}"
        match shape.type_name:
            case "String":
                return f"{kind} is not str"
            case "Int":
                return f"{kind} is not int or not {-(2**31)} <= {variable} <= {2**31 - 1}"
            case "Boolean":
                return f"{kind} is not bool"
            case _:
                return None

    def _value(self, variable: str, shape: ValueShape, depth: int) -> str:
        match shape:
            case NonNullShape(of=inner):
                return self._present(variable, inner, depth)
            case _:
                return f"(None if {variable} is None else {self._present(variable, shape, depth)})"

    def _present(self, variable: str, shape: LeafShape | ListShape | CompositeShape, depth: int) -> str:
        match shape:
            case LeafShape():
                return f"{self._name(_checked(shape.check))}({variable})"
            case ListShape(of=inner):
                item = f"item{depth}"
                return f"[{self._value(item, inner, depth + 1)} for {item} in a_list({variable})]"
            case CompositeShape():
                return f"{self._name(self.compilation.composite_function(shape))}({variable}, introspection)"
            case _:
                assert_never(shape)

    def _name(self, value: object) -> str:
        name = f"n{len(self.names)}"
        self.names[name] = value
        return name


def _a_list(value: object) -> list[object]:
    if isinstance(value, list):
        return value
    raise SurpriseError


def _checked(check: LeafCheck) -> LeafCheck:
    """The check of a leaf for where it may not fail; null fails too."""

    def checked(value: object) -> object:
        done: Final = INVALID if value is None else check(value)
        if done is INVALID:
            raise SurpriseError
        return done

    return checked
