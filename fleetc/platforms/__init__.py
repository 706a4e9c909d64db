"""TODO(platforms)."""
