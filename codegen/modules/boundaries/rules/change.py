from collections.abc import Iterator
from typing import Final

from codegen.modules.boundaries.model import Fault, ModuleUnderCheck

_CONTRACT: Final = "schema/sdl/"


def change_stays_inside(module: ModuleUnderCheck) -> Iterator[Fault]:
    """A change of a module touches its own folder, and the contract that `dovetail schema export` writes; nothing else."""
    change = module.change
    if change is None or not change.is_judged:
        return
    own = f"{change.modules}/{module.id}/"
    root = change.modules.rpartition("/")[0]
    contract = f"{root}/{_CONTRACT}" if root else _CONTRACT
    if not any(path.startswith(own) for path in change.touched):
        return
    for path, line in sorted(change.touched.items()):
        if not path.startswith((own, contract)):
            yield Fault(
                path,
                line,
                f"a change of {module.id} since {change.since} touches what is not the module's",
                "Put it into a change of its own, which its owners review.",
            )
