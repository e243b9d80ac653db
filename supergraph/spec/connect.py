"""The directives of connectors, which only a gateway that runs connectors obeys. Spec: https://specs.apollo.dev/connect."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

from supergraph.spec.sdl import read_sdl
from supergraph.spec.type_system import Definition, DirectiveDefinitionSyntax, TypeSyntax

LATEST_CONNECT: Final = (0, 4)

# Names of types and directives stand without the link's namespace.
_DEFINITIONS: Final = """
directive @connect(source: String, id: String, http: ConnectHTTP, batch: ConnectBatch, errors: ConnectorErrors,
    selection: JSONSelection!, entity: Boolean = false, isSuccess: JSONSelection) repeatable on FIELD_DEFINITION | OBJECT
directive @source(name: String!, http: SourceHTTP!, errors: ConnectorErrors, isSuccess: JSONSelection)
    repeatable on SCHEMA
scalar URLPathTemplate
scalar JSONSelection
input ConnectorErrors { message: JSONSelection extensions: JSONSelection }
input HTTPHeaderMapping { name: String! from: String value: String }
input ConnectBatch { maxSize: Int }
input SourceHTTP {
  baseURL: String!
  headers: [HTTPHeaderMapping!]
  path: JSONSelection
  queryParams: JSONSelection
}
input ConnectHTTP {
  GET: URLPathTemplate
  POST: URLPathTemplate
  PUT: URLPathTemplate
  PATCH: URLPathTemplate
  DELETE: URLPathTemplate
  body: JSONSelection
  headers: [HTTPHeaderMapping!]
  path: JSONSelection
  queryParams: JSONSelection
}
"""


@cache
def connect_directives() -> Mapping[str, DirectiveDefinitionSyntax]:
    return {each.name: each for each in read_sdl(_DEFINITIONS) if isinstance(each, DirectiveDefinitionSyntax)}


@cache
def connect_types() -> Mapping[str, TypeSyntax]:
    return {each.name: each for each in read_sdl(_DEFINITIONS) if isinstance(each, TypeSyntax)}


def connect_definitions(names: Mapping[str, str]) -> list[Definition]:
    """All of them under the names that a document gives them; `names` has directives without `@`."""
    wanted = re.compile(rf"\b({'|'.join(sorted(names, key=len, reverse=True))})\b(?!:)")
    return list(read_sdl(wanted.sub(lambda found: names[found[1]], _DEFINITIONS)))
