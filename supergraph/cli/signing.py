"""`dovetail sign`: a signature beside a supergraph document, for gateways that take no other."""

import sys
from pathlib import Path

from supergraph.cli.failure import CommandError, describe_unreadable
from supergraph.cli.private_key import read_private_key
from supergraph.gateway import sign_content


def sign_file(supergraph: Path, key: Path) -> int:
    """Write `<supergraph>.sig`. Raises CommandError."""
    private = read_private_key(_read(key, f"--key {key}"), f"--key {key}")
    content = _read(supergraph, str(supergraph))
    signature = supergraph.with_name(f"{supergraph.name}.sig")
    try:
        signature.write_text(f"{sign_content(content, private)}\n", encoding="ascii")
    except OSError as error:
        raise CommandError(f"{signature}: {(error.strerror or str(error)).lower()}") from error
    sys.stderr.write(f"signed: {signature}\n")
    return 0


def _read(path: Path, named: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CommandError(f"{named}: {describe_unreadable(error)}") from error
