"""Hostile files cost little memory and end in one error, in a process of their own."""

from __future__ import annotations

import subprocess
import sys

import pytest

_PROGRAM = """
import resource, sys
from fleetc.lang.source import SourceFile
from fleetc.lang.yaml_tree import compose

data = eval(sys.argv[1])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
limit = 320 << 20  # address space of this Python with its libraries, and 256 MiB
resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
tree, found = compose(SourceFile("fleet.yaml", data))
assert tree is None
print(*(item.code for item in found))
"""

HOSTILE = {
    "a million brackets": ("b'[' * 1_000_000", "F0013"),
    "a million braces": ("b'{' * 1_000_000", "F0013"),
    "a million dashes": ("b'- ' * 1_000_000", "F0013"),
    "a million question marks": ("b'? ' * 1_000_000", "F0013"),
    "a million keys in a line": ("b'a: ' * 1_000_000", "F0033"),
    "a million anchors": ("b'a: ' + b'&a ' * 1_000_000", "F0040"),
    "an alias bomb of 40 levels": (
        (
            "b'x0: &x0 [1]\\n' + b''.join(b'x%d: &x%d [' % (n, n) + b'*x%d, ' % (n - 1) * 9 + b']\\n'"
            " for n in range(1, 40))"
        ),
        "F0015",
    ),
    "a merge bomb": (
        (
            "b'x0: &x0 {a: 1}\\n' + b''.join(b'x%d: &x%d {<<: [' % (n, n) + b'*x%d, ' % (n - 1) * 9 + b']}\\n'"
            " for n in range(1, 40))"
        ),
        "F0015",
    ),
    "a long merge chain": (
        (
            "b'x0: &x0 {a: 1}\\n' + b''.join(b'x%d: &x%d {<<: *x%d, k%d: 1}\\n' % (n, n, n - 1, n)"
            " for n in range(1, 50_000))"
        ),
        "F0013",
    ),
    "one mapping aliased often": (
        "b'a: &a {' + b', '.join(b'k%d: 1' % n for n in range(2_000)) + b'}\\nb:\\n' + b'- <<: *a\\n' * 100_000",
        "F0015",
    ),
    "a scalar of 40 MB": ("b'a: ' + b'x' * 40_000_000", "F0014"),
    "a file over the limit": ("bytes(64 * 1024 * 1024 + 1)", "F0006"),
    "ten million control characters": ("b'a: ' + b'\\x1b' * 10_000_000", " ".join(["F0003"] * 20)),
    "a million duplicate keys": ("b'a: 1\\n' * 300_000", " ".join(["F0021"] * 20)),
    "ten million closing brackets": ("b'a: ' + b']' * 10_000_000", "F0041"),
    "twenty million empty lines": ("b'\\n' * 20_000_000 + b'a: 1\\na: 2'", "F0021"),
    "an open quote over the whole file": ("b'a: \"' + b'x y\\n ' * 4_000_000", "F0030"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_within_the_memory_of_its_text(name: str) -> None:
    data, codes = HOSTILE[name]
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, data], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip() == codes
