"""Python written for values of the schema's types: whether one is as it should be, and what of it goes on."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, assert_never

from supergraph.gateway.executor.leaf_values import INVALID, LeafCheck
from supergraph.gateway.executor.projection_program import (
    CompositeShape,
    LeafShape,
    ListShape,
    NonNullShape,
    ValueShape,
)


class SurpriseError(Exception):
    """Something is not as the schema says, so what was written for the usual case gives up."""


@dataclass(slots=True)
class FunctionCode:
    """A function under construction. All names in its text are made here; whatever came from outside is a constant.

    `composite` makes the function for objects of a shape; it is called with the value and `argument`.
    """

    title: str
    argument: str
    composite: Callable[[CompositeShape], object]
    lines: list[str] = field(default_factory=list)
    names: dict[str, object] = field(
        default_factory=lambda: {"SurpriseError": SurpriseError, "a_list": _a_list}
    )

    def define(self, *parameters: str) -> Callable[..., object]:
        """The function of all lines so far."""
        head = f"def written({', '.join(parameters)}):\n"
        text = head + "".join(f"    {line}\n" for line in self.lines)
        exec(compile(text, f"<{self.title}>", "exec"), self.names)  # noqa: S102 - the text is our own
        # Taken out again: a function that stands among its own globals is a cycle, and outlives its snapshot.
        function: Callable[..., object] = self.names.pop("written")  # type: ignore[assignment] # what was just defined
        return function

    def constant(self, value: object) -> str:
        """A name for a value in the function's text."""
        name = f"n{len(self.names)}"
        self.names[name] = value
        return name

    def field(self, variable: str, shape: ValueShape) -> str:
        """Lines that check the field's value in `variable`; the expression for what goes on."""
        may_be_null = not isinstance(shape, NonNullShape)
        inner = shape if not isinstance(shape, NonNullShape) else shape.of
        if not isinstance(inner, LeafShape):
            if isinstance(inner, ListShape):
                guard = f"{variable} is not None and " if may_be_null else ""
                self.lines.append(f"if {guard}{variable}.__class__ is not list: raise SurpriseError")
            return self._value(variable, shape, 0)
        condition = self._wrong(variable, inner)
        if condition is None:
            unlike = f"{variable} is not None and " if may_be_null else ""
            usual = "str" if inner.type_name == "ID" else "float" if inner.type_name == "Float" else "None"
            unlike = f"if {unlike}{variable}.__class__ is not {usual}: "
            self.lines.append(f"{unlike}{variable} = {self.constant(_checked(inner.check))}({variable})")
        else:
            guard = f"{variable} is not None and " if may_be_null else ""
            self.lines.append(f"if {guard}({condition}): raise SurpriseError")
        return variable

    def _wrong(self, variable: str, shape: LeafShape) -> str | None:
        """The condition under which a leaf is not, as it stands, of its type. None: only its check can say."""
        kind = f"{variable}.__class__"
        if shape.values is not None:
            return f"{kind} is not str or {variable} not in {self.constant(shape.values)}"
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
                return f"{self.constant(_checked(shape.check))}({variable})"
            case ListShape(of=inner):
                item = f"item{depth}"
                items = variable if depth == 0 else f"a_list({variable})"
                return f"[{self._value(item, inner, depth + 1)} for {item} in {items}]"
            case CompositeShape():
                return f"{self.constant(self.composite(shape))}({variable}, {self.argument})"
            case _:
                assert_never(shape)


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
