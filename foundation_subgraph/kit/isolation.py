"""Whether the tables of a subgraph keep tenants apart, as the database's own catalogue tells it.

Asked after every migration, so that it holds for modules nobody has thought of yet: what is found undoes the migration.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, text

from foundation_subgraph.kit.roles import FOUNDATION_ROLE, SIGN_IN_ROLE

_OWN_ROWS: Final = "(tenant_id = (NULLIF(current_setting('dovetail.tenant_id'::text, true), ''::text))::uuid)"
"""The condition of a tenant table's policy, as PostgreSQL prints it."""

_FAULTS: Final = text(
    """
    WITH tables AS (
        SELECT c.oid, c.relname AS name, c.relname = ANY(:shared) AS shared, c.relowner, c.relacl,
               c.relrowsecurity AND c.relforcerowsecurity AS secured, a.attnum AS tenant,
               coalesce(a.attnotnull AND a.atttypid = 'uuid'::regtype, false) AS told
        FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
        WHERE c.relnamespace = CAST(:schema AS regnamespace) AND c.relkind IN ('r', 'p') AND c.relname <> :version_table
    ), policies AS (
        SELECT p.polrelid AS oid, p.polname::text AS name, p.polcmd, p.polpermissive, pg_get_expr(p.polqual, p.polrelid) AS seen,
               pg_get_expr(p.polwithcheck, p.polrelid) AS written,
               ARRAY(SELECT CASE WHEN one = 0 THEN 'public' ELSE pg_get_userbyid(one)::text END FROM unnest(p.polroles) one) AS roles
        FROM pg_policy p
    ), isolating AS (
        SELECT * FROM policies WHERE polpermissive AND polcmd = '*' AND roles = ARRAY['public']
        AND seen = :own_rows AND written = :own_rows
    ), grants AS (
        SELECT t.oid, right_.privilege_type AS privilege, right_.grantee
        FROM tables t, LATERAL aclexplode(t.relacl) right_
        UNION ALL SELECT t.oid, right_.privilege_type, right_.grantee
        FROM tables t JOIN pg_attribute a ON a.attrelid = t.oid, LATERAL aclexplode(a.attacl) right_
    )
    SELECT name, 'row-level security is not both enabled and forced' AS why FROM tables WHERE NOT secured
    UNION SELECT name, 'it has no tenant_id that is a uuid and never null' FROM tables WHERE NOT shared AND NOT told
    UNION SELECT name, 'no policy for all commands keeps reading and writing to the transaction''s tenant' FROM tables t
        WHERE NOT shared AND NOT EXISTS (SELECT FROM isolating i WHERE i.oid = t.oid)
    UNION SELECT t.name, 'the policy ' || p.name || ' lets more be seen or written than the tenant''s own'
        FROM tables t JOIN policies p ON p.oid = t.oid
        WHERE NOT t.shared AND p.polpermissive AND NOT EXISTS (SELECT FROM isolating i WHERE i.oid = t.oid AND i.name = p.name)
        AND NOT (:with_sign_in AND p.polcmd = 'r' AND p.roles = ARRAY[:sign_in])
    UNION SELECT t.name, 'the unique key ' || i.indexrelid::regclass || ' is without the tenant, so a clash tells of another one'
        FROM tables t JOIN pg_index i ON i.indrelid = t.oid
        WHERE NOT t.shared AND (i.indisunique OR i.indisexclusion)
        AND NOT coalesce(t.tenant = ANY((i.indkey::int2[])[0:i.indnkeyatts - 1]), false)
    UNION SELECT t.name, 'the foreign key ' || k.conname || ' leaves the subgraph'
        FROM tables t JOIN pg_constraint k ON k.conrelid = t.oid JOIN pg_class other ON other.oid = k.confrelid
        WHERE k.contype = 'f' AND other.relnamespace <> CAST(:schema AS regnamespace)
    UNION SELECT t.name, 'the foreign key ' || k.conname || ' is without the tenant, so it tells whether another one has the row'
        FROM tables t JOIN pg_constraint k ON k.conrelid = t.oid JOIN tables other ON other.oid = k.confrelid
        WHERE k.contype = 'f' AND NOT other.shared AND NOT EXISTS (
            SELECT FROM unnest(k.conkey, k.confkey) AS pair(here, there) WHERE here = t.tenant AND there = other.tenant)
    UNION SELECT t.name, 'the column ' || a.attname || ' counts over all tenants: take a random id'
        FROM tables t JOIN pg_attribute a ON a.attrelid = t.oid LEFT JOIN pg_attrdef d ON d.adrelid = t.oid AND d.adnum = a.attnum
        WHERE NOT t.shared AND (a.attidentity <> '' OR pg_get_expr(d.adbin, t.oid) LIKE 'nextval(%')
    UNION SELECT t.name, 'it is open to ' || CASE WHEN g.grantee = 0 THEN 'everybody' ELSE pg_get_userbyid(g.grantee)::text END
        FROM tables t JOIN grants g ON g.oid = t.oid
        WHERE g.grantee <> t.relowner AND g.grantee <> CAST(:role AS regrole)
        AND NOT (:with_sign_in AND g.grantee = CAST(:sign_in AS regrole))
    UNION SELECT t.name, 'a right to ' || g.privilege || ' is not bound by row-level security'
        FROM tables t JOIN grants g ON g.oid = t.oid
        WHERE g.grantee <> t.relowner AND g.privilege NOT IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
    UNION SELECT t.name, 'the rule ' || r.rulename || ' works with its owner''s rights: take a trigger'
        FROM tables t JOIN pg_rewrite r ON r.ev_class = t.oid
    UNION SELECT c.relname, CASE c.relkind WHEN 'v' THEN 'the view is not security_invoker' ELSE 'no policy can protect it' END
        FROM pg_class c WHERE c.relnamespace = CAST(:schema AS regnamespace) AND (
            c.relkind IN ('m', 'f')
            OR c.relkind = 'v' AND NOT coalesce(c.reloptions && ARRAY['security_invoker=true', 'security_invoker=on'], false))
    UNION SELECT p.proname, 'the function runs with its owner''s rights, or with settings of its own'
        FROM pg_proc p WHERE p.pronamespace = CAST(:schema AS regnamespace) AND (p.prosecdef OR p.proconfig IS NOT NULL)
    UNION SELECT t.name, 'the trigger ' || g.tgname || ' runs a function of another schema'
        FROM tables t JOIN pg_trigger g ON g.tgrelid = t.oid JOIN pg_proc p ON p.oid = g.tgfoid
        WHERE NOT g.tgisinternal AND p.pronamespace <> CAST(:schema AS regnamespace)
    ORDER BY 1, 2
    """
)


@dataclass(frozen=True, slots=True)
class IsolationFault:
    """Something in a subgraph's schema by which tenants could learn of each other. `name`: of a table, view, function."""

    name: str
    why: str


def find_isolation_faults(
    connection: Connection, schema: str, *, role: str, shared_tables: Collection[str], version_table: str
) -> list[IsolationFault]:
    """All faults of one subgraph's schema, by name; none where tenants are kept apart.

    `role` is the one that its requests are served in; the sign-in may read what is the foundation's, and nothing else.
    """
    found = connection.execute(
        _FAULTS,
        {
            "schema": connection.dialect.identifier_preparer.quote(schema),
            "role": role,
            "shared": list(shared_tables),
            "version_table": version_table,
            "own_rows": _OWN_ROWS,
            "sign_in": SIGN_IN_ROLE,
            "with_sign_in": role == FOUNDATION_ROLE,
        },
    )
    return [IsolationFault(name, why) for name, why in found]
