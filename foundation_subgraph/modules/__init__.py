"""The register of modules: whose id is whose."""
