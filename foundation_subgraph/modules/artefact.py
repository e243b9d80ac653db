"""What of a version is signed, and by whom it has to be: a version that somebody else put into the registry is served to nobody."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from foundation_subgraph.modules.model import ModuleVersion
from supergraph.spec import MalformedSignatureError, is_signed_by, read_public_keys


def artefact_of(version: ModuleVersion) -> bytes:
    """All that was published under a version but its signature, as JSON: keys in order, no white space, ASCII."""
    told = {
        "module": version.id.module,
        "version": version.id.version,
        "title": version.title,
        "owner": version.owner,
        "sdl": version.sdl,
        "permissions": [
            {"id": each.id, "description": each.description, "access": each.access}
            for each in version.permissions
        ],
        "owns": list(version.owns),
        "extends": list(version.extends),
        "dependsOn": list(version.depends_on),
        "address": version.address,
    }
    return json.dumps(told, sort_keys=True, separators=(",", ":")).encode()


PUBLISHER_KEYS: Final = Path("keys/publishers.pub")
"""In the data folder: whose versions are taken."""


@dataclass(frozen=True, slots=True)
class PublisherKeys:
    """Whose versions are taken. Without keys everybody's are, and what is signed is not looked at."""

    keys: tuple[Ed25519PublicKey, ...] = ()
    # A signature is checked whenever the registry is loaded anew, and versions never change.
    _flaws: dict[ModuleVersion, str | None] = field(default_factory=dict, compare=False)

    @classmethod
    def read(cls, file: Path) -> Self:
        """The keys in a file; none where there is no such file. Raises InvalidKeyError."""
        return cls(read_public_keys(file)) if file.exists() else cls()

    def flaw(self, version: ModuleVersion) -> str | None:
        """Why a version is not taken; None where it is."""
        if not self.keys:
            return None
        if version not in self._flaws:
            self._flaws[version] = self._look_at(version)
        return self._flaws[version]

    def _look_at(self, version: ModuleVersion) -> str | None:
        if not version.signature:
            return "it is not signed, and only what a publisher has signed is taken"
        try:
            is_signed = is_signed_by(self.keys, version.signature, artefact_of(version))
        except MalformedSignatureError:
            return "its signature is not in base64"
        return None if is_signed else "its signature is by none of the publishers' keys, or of something else"


ANYBODY: Final = PublisherKeys()
