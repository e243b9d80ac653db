"""The matrix: each directive at each place, on fields of each shape, for a caller who may and one who may not.

    python matrix.py        prints subgraphs/matrix.graphql and cases/matrix.json anew

What is expected is worked out here from the specifications, not by any gateway.
"""

import json
from pathlib import Path

HERE = Path(__file__).resolve().parent
LINK = """extend schema @link(
  url: "https://specs.apollo.dev/federation/v2.9"
  import: ["@authenticated", "@requiresScopes", "@policy"]
)
"""
# The directive as written; the scopes of a caller who passes it. Nobody who is not signed in passes any.
DIRECTIVES = {
    "Signed": ("@authenticated", []),
    "Scoped": ('@requiresScopes(scopes: [["read", "write"], ["admin"]])', ["admin"]),
    "Policed": ('@policy(policies: [["open"]])', ["policy:open"]),
    "Both": ('@authenticated @requiresScopes(scopes: [["read"]])', ["read"]),
}
DENIED = {"Signed": None, "Scoped": ["read", "other"], "Policed": ["policy:other"], "Both": ["write"]}
SHAPES = {
    "Nullable": "{}",
    "Needed": "{}!",
    "List": "[{}]",
    "NeededItems": "[{}!]",
    "NeededList": "[{}!]!",
}


def shaped(shape, value):
    """A value of one item, or of two in a list."""
    return [value, value] if "[" in SHAPES[shape] else value


def places(shape):
    return [(0,), (1,)] if "[" in SHAPES[shape] else [()]


