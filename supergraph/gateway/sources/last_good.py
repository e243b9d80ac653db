"""The last document that was served, on disk: what a gateway starts with when its source is away."""

import hashlib
import os
import stat
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson

from supergraph.gateway.hooks import SupergraphDocument, SupergraphUnavailableError

_FORM: Final = 1
_OTHERS_MAY_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH


@dataclass(frozen=True, slots=True)
class LastGood:
    """One file: a line of JSON, then the document. `of` says which source's it is; another's is never used.

    The checksum finds what was changed by accident or by hand, not what was forged by somebody who may write the file:
    against those stand the file's mode and, where a public key is configured, the document's own signature.
    """

    path: Path
    of: str

    def keep(self, document: SupergraphDocument) -> None:
        """In place of the former one, all of it or nothing. Raises OSError."""
        head = {
            "form": _FORM,
            "of": _hash(self.of.encode()),
            "signature": document.signature,
            "kept": int(time.time()),
        }
        line = orjson.dumps({**head, "sum": _checksum(head, document.content)})
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # Only its owner may read and write what mkstemp makes.
        number, name = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.")
        try:
            with os.fdopen(number, "wb") as file:
                file.write(line + b"\n" + document.content)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(self.path)
        except OSError:
            with suppress(OSError):
                Path(name).unlink()
            raise

    def read(self) -> tuple[SupergraphDocument, float]:
        """The document, and its age in seconds. Raises SupergraphUnavailableError."""
        try:
            with self.path.open("rb") as file:
                found = os.fstat(file.fileno())
                if not _is_ours_alone(found):
                    raise SupergraphUnavailableError(f"{self.path}: others than this user may write it")
                line = file.readline()
                content = file.read()
        except FileNotFoundError as error:
            raise SupergraphUnavailableError(f"{self.path}: none was kept yet") from error
        except OSError as error:
            raise SupergraphUnavailableError(f"{self.path}: {error.strerror or error}") from error
        try:
            head = orjson.loads(line)
            checksum = head.pop("sum")
            signature, kept = head["signature"], float(head["kept"])
            ours = head["form"] == _FORM and head["of"] == _hash(self.of.encode())
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise SupergraphUnavailableError(f"{self.path}: not a kept document") from error
        if checksum != _checksum(head, content):
            raise SupergraphUnavailableError(f"{self.path}: it was changed since it was kept")
        if not ours:
            raise SupergraphUnavailableError(f"{self.path}: kept of another source")
        return SupergraphDocument(content, signature), max(0.0, time.time() - kept)


def _is_ours_alone(found: os.stat_result) -> bool:
    if not hasattr(os, "geteuid"):  # Windows has no such modes: there the folder's rights must do
        return True
    return found.st_uid == os.geteuid() and not found.st_mode & _OTHERS_MAY_WRITE


def _checksum(head: Mapping[str, object], content: bytes) -> str:
    return _hash(orjson.dumps(head, option=orjson.OPT_SORT_KEYS) + b"\n" + content)


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
