"""The gateway's own hooks: they stand on the same points as a stranger's."""
