from typing import Final

from foundation_subgraph.kit import Access, Permission

LOYALTY_READ: Final = Permission("loyalty:read", "See points, tiers and awards", Access.READ)
LOYALTY_AWARD: Final = Permission("loyalty:award", "Award points to customers", Access.WRITE)

PERMISSIONS: Final = (LOYALTY_READ, LOYALTY_AWARD)
