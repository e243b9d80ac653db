"""The settings told to people and to editors, from what the sections say of themselves."""

import json
from collections.abc import Iterator, Mapping
from typing import Final, cast

from supergraph.gateway.settings.gateway import GatewaySettings

_HEAD: Final = """\
# Settings of the gateway

<!-- Printed by `dovetail settings reference`; change the descriptions in `supergraph/gateway/settings/`. -->

`dovetail serve` reads `gateway.yaml` in the working directory, or the file that `--config` names. What is not set has the
default that stands here.

- The environment wins over the file: `limits.depth` is `DOVETAIL_GATEWAY__LIMITS__DEPTH`. Lists and mappings are given
  whole, as they would stand in the file: `DOVETAIL_GATEWAY__HTTP__CORS__ORIGINS='[https://shop.example]'`. Names below a
  mapping are read in lower case.
- Options of the command win over both.
- Paths are relative to the file; without a file, to the working directory.
- A secret never stands in the file. Say where it is kept: `{ env: NAME }` or `{ file: PATH }`.
- `dovetail settings check` reads it all and tells what is wrong, each with its line. `dovetail settings schema` prints a
  JSON schema for editors: `# yaml-language-server: $schema=./gateway.schema.json` in the first line of the file.
"""

_Schema = Mapping[str, object]


def settings_schema() -> dict[str, object]:
    """JSON Schema of gateway.yaml."""
    schema = GatewaySettings.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def print_schema() -> str:
    return json.dumps(settings_schema(), indent=2) + "\n"


def print_reference() -> str:
    """A page in Markdown: a table for each section."""
    root = settings_schema()
    definitions = cast("Mapping[str, _Schema]", root.get("$defs", {}))
    sections = _Sections(definitions)
    return _HEAD + "".join(f"\n{part}" for part in sections.print(root, ""))


class _Sections:
    """Prints a section and then all that lie within it."""

    def __init__(self, definitions: Mapping[str, _Schema]) -> None:
        self._definitions = definitions

    def print(self, section: _Schema, name: str) -> Iterator[str]:
        properties = cast("Mapping[str, _Schema]", section.get("properties", {}))
        rows: list[str] = []
        within: list[tuple[str, _Schema]] = []
        for key, each in properties.items():
            path = f"{name}.{key}" if name else key
            inner, suffix = self._section(each)
            if inner is None:
                rows.append(self._row(path, each))
            elif suffix or self._is_optional(each):
                rows.append(self._row(path, each))
                within.append((path + suffix, inner))
            else:
                within.append((path, inner))
        heading = f"## `{name}`\n\n" if name else "## At the top\n\n"
        about = cast("str", section.get("description", "")) if name else ""
        if rows or about:
            table = "| setting | type | default | what it is |\n|---|---|---|---|\n" + "".join(rows)
            yield (
                heading
                + (f"{' '.join(about.split())}\n" if about else "")
                + (f"\n{table}" if rows and about else table if rows else "")
            )
        for path, inner in within:
            yield from self.print(inner, path)

    def _row(self, path: str, schema: _Schema) -> str:
        default = "required" if "default" not in schema else _shown(schema["default"])
        about = " ".join(cast("str", schema.get("description", "")).split()).replace("|", "\\|")
        return f"| `{path}` | {self._type(schema)} | {default} | {about} |\n"

    def _section(self, schema: _Schema) -> tuple[_Schema | None, str]:
        """The section that a setting is, or has in each item: then with what stands for the item's place."""
        for each in self._alternatives(schema):
            if "properties" in each:
                # Secrets are told once, at the top of the page.
                return (None, "") if each.get("title") == "Secret" else (each, "")
            for keyword, suffix in (("additionalProperties", ".*"), ("items", "[]")):
                item = each.get(keyword)
                if isinstance(item, dict):
                    found, deeper = self._section(item)
                    if found is not None:
                        return found, suffix + deeper
        return None, ""

    def _is_optional(self, schema: _Schema) -> bool:
        return any(each.get("type") == "null" for each in self._alternatives(schema))

    def _alternatives(self, schema: _Schema) -> Iterator[_Schema]:
        reference = schema.get("$ref")
        if isinstance(reference, str):
            yield from self._alternatives(self._definitions[reference.rpartition("/")[2]])
        elif "anyOf" in schema:
            for each in cast("list[_Schema]", schema["anyOf"]):
                yield from self._alternatives(each)
        else:
            yield schema

    def _type(self, schema: _Schema) -> str:
        shown = [self._type_of_one(each) for each in self._alternatives(schema) if each.get("type") != "null"]
        return " or ".join(dict.fromkeys(shown))

    def _type_of_one(self, schema: _Schema) -> str:
        if "enum" in schema:
            return ", ".join(f"`{each}`" for each in cast("list[object]", schema["enum"]))
        if "const" in schema:
            return f"`{schema['const']}`"
        if schema.get("title") == "Secret":
            return "secret"
        match schema.get("type"):
            case "object":
                values = schema.get("additionalProperties")
                inner = self._type(values) if isinstance(values, dict) else ""
                return f"mapping of {inner}" if inner and inner != "mapping" else "mapping"
            case "array":
                items = schema.get("items")
                return f"list of {self._type(items)}" if isinstance(items, dict) else "list"
            case "integer" | "number" as kind:
                return f"{kind}{_bounds(schema)}"
            case "string":
                return "path" if schema.get("format") == "path" else "text"
            case "boolean":
                return "true or false"
            case str() as kind:
                return kind
            case _:
                return "any"


def _bounds(schema: _Schema) -> str:
    signs = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    said = [f"{sign} {schema[name]}" for name, sign in signs.items() if name in schema]
    return f" {', '.join(said)}" if said else ""


def _shown(default: object) -> str:
    match default:
        case None:
            return "not set"
        case list() | dict() if not default:
            return "none"
        case str():
            return f"`{default}`"
        case _:
            return f"`{json.dumps(default)}`"
