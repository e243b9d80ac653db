"""Selections being collected: which field of a scope takes a later one of its response key in.

Two selections of one object become one wherever that leaves the order of the answer as it is: else what lies below is
fetched for each.
"""

from graphql import FieldNode, GraphQLCompositeType, SelectionSetNode

from supergraph.planner.operation.arguments import read_arguments
from supergraph.planner.operation.directives import Conditions, Deferred, in_order
from supergraph.planner.operation.model import ArgumentValue, Condition, Deferral

Held = tuple[SelectionSetNode, Conditions]
"""A field's selections, and what must hold for them beyond what holds for the field."""


class FieldScope:
    """One field being put together from all its occurrences. `at`: where it stands in its scope."""

    __slots__ = ("arguments", "at", "conditions", "directives", "key", "name", "nodes", "target")

    def __init__(
        self, key: str, node: FieldNode, conditions: Conditions, target: GraphQLCompositeType | None, at: int
    ) -> None:
        self.key = key
        self.name = node.name.value
        self.arguments = read_arguments(node.arguments) if node.arguments else ()
        self.directives: tuple[ArgumentValue, ...] = ()
        self.conditions = conditions
        self.target = target
        self.at = at
        self.nodes: list[Held] = []

    def take(self, selection_set: SelectionSetNode, conditions: Conditions) -> None:
        if self.conditions:
            conditions = tuple([each for each in conditions if each not in self.conditions])
        self.nodes.append((selection_set, conditions))


class Scope:
    """Selections of one type being collected; those of a deferred fragment on their own.

    `entries` keeps the order, `fields` finds what may merge. `open` has, by response key, the conditions of the last field
    that may take more in: what is said of an object later goes there, and not before what was said in between. `known` holds
    wherever the scope is reached at all.
    """

    __slots__ = ("_since", "conditions", "deferral", "entries", "fields", "known", "open", "seen", "type")

    def __init__(
        self,
        scope_type: GraphQLCompositeType,
        known: Conditions,
        deferral: Deferral | None = None,
        conditions: Conditions = (),
    ) -> None:
        self.type = scope_type
        self.known = known
        self.deferral = deferral
        self.conditions = conditions
        self.entries: list[FieldScope | Scope] = []
        self.fields: dict[tuple[str, Conditions], FieldScope] = {}
        self.open: dict[str, Conditions | None] = {}
        self.seen: set[tuple[str, Conditions, Deferred | None]] = set()
        self._since: dict[Condition, int] = {}
        """From which entry on all stand under a condition."""

    def add(self, entry: "FieldScope | Scope", conditions: Conditions = ()) -> None:
        if conditions or self._since:
            at = len(self.entries)
            self._since = {each: self._since.get(each, at) for each in conditions}
        self.entries.append(entry)

    def add_field(
        self, key: str, node: FieldNode, conditions: Conditions, target: GraphQLCompositeType | None
    ) -> FieldScope:
        found = FieldScope(key, node, conditions, target, len(self.entries))
        self.fields[key, conditions] = found
        self.open[key] = conditions
        self.add(found, conditions)
        return found

    def same(self, key: str, conditions: Conditions, *, is_leaf: bool) -> FieldScope | None:
        """The field under these very conditions that takes more of its key in."""
        if is_leaf or self.open.get(key) == conditions:
            return self.fields.get((key, conditions))
        return None

    def covering(self, key: str, conditions: Conditions, *, is_leaf: bool) -> FieldScope | None:
        """The field that takes more of its key in, as it is asked whenever that is, or may be from now on."""
        if is_leaf:
            found = self.fields.get((key, conditions))
            if found is None and conditions:
                found = self.fields.get((key, ()))
            if found is not None:
                return found
        last = self.open.get(key)
        if last is None:
            return None
        found = self.fields[key, last]
        if last == conditions or all(each in conditions for each in last):
            return found
        return found if self._widen(found, conditions) else None

    def _widen(self, found: FieldScope, conditions: Conditions) -> bool:
        """Ask a field under fewer conditions, where it may stand, without what it lacks, where the other one would.

        That is where all that stands between is left out whenever the field itself would be.
        """
        dropped = [each for each in found.conditions if each not in conditions]
        if found.directives or len(found.conditions) != len(conditions) + len(dropped):
            return False
        if any(self._since.get(each, found.at + 1) > found.at for each in dropped):
            return False
        del self.fields[found.key, found.conditions]
        self.fields[found.key, conditions] = found
        self.open[found.key] = conditions
        found.conditions = conditions
        found.nodes = [(node, in_order([*held, *dropped])) for node, held in found.nodes]
        for each in dropped:
            self._since[each] = found.at + 1
        return True
