"""`dovetail settings`: what may stand in gateway.yaml, and whether a file is right."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from supergraph.cli.failure import CommandError
from supergraph.gateway.settings import (
    GatewaySettings,
    InvalidSettingsError,
    Option,
    print_reference,
    print_schema,
    read_settings,
)

DEFAULT_FILE: Final = Path("gateway.yaml")


def settings_file(named: Path | None) -> Path | None:
    """The file that is named, or else the one in the working directory, if it is there."""
    return named or (DEFAULT_FILE if DEFAULT_FILE.is_file() else None)


def read_gateway_settings(
    file: Path | None, options: Sequence[Option], environment: Mapping[str, str] = os.environ
) -> GatewaySettings:
    """From file, environment and options. Raises CommandError."""
    try:
        return read_settings(file, environment, options)
    except InvalidSettingsError as error:
        raise CommandError(str(error)) from error


def show_schema() -> int:
    sys.stdout.write(print_schema())
    return 0


def show_reference() -> int:
    sys.stdout.write(print_reference())
    return 0


def check_settings(named: Path | None) -> int:
    """Raises CommandError."""
    file = settings_file(named)
    read_gateway_settings(file, [])
    if file is None:
        sys.stdout.write("no gateway.yaml here; the environment's settings are right\n")
    else:
        sys.stdout.write(f"{file}: its settings, and the environment's, are right\n")
    return 0
