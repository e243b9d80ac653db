"""What is told of denials: where, to whom, and on which record. VERIFICATION.md B4, B12; AUTHORIZATION.md 21 to 24, 32."""

import asyncio
import json

import pytest
from structlog.testing import capture_logs

from supergraph.gateway import GatewaySettings

PEOPLE = """
type Query {
  me: Person people: [Person] secret: String! @requiresScopes(scopes: [["a", "b"], ["c"]])
  signedIn: String @authenticated open: String policed: String @policy(policies: [["p"]])
  vault: Vault
}
type Mutation { promote: Int @requiresScopes(scopes: [["admin"]]) }
type Person @key(fields: "id") { id: ID! email: String @requiresScopes(scopes: [["email"]]) }
type Vault { code: String! @requiresScopes(scopes: [["x"]]) pin: String! @requiresScopes(scopes: [["x"]]) }
"""
MONEY = """
type Person @key(fields: "id") { id: ID! balance: Int @requiresScopes(scopes: [["money"]]) }
"""
RESOLVERS = {
    "Query.me": lambda *_: {"id": "1", "email": "e"},
    "Query.people": lambda *_: [{"id": "1", "email": "e"}, {"id": "2", "email": "f"}],
    "Query.secret": lambda *_: "s",
    "Query.signedIn": lambda *_: "i",
    "Query.open": lambda *_: "o",
    "Query.policed": lambda *_: "p",
    "Query.vault": lambda *_: {"code": "c", "pin": "p"},
    "Mutation.promote": lambda *_: 1,
}


class Audit:
    def __init__(self, failure=None):
        self.records = []
        self.failure = failure

    async def record_denials(self, records):
        if isinstance(self.failure, Exception):
            raise self.failure
        if self.failure is not None:
            await asyncio.sleep(self.failure)
        self.records += records


class Advisor:
    def __init__(self, failure=None):
        self.asked = []
        self.failure = failure

    async def who_can_grant(self, principal, missing):
        if self.failure:
            raise self.failure
        self.asked.append((principal, missing))
        return ["the role Accountant", "security@example.com"]


@pytest.fixture
def opened(open_gateway, graphql_subgraph):
    async def open_(*, audit=None, advisor=None, **settings):
        money = graphql_subgraph(
            "type Query { x: Int }" + MONEY, {"Person.balance": lambda *_: 5}, {"Person": dict}
        )
        return await open_gateway(
            {"people": graphql_subgraph(PEOPLE, RESOLVERS, {"Person": dict}), "money": money},
            policies={"p": lambda _, questions: [False] * len(questions)},
            hooks=[each for each in (audit, advisor) if each is not None],
            settings=GatewaySettings.model_validate({"authorization": settings}),
        )

    return open_


# ---- where clients are told


async def test_denials_stand_in_extensions_where_that_is_set(opened):
    gateway = await opened(errors="extensions")
    answer = await gateway.ask("{ open mine: me { mail: email } }", scopes="")
    assert "errors" not in answer.body
    assert answer.data == {"open": "o", "mine": {"mail": None}}
    (error,) = answer.body["extensions"]["authorizationErrors"]
    assert error["path"] == ["mine", "mail"]
    assert error["extensions"]["code"] == "UNAUTHORIZED_FIELD_OR_TYPE"
    assert error["extensions"]["coordinate"] == "Person.email"
    assert list((await gateway.ask("{ open }")).body) == ["data"]


async def test_nothing_is_told_where_that_is_set(opened):
    gateway = await opened(errors="off")
    answer = await gateway.ask("{ open me { email } }", scopes="")
    assert answer.body == {"data": {"open": "o", "me": {"email": None}}}


@pytest.mark.parametrize("placement", ["errors", "extensions", "off"])
@pytest.mark.parametrize(
    "query", ["{ secret }", "{ signedIn policed }", "{ __typename secret }", "mutation { promote }"]
)
async def test_where_everything_is_denied_there_is_no_data_whatever_is_told(opened, placement, query):
    gateway = await opened(errors=placement)
    answer = await gateway.ask(query)
    if "__typename" not in query:
        assert answer.data is None
    assert gateway.asked == {}
    assert ("errors" in answer.body) is (placement == "errors")
    assert ("extensions" in answer.body) is (placement == "extensions")


