"""TODO(model)."""
