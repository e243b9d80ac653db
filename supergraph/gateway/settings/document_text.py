"""gateway.yaml: its text -> plain values, and where in the file each of them stands."""

import re
from typing import Final

import yaml

from supergraph.gateway.settings.document import InvalidDocumentError, Location, SettingsDocument

_DEEPEST: Final = 20


def read_document(text: str) -> SettingsDocument:
    """Raises InvalidDocumentError."""
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return SettingsDocument({})
        document = SettingsDocument({})
        content = _Reader(loader, document).read(node, ())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise InvalidDocumentError(
            "1:1" if mark is None else _place(mark), error.problem or "not YAML"
        ) from error
    except yaml.YAMLError as error:
        raise InvalidDocumentError("1:1", " ".join(str(error).split())) from error
    finally:
        loader.dispose()
    if not isinstance(content, dict):
        raise InvalidDocumentError(_place(node.start_mark), "the settings are a mapping of sections")
    return SettingsDocument(content, document.keys, document.values)


def read_value(text: str) -> object:
    """One value as it would stand in the file. Raises InvalidDocumentError."""
    content = read_document(f"value: {text}").content
    return content["value"]


class _Loader(yaml.SafeLoader):
    """`on`, `off`, `yes` and `no` are words here, as in YAML 1.2: modes are called so."""


_Loader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern)
        for tag, pattern in resolvers
        if tag not in {"tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp"}
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)


class _Reader:
    """Builds the values of a tree of nodes, and notes where they stand."""

    def __init__(self, loader: yaml.SafeLoader, document: SettingsDocument) -> None:
        self._loader = loader
        self._document = document

    def read(self, node: yaml.Node, at: Location) -> object:
        self._document.values[at] = _place(node.start_mark)
        if len(at) > _DEEPEST:
            raise InvalidDocumentError(_place(node.start_mark), "nested too deeply for settings")
        if not node.tag.startswith("tag:yaml.org,2002:") or ":python/" in node.tag:
            raise InvalidDocumentError(_place(node.start_mark), f"`{node.tag}` has no meaning here")
        match node:
            case yaml.MappingNode():
                return self._mapping(node, at)
            case yaml.SequenceNode():
                return [self.read(item, (*at, number)) for number, item in enumerate(node.value)]
            case _:
                value: object = self._loader.construct_object(node, deep=True)
                return value

    def _mapping(self, node: yaml.MappingNode, at: Location) -> dict[str, object]:
        found: dict[str, object] = {}
        for key, value in node.value:
            place = _place(key.start_mark)
            if not isinstance(key, yaml.ScalarNode):
                raise InvalidDocumentError(place, "a key is a word")
            if key.value in found:
                raise InvalidDocumentError(place, f"`{key.value}` stands here twice")
            here = (*at, key.value)
            self._document.keys[here] = place
            found[key.value] = self.read(value, here)
        return found


def _place(mark: yaml.Mark) -> str:
    return f"{mark.line + 1}:{mark.column + 1}"
