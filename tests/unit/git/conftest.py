from __future__ import annotations

from tests.unit.git.repositories import make, repository

__all__ = ["make", "repository"]
