"""Operations that clients of the module begin with; typed clients are generated from them."""

from codegen.modules.blueprint import Blueprint
from codegen.modules.words import camel


def operations(wanted: Blueprint) -> str:
    one, many, entity = camel(wanted.one), camel(wanted.plural), wanted.entity
    fields = [camel(field.name) for field in wanted.fields]
    fields += [f"{camel(each.snake)} {{\n    id\n  }}" for each in wanted.extends]
    selection = "\n  ".join(["id", *fields, "createdAt"])
    return f"""\
fragment {entity}Fields on {entity} {{
  {selection}
}}

query {wanted.many}($first: Int, $after: String) {{
  {many}(first: $first, after: $after) {{
    nodes {{
      ...{entity}Fields
    }}
    pageInfo {{
      hasNextPage
      endCursor
    }}
  }}
}}

query One{entity}($id: ID!) {{
  {one}(id: $id) {{
    ...{entity}Fields
  }}
}}

mutation Add{entity}(${one}: {entity}Input!) {{
  add{entity}({one}: ${one}) {{
    __typename
    ...{entity}Fields
    ... on Problem {{
      code
      message
    }}
  }}
}}

mutation Change{entity}($id: ID!, ${one}: {entity}Input!) {{
  change{entity}(id: $id, {one}: ${one}) {{
    __typename
    ...{entity}Fields
    ... on Problem {{
      code
      message
    }}
  }}
}}

mutation Remove{entity}($id: ID!) {{
  remove{entity}(id: $id) {{
    __typename
    ... on Removed{entity} {{
      id
    }}
    ... on Problem {{
      code
      message
    }}
  }}
}}
"""
