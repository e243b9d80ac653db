"""Python under construction: functions written for one operation, of which every name and constant is our own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


class SurpriseError(Exception):
    """Something is not as the schema says, so what was written for the usual case gives up."""


@dataclass(slots=True)
class FunctionCode:
    """A function under construction. All names in its text are made here; whatever came from outside is a constant."""

    title: str
    lines: list[str] = field(default_factory=list)
    names: dict[str, object] = field(default_factory=lambda: {"SurpriseError": SurpriseError})
    depth: int = 1
    _first: dict[str, str] = field(default_factory=dict)
    _variables: int = 0

    def write(self, *lines: str) -> None:
        self.lines += ["    " * self.depth + line for line in lines]

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """What is written within stands under `head`."""
        self.write(f"{head}:")
        self.depth += 1
        yield
        self.depth -= 1

    def first(self, variable: str, expression: str) -> str:
        """A variable that has its value from the function's beginning, before all lines."""
        self._first[variable] = expression
        return variable

    def variable(self) -> str:
        """A name that no other variable has."""
        self._variables += 1
        return f"v{self._variables}"

    def define(self, *parameters: str) -> Callable[..., object]:
        """The function of all lines so far."""
        first = [f"    {variable} = {expression}" for variable, expression in self._first.items()]
        text = "\n".join((f"def written({', '.join(parameters)}):", *first, *self.lines, ""))
        exec(compile(text, f"<{self.title}>", "exec"), self.names)  # noqa: S102 - the text is our own
        # Taken out again: a function that stands among its own globals is a cycle, and outlives its snapshot.
        function: Callable[..., object] = self.names.pop("written")  # type: ignore[assignment] # what was just defined
        return function

    def constant(self, value: object) -> str:
        """A value in the function's text: its literal for text, which holds nothing but itself; else a name for it."""
        if value.__class__ is str:
            return ascii(value)
        name = f"n{len(self.names)}"
        self.names[name] = value
        return name
