"""Keys of an answer that are stored under other names: aliases that would have collided in the subgraph's document."""

from collections.abc import Iterable, Iterator, Sequence

from supergraph.gateway.executor.problems import ResponsePath
from supergraph.gateway.executor.representations import is_of_type
from supergraph.planner import EachItem, RenameKey, Step

Object = dict[str, object]


def rename_in_answer(objects: Iterable[object], renames: Sequence[RenameKey]) -> None:
    """Rename in place, in an answer that nobody else holds. `objects` are what the paths start from."""
    # All are found before any is renamed: two branches may exchange their names.
    found: list[tuple[Object, str, str]] = []
    for rename in renames:
        *way, last = rename.path
        assert isinstance(last, Step), "a rename ends at a key"
        found.extend((item, last.key, rename.to) for item in _below(objects, way) if last.key in item)
    values = [item.pop(key) for item, key, _ in found]
    for (item, _, to), value in zip(found, values, strict=True):
        item[to] = value


def _below(objects: Iterable[object], way: Sequence[Step | EachItem]) -> Iterator[Object]:
    level = list(_items(objects))
    for step in way:
        if isinstance(step, Step):
            level = list(_items([item.get(step.key) for item in level]))
        if step.types is not None:
            level = [item for item in level if is_of_type(item, step.types)]
    return iter({id(item): item for item in level}.values())


def _items(values: Iterable[object]) -> Iterator[Object]:
    """The objects among values, those in lists included."""
    for value in values:
        if isinstance(value, dict):
            yield value
        elif isinstance(value, list):
            yield from _items(value)


def rename_in_path(path: ResponsePath, renames: Sequence[RenameKey]) -> ResponsePath:
    """A subgraph's path in the names under which the tree stores what it brought."""
    renamed = list(path)
    for rename in renames:
        keys = [step.key for step in rename.path if isinstance(step, Step)]
        positions = [index for index, step in enumerate(path) if isinstance(step, str)][: len(keys)]
        if [path[index] for index in positions] == keys:
            renamed[positions[-1]] = rename.to
    return tuple(renamed)
