"""TODO(tui)."""
