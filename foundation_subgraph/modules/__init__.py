"""The registry of modules: ids, versions, which tenant has which, rollouts and rollbacks.

`registry.py` is what it knows, as a value; `resolution.py` works out of it who has what; `changes.py` is the only
writer, and `following.py` keeps a process that serves up to date.
"""
