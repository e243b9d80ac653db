"""The subgraphs of the suite over HTTP, with the keys and tokens of its callers. Needs graphql-core and PyJWT.

    python serve_subgraphs.py --port 4200

    POST /<subgraph>/graphql      the subgraph; subscriptions by Server-Sent Events
    GET  /<subgraph>/sdl          its document
    GET  /jwks.json               the key that tokens are signed with (RS256), `kid` "conformance"
    GET  /token?scope=a+b         a token of the subject "u1" that holds these scopes
    GET  /requests                what subgraphs were asked since the last DELETE /requests: [{"subgraph", "query"}]

Whatever is asked is answered by its type: a string is "s", a list has two items, something abstract is of the first of
its types, and an entity is what its representation says. `data.json` has the exceptions.
"""

import argparse
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from graphql import (
    GraphQLEnumType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLUnionType,
    ObjectTypeDefinitionNode,
    build_ast_schema,
    execute_sync,
    get_operation_ast,
    parse,
)
from jwt.algorithms import RSAAlgorithm

HERE = Path(__file__).resolve().parent
ISSUER, AUDIENCE = "https://issuer.example", "conformance"
FEDERATION = """
scalar _Any
union _Entity = {entities}
{query} {{ _entities(representations: [_Any!]!): [_Entity]! }}
"""
LEAVES = {"Int": 1, "Float": 1.5, "Boolean": True, "ID": "1", "String": "s"}


class Subgraph:
    def __init__(self, sdl: str, exceptions: dict) -> None:
        self.sdl = sdl
        self.exceptions = exceptions
        document = parse(sdl)
        entities = [
            each.name.value
            for each in document.definitions
            if any(directive.name.value == "key" for directive in getattr(each, "directives", None) or ())
        ]
        if entities:
            has_query = any(
                isinstance(each, ObjectTypeDefinitionNode) and each.name.value == "Query"
                for each in document.definitions
            )
            query = "extend type Query" if has_query else "type Query"
            document = parse(sdl + FEDERATION.format(entities=" | ".join(entities), query=query))
        self.schema = build_ast_schema(document, assume_valid_sdl=True)

    def answer(self, request: dict) -> dict:
        result = execute_sync(
            self.schema,
            parse(request["query"]),
            root_value={},
            variable_values=request.get("variables"),
            operation_name=request.get("operationName"),
            field_resolver=self.resolve,
            type_resolver=lambda value, *_: value["__typename"],
        )
        return result.formatted

    def is_subscription(self, request: dict) -> bool:
        operation = get_operation_ast(parse(request["query"]), request.get("operationName"))
        return operation is not None and operation.operation.value == "subscription"

    def event(self, request: dict) -> dict:
        operation = get_operation_ast(parse(request["query"]), request.get("operationName"))
        assert operation is not None
        return {
            "data": {(field.alias or field.name).value: 1 for field in operation.selection_set.selections}
        }

    def resolve(self, source, info, **arguments):
        if info.field_name == "_entities":
            return arguments["representations"]
        coordinate = f"{info.parent_type.name}.{info.field_name}"
        if coordinate in self.exceptions:
            return self.exceptions[coordinate]
        if isinstance(source, dict) and info.field_name in source:
            return source[info.field_name]
        return self.value(info.return_type)

    def value(self, of):
        match of:
            case GraphQLNonNull():
                return self.value(of.of_type)
            case GraphQLList():
                return [self.value(of.of_type) for _ in range(2)]
            case GraphQLEnumType():
                return next(iter(of.values))
            case GraphQLObjectType():
                return {"__typename": of.name}
            case GraphQLUnionType():
                return {"__typename": of.types[0].name}
            case _ if of.name in LEAVES:
                return LEAVES[of.name]
            case _ if hasattr(of, "fields"):
                return {"__typename": self.schema.get_possible_types(of)[0].name}
            case _:
                return "v"


class Callers:
    """One key, and tokens of whoever is asked for."""

    def __init__(self) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        public = json.loads(RSAAlgorithm.to_jwk(self._key.public_key()))
        self.jwks = {"keys": [{**public, "kid": "conformance", "alg": "RS256", "use": "sig"}]}

    def token(self, scope: str) -> str:
        now = int(time.time())
        claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "u1", "iat": now, "exp": now + 3600, "scope": scope}
        return jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": "conformance"})


class Suite(ThreadingHTTPServer):
    """The subgraphs, behind one port."""

    daemon_threads = True

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        exceptions = json.loads((HERE / "subgraphs" / "data.json").read_text())
        self.subgraphs = {
            path.stem: Subgraph(path.read_text(), exceptions)
            for path in sorted((HERE / "subgraphs").glob("*.graphql"))
        }
        self.callers = Callers()
        self.requests: list[dict[str, str]] = []
        self.url = f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body leave together, else each answer waits for an acknowledgement
    server: Suite

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        name = self.path.split("/")[1]
        self.server.requests.append({"subgraph": name, "query": request["query"]})
        subgraph = self.server.subgraphs[name]
        if subgraph.is_subscription(request):
            event = b"event: next\ndata: %b\n\n" % json.dumps(subgraph.event(request)).encode()
            self.reply(event * 2 + b"event: complete\ndata:\n\n", "text/event-stream")
        else:
            self.reply(json.dumps(subgraph.answer(request)).encode(), "application/json")

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        match asked.path.strip("/").split("/"):
            case ["jwks.json"]:
                self.reply(json.dumps(self.server.callers.jwks).encode(), "application/json")
            case ["token"]:
                scope = parse_qs(asked.query).get("scope", [""])[0]
                self.reply(self.server.callers.token(scope).encode(), "text/plain")
            case ["requests"]:
                self.reply(json.dumps(self.server.requests).encode(), "application/json")
            case [name, "sdl"] if name in self.server.subgraphs:
                self.reply(self.server.subgraphs[name].sdl.encode(), "text/plain")
            case _:
                self.send_error(404)

    def do_DELETE(self) -> None:
        self.server.requests.clear()
        self.reply(b"[]", "application/json")

    def reply(self, body: bytes, media_type: str) -> None:
        self.send_response(200)
        self.send_header("content-type", media_type)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: `/requests` has them."""


def serving(port: int = 0) -> tuple[Suite, threading.Thread]:
    suite = Suite(port)
    thread = threading.Thread(target=suite.serve_forever, daemon=True)
    thread.start()
    return suite, thread


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Serve the subgraphs of the authorization suite.")
    parser.add_argument("--port", type=int, default=4200)
    serving_suite, serving_thread = serving(parser.parse_args().port)
    print(f"subgraphs at {serving_suite.url}: {', '.join(serving_suite.subgraphs)}")
    serving_thread.join()
