"""What goes wrong on purpose: a use case that refuses, a subgraph that is put together wrongly."""

from uuid import UUID


class Refusal(Exception):  # noqa: N818 - a use case refuses; nothing is broken
    """A use case says no. Becomes an error of the field with this message and `extensions.code`.

    The message is written for the person who asked; every other exception is masked.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def read_id(text: str) -> UUID:
    """The id behind a GraphQL `ID`. What is none refuses, in words for whoever sent it."""
    try:
        return UUID(text)
    except ValueError:
        raise Refusal("BAD_USER_INPUT", f'"{text}" is not an id') from None


class SubgraphError(ValueError):
    """A subgraph that contradicts itself. Raised while it is put together, never while it serves."""