@pytest.mark.parametrize("placement", ["errors", "extensions", "off"])
async def test_introspection_beside_denied_root_fields_neither_leaks_nor_fails(opened, placement):
    gateway = await opened(errors=placement)
    answer = await gateway.ask(
        "{ signedIn: open __schema { queryType { name } } denied: policed }", scopes=""
    )
    assert answer.status == 200
    assert answer.data == {"signedIn": "o", "__schema": {"queryType": {"name": "Query"}}, "denied": None}


@pytest.mark.parametrize("placement", ["errors", "extensions", "off"])
async def test_a_guarded_root_type_gives_nothing_not_even_its_schema(
    open_gateway, graphql_subgraph, placement
):
    sdl = 'type Query @requiresScopes(scopes: [["s"]]) { a: Int }'
    gateway = await open_gateway(
        {"a": graphql_subgraph(sdl, {"Query.a": lambda *_: 1})},
        settings=GatewaySettings.model_validate({"authorization": {"errors": placement}}),
    )
    answer = await gateway.ask("{ a __typename __schema { queryType { name } } }", scopes="")
    assert (answer.status, answer.data) == (200, None)
    assert "queryType" not in json.dumps(answer.body)


async def test_each_denied_field_of_a_null_is_told(opened):
    gateway = await opened()
    answer = await gateway.ask("{ open vault { code pin } }", scopes="")
    assert answer.data == {"open": "o", "vault": None}
    assert [each["extensions"]["coordinate"] for each in answer.errors] == ["Vault.code", "Vault.pin"]


# ---- the whole operation refused


async def test_an_operation_is_refused_as_a_whole_and_nobody_is_asked(opened):
    gateway = await opened(mode="reject")
    answer = await gateway.ask("{ open people { id mail: email balance } }", scopes="money")
    assert answer.status == 403
    assert "data" not in answer.body
    assert answer.paths == [["people", "mail"]]
    assert gateway.asked == {}
    allowed = await gateway.ask("{ people { email } }", scopes="email")
    assert (allowed.status, allowed.errors) == (200, [])


async def test_what_is_not_selected_refuses_nothing(opened):
    gateway = await opened(mode="reject")
    query = "query($v: Boolean!) { open secret @include(if: $v) }"
    assert (await gateway.ask(query, {"v": False}, scopes="")).body == {"data": {"open": "o"}}
    assert (await gateway.ask(query, {"v": True}, scopes="")).status == 403


async def test_a_refusal_without_words_names_nothing(opened):
    gateway = await opened(mode="reject", errors="off")
    answer = await gateway.ask("{ open secret me { email } }", scopes="")
    assert answer.status == 403
    assert answer.body == {
        "errors": [
            {
                "message": "Unauthorized field or type",
                "extensions": {"code": "UNAUTHORIZED_FIELD_OR_TYPE"},
            }
        ]
    }


# ---- rehearsed


async def test_a_dry_run_gives_everything_and_lists_what_would_be_denied(opened):
    gateway = await opened(mode="dry_run")
    answer = await gateway.ask("{ secret people { email balance } policed }", scopes="")
    assert answer.data == {
        "secret": "s",
        "people": [{"email": "e", "balance": 5}, {"email": "f", "balance": 5}],
        "policed": "p",
    }
    assert answer.errors == []
    enforcing = await opened()
    told = await enforcing.ask("{ secret people { email balance } policed }", scopes="")
    rehearsed = answer.body["extensions"]["authorizationErrors"]
    assert [each["path"] for each in rehearsed] == told.paths
    assert list((await gateway.ask("{ open }")).body) == ["data"]


async def test_a_dry_run_that_tells_nothing_still_keeps_record(opened):
    audit = Audit()
    gateway = await opened(mode="dry_run", errors="off", audit=audit)
    assert (await gateway.ask("{ secret }", scopes="")).body == {"data": {"secret": "s"}}
    assert [(each.coordinate, each.outcome) for each in audit.records] == [("Query.secret", "rehearsed")]


