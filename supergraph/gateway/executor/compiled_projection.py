"""The projection as plain Python, written for one operation: the quick way for answers in which nothing went wrong.

It gives what `projection` gives, or gives up: on the first value that is not as the schema says it raises
`SurpriseError`, and `projection` does it all again and tells what was wrong. So it knows of no errors, no denied fields
and no places. Measured on the benchmark's 390 objects, it takes a tenth of the time.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import assert_never, cast

from supergraph.gateway.executor.function_code import SurpriseError
from supergraph.gateway.executor.projection_program import (
    CompositeShape,
    DataField,
    DeniedField,
    IntrospectionField,
    ProjectionProgram,
    TypenameField,
)
from supergraph.gateway.executor.value_code import ValueCode

Object = dict[str, object]
Introspection = Mapping[str, object]
ProjectObject = Callable[[object, Introspection], Object]


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
    """Writes one function per selection and type."""

    program: ProjectionProgram

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

    def _call(self, code: ValueCode, variable: str, shape: CompositeShape) -> str:
        return f"{code.constant(self.composite_function(shape))}({variable}, introspection)"

    def object_function(self, shape: CompositeShape, type_name: str) -> ProjectObject:
        """The function for the objects of one type at one place of the operation."""
        code = ValueCode(f"projection of {type_name}", composite=self._call)
        code.write("if value.__class__ is not dict: raise SurpriseError")
        entries = []
        for each in self.program.object_program(shape, type_name).fields:
            key = code.constant(each.key)
            match each:
                case DataField(shape=below):
                    source = key if each.source == each.key else code.constant(each.source)
                    variable = code.variable()
                    code.write(f"{variable} = value[{source}]")
                    entries.append(f"{key}: {code.field(variable, below)}")
                case TypenameField(value=str(name)):
                    entries.append(f"{key}: {code.constant(name)}")
                case IntrospectionField():
                    entries.append(f"{key}: introspection[{key}]")
                case TypenameField() | DeniedField():
                    code.write("raise SurpriseError")
                case _:
                    assert_never(each)
        code.write(f"return {{{', '.join(entries)}}}")
        return cast("ProjectObject", code.define("value", "introspection"))
