"""TODO(report)."""
