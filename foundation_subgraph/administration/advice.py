"""Who can help somebody who was denied something: which roles would do, and who may give them."""

from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from foundation_subgraph.kit import narrow
from foundation_subgraph.permissions.rights import permissions_of_roles
from foundation_subgraph.permissions.service import ROLES_MANAGE, list_roles
from foundation_subgraph.users.service import list_permitted
from supergraph.spec import MissingGrant, Principal

_MOST_NAMED: Final = 5


class RoleAdvisor:
    """Knows the roles of the caller's tenant. Asked by the gateway for those who may be told why."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def who_can_grant(self, principal: Principal, missing: MissingGrant) -> Sequence[str]:
        """Sentences for people. What no role grants, such as a policy, is in the hands of the subgraph's owners."""
        if not missing.scopes or principal.tenant is None:
            return _owners(missing)
        async with AsyncSession(self._engine) as session, session.begin():
            await narrow(session, principal.tenant)
            names = [role.name for role in await list_roles(session)]
            permitted = {
                name: {permission.id for permission in permissions}
                for name, permissions in (await permissions_of_roles(session, names)).items()
            }
            grantors = [
                f"{user.name} <{user.email}>"
                for user in await list_permitted(session, ROLES_MANAGE.id, limit=_MOST_NAMED)
            ]
        advice = [_sentence(each, permitted) for each in missing.scopes]
        if grantors:
            return [*advice, f"who may give roles here: {', '.join(grantors)}"]
        return [*advice, "nobody in this tenant may give roles: whoever runs the platform can"]


def _sentence(scopes: Collection[str], permitted: dict[str, set[str]]) -> str:
    wanted = " and ".join(sorted(scopes))
    roles = sorted(name for name, held in permitted.items() if held.issuperset(scopes))
    if not roles:
        return f"no role of this tenant permits {wanted}"
    return f"{wanted}: the role{'s' if len(roles) > 1 else ''} {', '.join(roles)}"


def _owners(missing: MissingGrant) -> Sequence[str]:
    return [f"the owners of the subgraph {owner}" for owner in missing.owners]
