from collections.abc import Iterator

from codegen.modules.boundaries.model import Fault, ModuleUnderCheck


def manifest_can_be_read(module: ModuleUnderCheck) -> Iterator[Fault]:
    """A module says in manifest.toml who it is, under the id that its folder has."""
    if module.manifest is None:
        yield Fault(module.manifest_path, 1, module.manifest_fault, "docs/modules.md shows a manifest.")
    elif module.manifest.id != module.id:
        yield Fault(
            module.manifest_path,
            module.manifest_line("id ="),
            f'the folder {module.id} has the manifest of "{module.manifest.id}"',
            f'Write id = "{module.id}", or rename the folder.',
        )
