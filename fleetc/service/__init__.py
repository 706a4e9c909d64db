"""TODO(service)."""
