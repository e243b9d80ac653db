"""What every section of the settings is, and the kinds of values that need care: as those of a house are."""

from supergraph.spec import SETTINGS_FOLDER as FOLDER
from supergraph.spec import Secret, SettingsPath, UnreadableSecretError
from supergraph.spec import SettingsSection as Settings

__all__ = ["FOLDER", "Secret", "Settings", "SettingsPath", "UnreadableSecretError"]
