"""`@fromContext`: variables of an entity fetch that are read above each entity, on the way down to it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import orjson

from supergraph.gateway.executor.json_text import write_json
from supergraph.gateway.executor.representations import is_of_type
from supergraph.planner import ContextValue, EachItem, FetchPath, RequiredField, RequiredSelection, Step
from supergraph.spec import TypeName

Object = dict[str, object]


@dataclass(frozen=True, slots=True)
class ContextReader:
    """Reads the variables of one fetch, whose entities stand at `path`."""

    path: FetchPath
    contexts: tuple[ContextValue, ...]
    possible_types: Mapping[TypeName, frozenset[TypeName]]

    def entities(self, data: Object) -> dict[bytes, list[Object]]:
        """The entities by what goes out with them: variables, name and value, as in a JSON object."""
        level: list[tuple[object, dict[str, object]]] = [(data, {})]
        for length, step in enumerate(self.path):
            level = self._told(length, level)
            if isinstance(step, Step):
                level = [
                    (value, told)
                    for item, told in level
                    if isinstance(item, dict) and (value := item.get(step.key)) is not None
                ]
            else:
                level = [(item, told) for items, told in level if isinstance(items, list) for item in items]
            types = step.types
            if types is not None:
                level = [
                    (item, told) for item, told in level if isinstance(item, dict) and is_of_type(item, types)
                ]
        groups: dict[bytes, list[Object]] = {}
        for item, told in level:
            if isinstance(item, dict):
                groups.setdefault(_encoded(told), []).append(item)
        return groups

    def _told(
        self, length: int, level: list[tuple[object, dict[str, object]]]
    ) -> list[tuple[object, dict[str, object]]]:
        """The objects of a level with what the contexts that stand there say."""
        for each in self.contexts:
            if len(each.path) == length:
                level = [
                    (item, {**told, each.variable: self._value(item, each.selections)})
                    for item, told in level
                ]
        return level

    def _value(self, item: object, selections: Sequence[RequiredSelection]) -> object:
        if isinstance(item, list):
            return [self._value(each, selections) for each in item]
        if not isinstance(item, dict):
            return None
        for each in self._applying(item, selections):
            value = item.get(each.source)
            return self._value(value, each.selections) if each.selections else value
        return None

    def _applying(self, item: Object, selections: Sequence[RequiredSelection]) -> Iterator[RequiredField]:
        for each in selections:
            if isinstance(each, RequiredField):
                yield each
            elif is_of_type(
                item, self.possible_types.get(each.type_condition, frozenset({each.type_condition}))
            ):
                yield from self._applying(item, each.selections)


def _encoded(told: Object) -> bytes:
    pairs = []
    for name, value in told.items():
        try:
            text = orjson.dumps(value)
        except TypeError:
            text = write_json(value)
        pairs.append(b'"%s":%s' % (name.encode(), text))
    return b",".join(pairs)


def is_below_context(path: FetchPath, contexts: Sequence[ContextValue], entities: FetchPath) -> bool:
    """Whether objects at `entities` lie on the way of `path` down from what its contexts are read from.

    Then two that are alike may be told apart by what stands above them.
    """
    if len(entities) >= len(path) or all(len(entities) < len(each.path) for each in contexts):
        return False
    return all(
        isinstance(ours, EachItem)
        if isinstance(theirs, EachItem)
        else getattr(ours, "key", None) == theirs.key
        for ours, theirs in zip(path, entities, strict=False)
    )
