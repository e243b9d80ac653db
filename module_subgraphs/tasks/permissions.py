"""The permissions of the manifest, by the names that the code knows them by."""

from pathlib import Path
from typing import Final

from foundation_subgraph.kit import MANIFEST_FILE, Manifest

MANIFEST: Final = Manifest.read(Path(__file__).with_name(MANIFEST_FILE))

TASKS_READ: Final = MANIFEST.permission("tasks:read")
TASKS_WRITE: Final = MANIFEST.permission("tasks:write")
TASKS_COMMENT: Final = MANIFEST.permission("tasks:comment")
