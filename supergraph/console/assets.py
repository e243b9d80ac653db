"""The built files, as they go over the wire."""

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

STATIC: Final = Path(__file__).parent / "static"

MEDIA_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}
"""Our own list: the operating system's may call a script plain text, which browsers then refuse to run."""

_HASHED: Final = "assets/"
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_ASK_AGAIN: Final = "no-cache"


@dataclass(frozen=True, slots=True)
class Asset:
    """`gzipped` is None where compression gains nothing, as with fonts."""

    media_type: str
    cache_control: str
    etag: str
    content: bytes
    gzipped: bytes | None


def asset_names(root: Path = STATIC) -> frozenset[str]:
    """Every file that may be served, relative to `root`. What is not in here does not exist for a request."""
    names = frozenset(
        path.relative_to(root).as_posix() for path in root.rglob("*") if path.suffix in MEDIA_TYPES
    )
    if "index.html" not in names:
        raise FileNotFoundError(
            f"the console is not built: run `npm ci && npm run build` in {root.parent / 'source'}"
        )
    return names


def read_asset(name: str, root: Path = STATIC) -> Asset:
    """One of `asset_names`; slow, since it compresses, so keep what it gives."""
    path = root / name
    content = path.read_bytes()
    gzipped = gzip.compress(content, mtime=0)
    return Asset(
        media_type=MEDIA_TYPES[path.suffix],
        # The build puts a hash of the content into these names: under one name there is only ever one content.
        cache_control=_FOR_EVER if name.startswith(_HASHED) else _ASK_AGAIN,
        # Weak, because one tag stands for the plain and the compressed form.
        etag=f'W/"{hashlib.sha256(content).hexdigest()[:32]}"',
        content=content,
        gzipped=gzipped if len(gzipped) < 0.9 * len(content) else None,
    )
