"""The response as text with holes: what was answered is written at once, what is still to come leaves a hole.

So no object outlives the walk through the answer that brought it. With many requests under way that counts for more
than the work itself: objects kept until the last answer have left the processor's caches by the time they are written.
"""

from typing import Any, Final

import msgspec

Object = dict[str, object]
Tables = list[dict[Any, Any]]
"""Those of one request, by number. Keys are the text of the one field that is sent, or a whole encoded representation;
values are numbers of holes, or lists of them."""

_MARK: Final = b"\0"
"""A hole's first byte. JSON holds no such byte: in strings it is escaped, and elsewhere it may not be."""

write_text: Final = msgspec.json.Encoder().encode
"""What was read by the types of answers, and holes in it, as JSON. Raises TypeError for what has no form there."""


def _new_holes(first: int, end: int) -> list[msgspec.Raw]:
    return [msgspec.Raw(_MARK + b"(%d)b" % number) for number in range(first, end)]


_HOLES: Final = _new_holes(0, 512)
"""Enough for most; whoever needs more makes a longer list of their own."""


class GrowingResponse:
    """`holes` stand, by number, for what is to come in what is written; `filled` is what came: text, or an object.

    An object is written at the end, so it may be filled bit by bit. Whatever fills a hole may have holes of higher
    numbers only: they are dug when the answer is walked that fills the first.
    """

    __slots__ = ("filled", "holes", "root", "tables")

    def __init__(self, root: Object, tables: int) -> None:
        self.root = root
        self.tables: Tables = [{} for _ in range(tables)]
        self.filled: list[Any] = []
        self.holes = _HOLES

    def dig(self, *filled: object) -> int:
        """The first of as many new holes side by side. What stays `...` has no form in JSON and stops `text`."""
        number = len(self.filled)
        self.filled += filled
        dug = len(self.filled)
        if dug > len(self.holes):
            self.holes = [*self.holes, *_new_holes(len(self.holes), 4 * dug)]
        return number

    def text(self) -> bytes:
        """The whole. Raises TypeError."""
        texts: dict[bytes, bytes] = {}
        for number in range(len(self.filled) - 1, -1, -1):
            part = self.filled[number]
            if part.__class__ is not bytes:
                part = write_text(part)
            texts[b"%d" % number] = _without_holes(part, texts)
        return _without_holes(write_text(self.root), texts)


def _without_holes(text: bytes, texts: dict[bytes, bytes]) -> bytes:
    # Formatting by names is the quickest way to fill in many: no piece becomes an object of its own.
    return text.replace(b"%", b"%%").replace(_MARK, b"%") % texts
