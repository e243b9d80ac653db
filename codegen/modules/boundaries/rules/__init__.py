"""What a module keeps to, in the order in which it is asked: what can be read first, what depends on it later."""

from collections.abc import Callable, Iterator
from typing import Final

from codegen.modules.boundaries.model import Breach, Fault, ModuleUnderCheck
from codegen.modules.boundaries.rules.belongings import module_is_explained_and_tested
from codegen.modules.boundaries.rules.change import change_stays_inside
from codegen.modules.boundaries.rules.foreign_keys import foreign_keys_stay_inside
from codegen.modules.boundaries.rules.imports import imports_stay_inside
from codegen.modules.boundaries.rules.isolation import tables_keep_tenants_apart
from codegen.modules.boundaries.rules.loading import module_can_be_loaded
from codegen.modules.boundaries.rules.manifest import manifest_can_be_read
from codegen.modules.boundaries.rules.manifest_and_graph import manifest_agrees_with_the_graph
from codegen.modules.boundaries.rules.permissions_kept import registered_permissions_stay
from codegen.modules.boundaries.rules.permissions_used import used_permissions_are_registered

Rule = Callable[[ModuleUnderCheck], Iterator[Fault]]

RULES: Final[tuple[Rule, ...]] = (
    manifest_can_be_read,
    module_can_be_loaded,
    module_is_explained_and_tested,
    change_stays_inside,
    imports_stay_inside,
    foreign_keys_stay_inside,
    tables_keep_tenants_apart,
    used_permissions_are_registered,
    registered_permissions_stay,
    manifest_agrees_with_the_graph,
)


def ask_rules(module: ModuleUnderCheck) -> tuple[Breach, ...]:
    """All that one module does not keep to, rule by rule."""
    return tuple(
        Breach(module.id, rule.__name__, fault.path, fault.line, fault.message, fault.remedy)
        for rule in RULES
        for fault in rule(module)
    )
