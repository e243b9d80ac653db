"""Leads: whoever may become a customer of a tenant. Owns Lead(id); refers to Customer(id)."""

from module_subgraphs.leads.graph import subgraph

__all__ = ["subgraph"]
