from collections.abc import Iterator

from codegen.modules.boundaries.model import Fault, ModuleUnderCheck


def module_is_explained_and_tested(module: ModuleUnderCheck) -> Iterator[Fault]:
    """A module has a README, which says something, and tests, which are run."""
    if f"{module.path}/README.md" not in module.files:
        yield Fault(
            f"{module.path}/README.md",
            1,
            "the module has no README",
            "Write its purpose, its entities and keys, its permissions, and whom to ask.",
        )
    tests = [
        file for file in module.python if file.is_test and file.path.rsplit("/", 1)[1].startswith("test_")
    ]
    if not any("def test_" in file.text for file in tests):
        yield Fault(
            f"{module.path}/tests",
            1,
            "the module has no tests",
            "Write them in tests/test_*.py; `dovetail module new` shows which.",
        )
