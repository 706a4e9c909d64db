"""TODO(lang)."""
