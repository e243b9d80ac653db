"""What each file of a new module says, in the order in which somebody reads a module."""

from collections.abc import Callable

from codegen.modules.blueprint import Blueprint
from codegen.modules.templates import module_tests
from codegen.modules.templates.graph_files import graph_door, queries, references
from codegen.modules.templates.graph_types_file import graph_types
from codegen.modules.templates.module_files import door, manifest, permissions, readme
from codegen.modules.templates.mutations_file import mutations
from codegen.modules.templates.operations_file import operations
from codegen.modules.templates.service_file import service
from codegen.modules.templates.table_files import migration, tables

Template = Callable[[Blueprint], str]


def module_files(wanted: Blueprint) -> dict[str, str]:
    """Each file's text by its path inside the module's folder; Python is not formatted yet."""
    templates: tuple[tuple[str, Template], ...] = (
        ("README.md", readme),
        ("manifest.toml", manifest),
        ("__init__.py", door),
        ("permissions.py", permissions),
        ("tables.py", tables),
        (f"migrations/versions/0001_{wanted.plural}.py", migration),
        ("service.py", service),
        ("graph/__init__.py", graph_door),
        ("graph/types.py", graph_types),
        ("graph/queries.py", queries),
        ("graph/mutations.py", mutations),
        ("graph/references.py", references),
        (f"operations/{wanted.plural}.graphql", operations),
        ("tests/conftest.py", module_tests.conftest),
        ("tests/test_sdl.py", module_tests.sdl_tests),
        ("tests/test_references.py", module_tests.references_tests),
        ("tests/test_service.py", module_tests.service_tests),
        ("tests/test_permissions.py", module_tests.permissions_tests),
        ("tests/test_isolation.py", module_tests.isolation_tests),
    )
    return {path: write(wanted) for path, write in templates}
