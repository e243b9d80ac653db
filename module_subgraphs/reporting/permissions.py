"""The permissions of the manifest, by the names that the code knows them by."""

from pathlib import Path
from typing import Final

from foundation_subgraph.kit import MANIFEST_FILE, Manifest

MANIFEST: Final = Manifest.read(Path(__file__).with_name(MANIFEST_FILE))

REPORTING_RUN: Final = MANIFEST.permission("reporting:run")