# ---- on record


async def test_the_id_in_an_error_leads_to_its_record(opened):
    audit = Audit()
    gateway = await opened(audit=audit)
    answer = await gateway.ask(
        "query Look { open people { a: email b: email } secret: policed }", scopes="other"
    )
    assert len(answer.errors) == 5
    ids = {each["extensions"]["coordinate"]: each["extensions"]["denialId"] for each in answer.errors}
    assert {each.coordinate: each.id for each in audit.records} == ids
    record = next(each for each in audit.records if each.coordinate == "Person.email")
    assert record.rules == ('@requiresScopes(scopes: [["email"]]) on Person.email',)
    assert (record.subject, record.tenant) == ("u1", "t1")
    assert (record.operation_name, record.outcome) == ("Look", "filtered")
    assert record.at.tzinfo is not None
    again = await gateway.ask("query Look { open people { a: email } }", scopes="other")
    assert again.errors[0]["extensions"]["denialId"] != ids["Person.email"]


async def test_what_was_not_selected_is_not_on_record(opened):
    audit = Audit()
    gateway = await opened(audit=audit)
    query = "query($v: Boolean!) { open policed @include(if: $v) }"
    await gateway.ask(query, {"v": False}, scopes="")
    assert audit.records == []
    await gateway.ask(query, {"v": True}, scopes="")
    assert [each.coordinate for each in audit.records] == ["Query.policed"]


async def test_a_refusal_is_on_record(opened):
    audit = Audit()
    gateway = await opened(audit=audit, mode="reject")
    answer = await gateway.ask("mutation { promote }")
    (record,) = audit.records
    assert (record.id, record.outcome) == (answer.errors[0]["extensions"]["denialId"], "rejected")
    assert record.subject is None


async def test_audit_and_advisor_may_come_as_hooks(open_gateway, graphql_subgraph):
    audit, advisor = Audit(), Advisor()
    gateway = await open_gateway(
        {"a": graphql_subgraph("type Query { a: Int b: Int @authenticated }", {"Query.a": lambda *_: 1})},
        hooks=[audit, advisor],
    )
    assert (await gateway.ask("{ a b }")).data == {"a": 1, "b": None}
    assert [each.coordinate for each in audit.records] == ["Query.b"]
    assert advisor.asked == []


async def test_without_an_audit_denials_are_logged(opened):
    gateway = await opened()
    with capture_logs() as logs:
        answer = await gateway.ask("{ open policed }", scopes="")
    (line,) = [each for each in logs if each["event"] == "a field was denied"]
    assert line["denial_id"] == answer.errors[0]["extensions"]["denialId"]
    assert line["coordinate"] == "Query.policed"
    assert line["rules"] == ['@policy(policies: [["p"]]) on Query.policed']
    assert (line["subject"], line["tenant"]) == ("u1", "t1")


async def test_without_any_record_there_is_no_id(opened):
    gateway = await opened(log=False)
    with capture_logs() as logs:
        answer = await gateway.ask("{ open policed }", scopes="")
    assert set(answer.errors[0]["extensions"]) == {"code", "coordinate"}
    assert not [each for each in logs if each["event"] == "a field was denied"]


async def test_an_audit_that_fails_loses_nothing(opened):
    gateway = await opened(audit=Audit(OSError("no disk")))
    with capture_logs() as logs:
        answer = await gateway.ask("{ open policed }", scopes="")
    assert answer.data == {"open": "o", "policed": None}
    assert [each["denial_id"] for each in logs if each["event"] == "a field was denied"] == [
        answer.errors[0]["extensions"]["denialId"]
    ]


# ---- explained


EXPLAIN = "platform:explain"


