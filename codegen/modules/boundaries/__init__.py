"""What a module keeps to, so that its team ships without the others: ten rules, one file each, in `rules`."""

from codegen.modules.boundaries.checking import UnknownModuleError, check_modules
from codegen.modules.boundaries.model import Breach

__all__ = ["Breach", "UnknownModuleError", "check_modules"]
