"""The built-in stores of API keys: those in the settings, and a file that is read again when it changes."""

import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import structlog
from pydantic import ValidationError

from supergraph.gateway.settings import ApiKeyList
from supergraph.spec import StoredApiKey

_log = structlog.stdlib.get_logger("dovetail.gateway")


class GivenApiKeys:
    """Keys that are there from the start. Raises ValueError for two of one id."""

    __slots__ = ("_keys",)

    def __init__(self, keys: Iterable[StoredApiKey]) -> None:
        self._keys = _by_id(keys)

    async def find_api_key(self, key_id: str) -> StoredApiKey | None:
        return self._keys.get(key_id)

    def api_key_used(self, key_id: str) -> None:
        """Nobody asks here when a key was used last."""


class ApiKeyFile:
    """A YAML file with a list of `keys`, beside the `given` ones; looked at for changes at most once a second.

    What cannot be read is not taken: the keys known last go on, and the log says so. To revoke a key, write the file
    without it. Raises ValueError where the file cannot be read at the start.
    """

    __slots__ = ("_clock", "_given", "_keys", "_looked_at", "_path", "_seen")

    def __init__(
        self,
        path: Path,
        given: Iterable[StoredApiKey] = (),
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path = path
        self._given = tuple(given)
        self._clock = clock
        self._seen = self._stamp()
        self._keys = self._read()
        self._looked_at = clock()

    async def find_api_key(self, key_id: str) -> StoredApiKey | None:
        now = self._clock()
        if now - self._looked_at >= 1.0:
            self._looked_at = now
            self._read_again()
        return self._keys.get(key_id)

    def api_key_used(self, key_id: str) -> None:
        """Nobody asks here when a key was used last."""

    def _read_again(self) -> None:
        seen = self._stamp()
        if seen == self._seen:
            return
        self._seen = seen
        try:
            self._keys = self._read()
        except ValueError as error:
            _log.error("API keys are as they were before", reason=str(error))

    def _stamp(self) -> tuple[int, int, int] | None:
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size, status.st_ino

    def _read(self) -> Mapping[str, StoredApiKey]:
        import yaml  # noqa: PLC0415 - most gateways have no such file, and it costs a part of the start

        try:
            listed = ApiKeyList.model_validate(yaml.safe_load(self._path.read_bytes()))
            return _by_id((*self._given, *(each.stored() for each in listed.keys)))
        except OSError as error:
            raise ValueError(f"{self._path} cannot be read: {error.strerror}") from error
        except yaml.YAMLError as error:
            raise ValueError(f"{self._path} is not YAML: {' '.join(str(error).split())}") from error
        except ValidationError as error:
            first = error.errors(include_input=False)[0]
            place = ".".join(str(each) for each in first["loc"])
            raise ValueError(f"{self._path}: {place}: {first['msg']}") from error


def _by_id(keys: Iterable[StoredApiKey]) -> Mapping[str, StoredApiKey]:
    found: dict[str, StoredApiKey] = {}
    for key in keys:
        if key.id in found:
            raise ValueError(f"two API keys have the id {key.id}")
        found[key.id] = key
    return found
