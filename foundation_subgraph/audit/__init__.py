"""What was done and what was denied, by tenant: written once, changed never."""
