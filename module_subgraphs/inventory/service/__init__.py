"""What can be done with items and their stock, over a session that sees one tenant."""

from module_subgraphs.inventory.service.items import (
    ORDER,
    ItemValues,
    add_item,
    all_items,
    change_item,
    find_items,
    remove_item,
)
from module_subgraphs.inventory.service.stock import (
    LOW_STOCK,
    MAX_QUANTITY,
    StockReason,
    is_low,
    latest_movements,
    move_stock,
    write_demo_data,
)

__all__ = [
    "LOW_STOCK",
    "MAX_QUANTITY",
    "ORDER",
    "ItemValues",
    "StockReason",
    "add_item",
    "all_items",
    "change_item",
    "find_items",
    "is_low",
    "latest_movements",
    "move_stock",
    "remove_item",
    "write_demo_data",
]
