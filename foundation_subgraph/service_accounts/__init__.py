"""Service accounts: machines that act in a tenant, by API keys."""
