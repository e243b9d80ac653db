"""Users: people, where they are members, what roles they have there. Owns User(id)."""