async def test_who_may_ask_why_is_told_the_rule_its_owner_and_who_can_help(opened):
    gateway = await opened()
    answer = await gateway.ask("{ open me { email balance } policed secret }", scopes=f"{EXPLAIN} a")
    told = {each["extensions"]["coordinate"]: each["extensions"]["explanation"] for each in answer.errors}
    assert told == {
        "Person.email": [
            {
                "rules": ['@requiresScopes(scopes: [["email"]]) on Person.email'],
                "ownedBy": ["people"],
                "grantedBy": ["the owners of the subgraph people"],
                "missing": {"scopes": [["email"]]},
            }
        ],
        "Person.balance": [
            {
                "rules": ['@requiresScopes(scopes: [["money"]]) on Person.balance'],
                "ownedBy": ["money"],
                "grantedBy": ["the owners of the subgraph money"],
                "missing": {"scopes": [["money"]]},
            }
        ],
        "Query.policed": [
            {
                "rules": ['@policy(policies: [["p"]]) on Query.policed'],
                "ownedBy": ["people"],
                "grantedBy": ["the owners of the subgraph people"],
                "missing": {"policies": [["p"]]},
            }
        ],
        "Query.secret": [
            {
                "rules": ['@requiresScopes(scopes: [["a", "b"], ["c"]]) on Query.secret'],
                "ownedBy": ["people"],
                "grantedBy": ["the owners of the subgraph people"],
                "missing": {"scopes": [["b"], ["c"]]},
            }
        ],
    }
    assert all("denialId" in each["extensions"] for each in answer.errors)


@pytest.mark.parametrize("scopes", [None, "", "email platform"])
async def test_others_are_told_no_reason(opened, scopes):
    gateway = await opened()
    answer = await gateway.ask("{ open policed secret }", scopes=scopes)
    for error in answer.errors:
        assert set(error["extensions"]) == {"code", "coordinate", "denialId"}
        assert error["message"] == "Unauthorized field or type"


async def test_an_advisor_says_who_can_grant(opened):
    advisor = Advisor()
    gateway = await opened(advisor=advisor)
    answer = await gateway.ask("{ open me { balance } }", scopes=EXPLAIN)
    (explanation,) = answer.errors[0]["extensions"]["explanation"]
    assert explanation["grantedBy"] == ["the role Accountant", "security@example.com"]
    ((principal, missing),) = advisor.asked
    assert (principal.subject, principal.tenant) == ("u1", "t1")
    assert (missing.guarded, missing.owners, missing.scopes) == (
        "Person.balance",
        ("money",),
        (frozenset({"money"}),),
    )
    await gateway.ask("{ open me { balance } }", scopes="")
    assert len(advisor.asked) == 1


async def test_an_advisor_that_fails_leaves_the_owners(opened):
    gateway = await opened(advisor=Advisor(RuntimeError("away")))
    answer = await gateway.ask("{ open me { balance } }", scopes=EXPLAIN)
    (explanation,) = answer.errors[0]["extensions"]["explanation"]
    assert explanation["grantedBy"] == ["the owners of the subgraph money"]


async def test_an_explanation_says_that_nobody_is_signed_in(opened):
    gateway = await opened()
    answer = await gateway.ask("{ open signedIn }")
    assert answer.errors[0]["extensions"].keys() == {"code", "coordinate", "denialId"}


async def test_of_deferred_parts_each_tells_its_own_beside_it(opened):
    audit = Audit()
    gateway = await opened(errors="extensions", audit=audit)
    query = "{ policed me { id ... @defer { mail: email balance } } }"
    headers = {
        "accept": "multipart/mixed;deferSpec=20220824,application/json",
        "authorization": f"Bearer {gateway.token('money')}",
    }
    async with gateway.session.post(
        gateway.url + "/graphql", json={"query": query}, headers=headers
    ) as response:
        parts = [
            json.loads(part.partition("\r\n\r\n")[2])
            for part in (await response.text()).split("\r\n---")
            if "\r\n\r\n" in part
        ]
    told = [
        [each["path"] for each in part.get("extensions", {}).get("authorizationErrors", ())] for part in parts
    ]
    assert told == [[["policed"]], [["me", "mail"]]]
    assert parts[1]["incremental"][0]["data"] == {"mail": None, "balance": 5}
    assert [each.coordinate for each in audit.records] == ["Query.policed", "Person.email"]
