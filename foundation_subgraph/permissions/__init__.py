"""Permissions that subgraphs declare, and the roles of a tenant that bundle them."""
