"""The tenant of a transaction, as PostgreSQL knows it."""

from typing import Final

TENANT_SETTING: Final = "dovetail.tenant_id"
CURRENT_TENANT: Final = f"NULLIF(current_setting('{TENANT_SETTING}', true), '')::uuid"
"""The SQL for the tenant of the transaction: NULL where none is set, and NULL equals no tenant."""
