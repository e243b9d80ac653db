"""Python written for values of the schema's types: whether one is as it should be, and what of it goes on."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, assert_never

from supergraph.gateway.executor.function_code import FunctionCode, SurpriseError
from supergraph.gateway.executor.leaf_values import INVALID, LeafCheck
from supergraph.gateway.executor.projection_program import (
    CompositeShape,
    LeafShape,
    ListShape,
    NonNullShape,
    ValueShape,
)


@dataclass(slots=True)
class ValueCode(FunctionCode):
    """A function that checks values. `composite` writes what checks an object of a shape.

    The object is in the variable of that name; the answer is the expression for what goes on.
    """

    composite: Callable[["ValueCode", str, CompositeShape], str] = field(kw_only=True)

    def field(self, variable: str, shape: ValueShape) -> str:
        """Lines that check the value in `variable`; the expression for what goes on."""
        may_be_null = not isinstance(shape, NonNullShape)
        inner = shape if not isinstance(shape, NonNullShape) else shape.of
        match inner:
            case LeafShape():
                self._check_leaf(variable, inner, may_be_null=may_be_null)
                return variable
            case ListShape() if _holds_leaves(inner):
                guard = f"{variable} is not None and " if may_be_null else ""
                self.write(f"if {guard}{variable}.__class__ is not list: raise SurpriseError")
                return self._leaves(variable, shape, 0)
            case ListShape() | CompositeShape() if may_be_null:
                made = self.variable()
                self.write(f"if {variable} is None: {made} = None")
                with self.block("else"):
                    self.write(f"{made} = {self._nested(variable, inner)}")
                return made
            case ListShape() | CompositeShape():
                return self._nested(variable, inner)
            case _:
                assert_never(inner)

    def _nested(self, variable: str, shape: ListShape | CompositeShape) -> str:
        """For what is not null."""
        if isinstance(shape, CompositeShape):
            return self.composite(self, variable, shape)
        made, item = self.variable(), self.variable()
        self.write(f"if {variable}.__class__ is not list: raise SurpriseError", f"{made} = []")
        with self.block(f"for {item} in {variable}"):
            self.write(f"{made}.append({self.field(item, shape.of)})")
        return made

    def _check_leaf(self, variable: str, shape: LeafShape, *, may_be_null: bool) -> None:
        guard = f"{variable} is not None and " if may_be_null else ""
        condition = self._wrong(variable, shape)
        if condition is not None:
            self.write(f"if {guard}({condition}): raise SurpriseError")
            return
        usual = "str" if shape.type_name == "ID" else "float" if shape.type_name == "Float" else "None"
        check = self.constant(always_checked(shape.check))
        self.write(f"if {guard}{variable}.__class__ is not {usual}: {variable} = {check}({variable})")

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

    def _leaves(self, variable: str, shape: ValueShape, depth: int) -> str:
        """The expression for a list of leaves, maybe of lists of them."""
        match shape:
            case NonNullShape(of=inner):
                return self._present_leaves(variable, inner, depth)
            case _:
                return f"(None if {variable} is None else {self._present_leaves(variable, shape, depth)})"

    def _present_leaves(
        self, variable: str, shape: LeafShape | ListShape | CompositeShape, depth: int
    ) -> str:
        match shape:
            case LeafShape():
                return f"{self.constant(always_checked(shape.check))}({variable})"
            case ListShape(of=inner):
                item = f"item{depth}"
                items = variable if depth == 0 else f"{self.constant(_a_list)}({variable})"
                return f"[{self._leaves(item, inner, depth + 1)} for {item} in {items}]"
            case CompositeShape():
                raise AssertionError("a list of leaves holds no objects")
            case _:
                assert_never(shape)


def _holds_leaves(shape: ListShape) -> bool:
    inner: ValueShape = shape
    while isinstance(inner, ListShape | NonNullShape):
        inner = inner.of
    return isinstance(inner, LeafShape)


def _a_list(value: object) -> list[object]:
    if isinstance(value, list):
        return value
    raise SurpriseError


def always_checked(check: LeafCheck) -> LeafCheck:
    """The check of a leaf for where it may not fail; null fails too."""

    def checked(value: object) -> object:
        done: Final = INVALID if value is None else check(value)
        if done is INVALID:
            raise SurpriseError
        return done

    return checked
