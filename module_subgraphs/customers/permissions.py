from typing import Final

from foundation_subgraph.kit import Access, Permission

CUSTOMERS_READ: Final = Permission("customers:read", "See customers", Access.READ)
CUSTOMERS_CONTACT: Final = Permission(
    "customers:contact", "See how customers can be reached", Access.CONFIDENTIAL
)
CUSTOMERS_WRITE: Final = Permission("customers:write", "Add customers", Access.WRITE)

PERMISSIONS: Final = (CUSTOMERS_READ, CUSTOMERS_CONTACT, CUSTOMERS_WRITE)
