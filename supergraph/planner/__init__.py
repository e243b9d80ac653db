"""Operation + supergraph -> plan."""
