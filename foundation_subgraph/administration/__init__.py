"""Administering a house: what `dovetail tenant`, `user`, `role` and the others do, over its database."""
