"""What looks like a secret: by the key it stands under, or by its own form."""

from __future__ import annotations

import re

__all__ = ["HIDDEN", "key_of_secret", "looks_secret"]

HIDDEN = "(hidden: it looks like a secret)"
"""What people are shown in the place of such a value."""

_KEY = re.compile(
    r"(?:^|[_.-])(?:password|passwd|passphrase|secret|token|api_?key|private_?key|credentials?)$",
    re.IGNORECASE,
)
_VALUE = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY|AKIA[0-9A-Z]{16}\b|gh[pousr]_[A-Za-z0-9]{30}|xox[abprs]-[0-9A-Za-z-]{10}|glpat-[\w-]{20}"
)


def key_of_secret(key: str) -> bool:
    """Whether a key names a secret (`password`, `api_key`)."""
    return _KEY.search(key) is not None


def looks_secret(value: object, key: object = "") -> bool:
    """Whether a text looks like a secret, by itself or by the key of the mapping it stands under."""
    if not isinstance(value, str) or not value:
        return False
    return (isinstance(key, str) and key_of_secret(key)) or _VALUE.search(value) is not None
