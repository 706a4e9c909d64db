"""TODO(plan)."""