class Matrix:
    def __init__(self):
        self.root = ["ping: Int"]
        self.holder = ["id: ID"]
        self.mutations = ["touch: Int"]
        self.subscriptions = ["beat: Int"]
        self.types = ["type Free { id: ID }"]
        self.cases = []
        for name, (directive, _) in DIRECTIVES.items():
            self.add_types(name, directive)
            for shape in SHAPES:
                self.add_fields(name, directive, shape)
            self.add_effects(name, directive)

    def add_types(self, name, directive):
        self.types += [
            f"type Object{name} {directive} {{ id: ID }}",
            f"scalar Scalar{name} {directive}",
            f"enum Enum{name} {directive} {{ ONE TWO }}",
            f"type Member{name} {directive} {{ id: ID }}",
            f"union Union{name} = Member{name} | Free",
            f"interface Node{name} {{ id: ID }}",
            f"type Locked{name} implements Node{name} {directive} {{ id: ID }}",
            f"type Loose{name} implements Node{name} {{ id: ID }}",
            f"interface Named{name} {{ id: ID label: String }}",
            f"type Titled{name} implements Named{name} {{ id: ID label: String {directive} }}",
            f"type Plain{name} implements Named{name} {{ id: ID label: String }}",
        ]

    def add_fields(self, name, directive, shape):
        of = SHAPES[shape].format
        suffix = f"{name}{shape}"
        self.root += [
            f"field{suffix}: {of('String')} {directive}",
            f"object{suffix}: {of(f'Object{name}')}",
            f"scalar{suffix}: {of(f'Scalar{name}')}",
            f"enum{suffix}: {of(f'Enum{name}')}",
            f"union{suffix}: {of(f'Union{name}')}",
            f"node{suffix}: {of(f'Node{name}')}",
            f"named{suffix}: {of(f'Named{name}')}",
            f"holder{suffix}: Holder{suffix}",
        ]
        self.types.append(f"type Holder{suffix} {{ id: ID inner: {of('String')} {directive} }}")
        self.whole("field", name, shape, "", "s")
        self.whole("object", name, shape, "{ id }", {"id": "1"})
        self.whole("scalar", name, shape, "", "v")
        self.whole("enum", name, shape, "", "ONE")
        self.whole("node", name, shape, "{ id }", {"id": "1"})
        self.below("union", name, shape, f"... on Member{name} {{ id }} ... on Free {{ free: id }}", "id")
        self.below("named", name, shape, "label", "label")
        self.by_fragments(name, shape)
        self.held(name, shape)

    def whole(self, place, name, shape, selection, value):
        """The field itself is denied."""
        key = f"{place}{name}{shape}"
        data = {"ping": 1, key: None} if not SHAPES[shape].endswith("!") else None
        self.add(
            place,
            name,
            shape,
            f"{{ ping {key} {selection} }}",
            {"ping": 1, key: shaped(shape, value)},
            data,
            [[key]],
        )

    def below(self, place, name, shape, selection, denied):
        """The field is an object, or a list of them, of which something nullable is denied."""
        key = f"{place}{name}{shape}"
        value = "1" if denied == "id" else "s"
        self.add(
            place,
            name,
            shape,
            f"{{ ping {key} {{ {selection} }} }}",
            {"ping": 1, key: shaped(shape, {denied: value})},
            {"ping": 1, key: shaped(shape, {denied: None})},
            [[key, *index, denied] for index in places(shape)],
        )

    def by_fragments(self, name, shape):
        """An interface whose guarded type is behind a fragment: its other types are seen."""
        key = f"node{name}{shape}"
        self.add(
            "fragment",
            name,
            shape,
            f"{{ ping {key} {{ ... on Locked{name} {{ id }} ... on Loose{name} {{ free: id }} }} }}",
            {"ping": 1, key: shaped(shape, {"id": "1"})},
            {"ping": 1, key: shaped(shape, {"id": None})},
            [[key, *index, "id"] for index in places(shape)],
        )

    def held(self, name, shape):
        """A denied field of an object: where it may not be null, the object is null."""
        key = f"holder{name}{shape}"
        held = None if SHAPES[shape].endswith("!") else {"id": "1", "inner": None}
        self.add(
            "held",
            name,
            shape,
            f"{{ ping {key} {{ id inner }} }}",
            {"ping": 1, key: {"id": "1", "inner": shaped(shape, "s")}},
            {"ping": 1, key: held},
            [[key, "inner"]],
        )

    def add_effects(self, name, directive):
        for shape in ("Nullable", "Needed"):
            of = SHAPES[shape].format
            self.mutations.append(f"mutate{name}{shape}: {of('Int')} {directive}")
            self.subscriptions.append(f"tick{name}{shape}: {of('Int')} {directive}")
            key = f"mutate{name}{shape}"
            data = {"touch": 1, key: None} if shape == "Nullable" else None
            self.add(
                "mutation",
                name,
                shape,
                f"mutation {{ touch {key} }}",
                {"touch": 1, key: 1},
                data,
                [[key]],
                unsent=[key],
            )
            key = f"tick{name}{shape}"
            self.add(
                "subscription",
                name,
                shape,
                f"subscription {{ {key} }}",
                {key: 1},
                None,
                [[key]],
                unsent=[key],
            )

    def add(self, place, name, shape, operation, allowed, filtered, denied, unsent=()):
        _, scopes = DIRECTIVES[name]
        tags = ["matrix", place, *(["policy"] if name == "Policed" else [])]
        case = {"operation": operation, "tags": tags}
        label = f"{place} {name} {shape}"
        self.cases += [
            {"name": f"{label} allowed", **case, "scopes": scopes, "data": allowed, "denied": []},
            {
                "name": f"{label} denied",
                **case,
                "scopes": DENIED[name],
                "data": filtered,
                "open": allowed,
                "denied": denied,
                "unsent": list(unsent) or [denied[0][0]] * (len(denied[0]) == 1),
            },
        ]

    def sdl(self):
        roots = {"Query": self.root, "Mutation": self.mutations, "Subscription": self.subscriptions}
        blocks = [
            f"type {name} {{\n" + "".join(f"  {field}\n" for field in fields) + "}"
            for name, fields in roots.items()
        ]
        return LINK + "\n".join([*blocks, *self.types]) + "\n"


def printed():
    """The files by name, as they should stand beside this one."""
    matrix = Matrix()
    cases = ",\n".join(json.dumps(each) for each in matrix.cases)
    return {"subgraphs/matrix.graphql": matrix.sdl(), "cases/matrix.json": f"[\n{cases}\n]\n"}


if __name__ == "__main__":
    for name, text in printed().items():
        (HERE / name).write_text(text)
