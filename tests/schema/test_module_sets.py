"""Sets of module versions, judged together with the foundation of this process."""

from foundation_subgraph.kit import Access, Permission
from foundation_subgraph.modules.model import ModuleVersion, VersionId
from schema.module_sets import ModuleSetCheck

LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@requiresScopes"])\n'
NOTES = 'type Query { notes: [ID!] @requiresScopes(scopes: [["notes:read"]]) }'
READ = Permission("notes:read", "See notes", Access.READ)


def version(name: str, sdl: str, *permissions: Permission) -> ModuleVersion:
    return ModuleVersion(VersionId.read(name), "Title", "team", LINK + sdl, permissions)


def test_versions_that_fit_have_no_problem_and_the_foundation_is_always_there() -> None:
    check = ModuleSetCheck()
    assert not check.problems([])
    assert not check.problems([version("notes@1", NOTES, READ)])
    [problem, *_] = check.problems(
        [version("people@1", "type User { id: ID! }\ntype Query { people: [User] }")]
    )
    assert set(problem.modules) >= {"people"}


def test_a_scope_that_is_no_permission_of_the_set_is_a_problem() -> None:
    [problem] = ModuleSetCheck().problems([version("notes@1", NOTES)])
    assert "notes:read" in problem.message


def test_what_clients_would_miss_is_breaking_and_what_is_new_is_not() -> None:
    check = ModuleSetCheck()
    first = version("notes@1", NOTES, READ)
    wider = version("notes@2", NOTES.replace("}", " count: Int }"), READ)
    assert not check.breaking([first], [wider])
    [lost] = check.breaking([wider], [first])
    assert lost.startswith("Query.count: ")
    assert any(
        "notes:read" in line
        for line in check.breaking([first], [version("notes@2", "type Query { notes: [ID!] }")])
    )
