"""The permissions of the manifest, by the names that the code knows them by."""

from pathlib import Path
from typing import Final

from foundation_subgraph.kit import MANIFEST_FILE, Manifest

MANIFEST: Final = Manifest.read(Path(__file__).with_name(MANIFEST_FILE))

LEADS_READ: Final = MANIFEST.permission("leads:read")
LEADS_WRITE: Final = MANIFEST.permission("leads:write")
