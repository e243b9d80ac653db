"""Sessions: somebody signed in to a tenant, until they sign out, are sent away, or stay away for too long."""
