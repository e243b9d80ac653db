"""Names in the forms that Python, SQL, GraphQL and people write them in."""

import re
from typing import Final

_WORD_BEGINS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def snake(pascal: str) -> str:
    """`PointAward` -> `point_award`."""
    return _WORD_BEGINS.sub("_", pascal).lower()


def camel(snake_name: str) -> str:
    """`point_award` -> `pointAward`: as Strawberry names a Python name in the graph."""
    first, *rest = snake_name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def pascal(snake_name: str) -> str:
    """`point_award` -> `PointAward`."""
    return "".join(part.capitalize() for part in snake_name.split("_"))


def spoken(snake_name: str) -> str:
    """`point_award` -> `point award`."""
    return snake_name.replace("_", " ")


def plural_of(singular: str) -> str:
    """The regular English plural. Who has an irregular one says it: `--plural people`."""
    if singular.endswith(("s", "x", "z", "ch", "sh")):
        return f"{singular}es"
    if singular.endswith("y") and singular[-2:-1] not in set("aeiou"):
        return f"{singular[:-1]}ies"
    return f"{singular}s"


def with_article(noun: str) -> str:
    return f"{'an' if noun[0] in set('aeiou') else 'a'} {noun}"
