from collections.abc import Iterator

from codegen.modules.boundaries.model import Fault, ModuleUnderCheck


def module_can_be_loaded(module: ModuleUnderCheck) -> Iterator[Fault]:
    """A module's door can be imported, and holds its subgraph."""
    unread = [file for file in module.python if file.tree is None]
    for file in unread:
        yield Fault(file.path, file.broken_at, "this is not Python", "Mend the syntax.")
    if module.failure is not None and not unread:
        failure = module.failure
        yield Fault(
            failure.path,
            failure.line,
            f"the module cannot be loaded: {failure.reason}",
            "Mend it: the house leaves the module out as it is.",
        )
