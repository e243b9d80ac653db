"""Modules made from a line of words, and the check that each keeps to its own folder."""

from codegen.modules.boundaries import Breach, UnknownModuleError, check_modules
from codegen.modules.generation import (
    FileChange,
    FileState,
    Written,
    compare_module,
    make_module,
    refuse_taken_id,
    rewrite_module,
    write_files,
)
from codegen.modules.house import House, read_house
from codegen.modules.listing import ListedModule, list_modules
from codegen.modules.wishes import UnfitWishError, Wish, check_id, read_wish

__all__ = [
    "Breach",
    "FileChange",
    "FileState",
    "House",
    "ListedModule",
    "UnfitWishError",
    "UnknownModuleError",
    "Wish",
    "Written",
    "check_id",
    "check_modules",
    "compare_module",
    "list_modules",
    "make_module",
    "read_house",
    "read_wish",
    "refuse_taken_id",
    "rewrite_module",
    "write_files",
]
