"""Invitations go out behind the answer: by whatever way, or none, the answer is the same."""

import asyncio
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from foundation_subgraph.graph import subgraph
from foundation_subgraph.kit import GraphQLRequest
from foundation_subgraph.mail import Mailer, NoMailer, OutgoingMail
from foundation_subgraph.seeding import demo_tenant_id
from foundation_subgraph.serving import name_of_tenant
from supergraph.spec import Principal
from tests.foundation_subgraph.sign_in.door import OF_AN_OWNER, Door

INVITE = """mutation ($email: String!, $roles: [String!]!) { inviteUser(email: $email, name: "Nina", roles: $roles) {
  ... on NewInvitation { token } ... on Problem { code } } }"""
CREATE = """mutation { createTenant(slug: "initech", name: "Initech", ownerEmail: "bill@initech.example", ownerName: "Bill") {
  ... on NewTenant { token } ... on Problem { code } } }"""


class Postbox(NoMailer):
    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.may_go = asyncio.Event()
        self.may_go.set()

    async def send_invitation(
        self, *, email: str, name: str, tenant: str, token: str, until: datetime
    ) -> None:
        await self.may_go.wait()
        self.sent.append({"email": email, "name": name, "tenant": tenant, "token": token})


class Broken(NoMailer):
    async def send_invitation(
        self, *, email: str, name: str, tenant: str, token: str, until: datetime
    ) -> None:
        raise RuntimeError(f"{email} {name} {tenant} {token}")


def outgoing(door: Door, mailer: Mailer, most_waiting: int = 1000) -> OutgoingMail:
    return OutgoingMail(mailer, name_of_tenant(door.database.application.engine), most_waiting=most_waiting)


async def ask(
    door: Door, mail: OutgoingMail, query: str, tenant: str = "acme", **variables: Any
) -> dict[str, Any]:
    owner = await door.enter(
        "operator@platform.example" if tenant == "platform" else f"owner@{tenant}.example"
    )
    scopes = (
        frozenset(one.id for one in subgraph.permissions) if tenant == "platform" else frozenset(OF_AN_OWNER)
    )
    asking = Principal(owner.json()["user"]["id"], str(demo_tenant_id(tenant)), scopes)
    app = subgraph.asgi(door.database.databases[subgraph.role], services=[mail])
    answer = await app.execute(GraphQLRequest(query, variables=variables), asking)
    assert "errors" not in answer, answer
    data: dict[str, Any] = answer["data"]
    return data


async def test_who_is_invited_gets_the_token_by_mail(door: Door) -> None:
    postbox = Postbox()
    mail = outgoing(door, postbox)
    invited = await ask(door, mail, INVITE, email=" New@acme.example", roles=["clerk"])
    made = await ask(door, mail, CREATE, "platform")
    await mail.close()
    assert sorted(postbox.sent, key=lambda sent: str(sent["tenant"])) == [
        {
            "email": "new@acme.example",
            "name": "Nina",
            "tenant": "Acme Ltd",
            "token": invited["inviteUser"]["token"],
        },
        {
            "email": "bill@initech.example",
            "name": "Bill",
            "tenant": "Initech",
            "token": made["createTenant"]["token"],
        },
    ]


async def test_nobody_waits_for_a_mail_and_one_that_is_lost_changes_no_answer(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    slow = Postbox()
    slow.may_go.clear()
    mails = [outgoing(door, slow), outgoing(door, Broken())]
    for number, mail in enumerate(mails):
        answer = await ask(door, mail, INVITE, email=f"new{number}@acme.example", roles=["clerk"])
        assert set(answer["inviteUser"]) == {"token"}
    assert not slow.sent
    slow.may_go.set()
    for mail in mails:
        await mail.close()
    assert [sent["email"] for sent in slow.sent] == ["new0@acme.example"]
    assert "an invitation was not mailed: RuntimeError" in caplog.text
    assert "new1@" not in caplog.text


async def test_an_invitation_that_was_refused_is_not_mailed(door: Door) -> None:
    postbox = Postbox()
    mail = outgoing(door, postbox)
    answer = await ask(door, mail, INVITE, email="clerk@acme.example", roles=["clerk"])
    await mail.close()
    assert answer["inviteUser"] == {"code": "ALREADY_MEMBER"}
    assert not postbox.sent


async def test_mails_that_wait_are_bounded(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    slow = Postbox()
    slow.may_go.clear()
    mail = outgoing(door, slow, most_waiting=1)
    for number in range(2):
        await ask(door, mail, INVITE, email=f"new{number}@acme.example", roles=["clerk"])
    slow.may_go.set()
    await mail.close()
    assert [sent["email"] for sent in slow.sent] == ["new0@acme.example"]
    assert "an invitation was not mailed: 1 others wait" in caplog.text


async def test_a_tenant_is_called_by_its_name(door: Door) -> None:
    called = name_of_tenant(door.database.application.engine)
    assert await called(demo_tenant_id("globex")) == "Globex Corporation"
    assert await called(UUID(int=0)) == "a tenant"
