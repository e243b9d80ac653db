"""`dovetail key new`: an API key for a machine, shown once, and what a gateway keeps of it."""

import sys
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson

from supergraph.cli.misuse import MisuseError
from supergraph.spec import new_api_key


@dataclass(frozen=True, slots=True)
class WantedKey:
    """Whom a key is to speak for. `expires` without a zone is in UTC."""

    subject: str
    tenant: str | None
    scopes: tuple[str, ...]
    expires: datetime | None
    name: str


def make_key(wanted: WantedKey, *, as_json: bool) -> int:
    """The key goes to stdout with its entry; nothing of it is kept here. Raises MisuseError."""
    if not wanted.subject or wanted.tenant == "":
        raise MisuseError("--subject and --tenant must not be empty: a key speaks for somebody")
    key = new_api_key()
    entry: dict[str, object] = {"id": key.id, "digest": key.digest(), "subject": wanted.subject}
    if wanted.tenant is not None:
        entry["tenant"] = wanted.tenant
    if wanted.scopes:
        entry["scopes"] = sorted(set(wanted.scopes))
    if wanted.expires is not None:
        ends = wanted.expires if wanted.expires.tzinfo else wanted.expires.replace(tzinfo=UTC)
        entry["expires"] = ends.isoformat()
    if wanted.name:
        entry["name"] = wanted.name
    if as_json:
        sys.stdout.write(orjson.dumps({"key": key.text(), "entry": entry}).decode() + "\n")
        return 0
    # JSON is YAML, and quotes what YAML would read as something else than text.
    lines = [f"{name}: {orjson.dumps(value).decode()}" for name, value in entry.items()]
    sys.stdout.write(
        f"The key, shown this once: {key.text()}\n\n"
        "What the gateway keeps of it, for `keys` in the file of `identity.api_keys.file`:\n\n"
        f"  - {lines[0]}\n" + "".join(f"    {line}\n" for line in lines[1:])
    )
    return 0
