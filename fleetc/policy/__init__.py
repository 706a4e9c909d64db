"""Rules over plans: what may happen, and who has to approve it (design 3)."""
