"""TODO(run)."""
