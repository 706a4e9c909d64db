"""Other keys for actions: which words are keys, and what a person may not do to the table. Pure.

The law of the table holds whatever the keys are: what opens a dialog sits on an upper-case letter
or a function key, and nothing else does but what is marked harmless; one key is one action.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from fleetc.errors import InputProblem
from fleetc.lang.suggest import near
from fleetc.lang.text import visible
from fleetc.tui.bindings import KEYS, SCOPES, Key, keys_of, shown_key

__all__ = ["checked", "named"]

_RENAMED = {
    "solidus": "slash",
    "reverse_solidus": "backslash",
    "commercial_at": "at",
    "hyphen_minus": "minus",
    "plus_sign": "plus",
    "low_line": "underscore",
}
_FUNCTION = frozenset(f"f{number}" for number in range(1, 13))
_OTHERS = (
    *("up", "down", "left", "right", "home", "end", "pageup", "pagedown", "insert", "delete"),
    *("enter", "tab", "shift+tab", "space", "escape", "backspace"),
)
_SAME = frozenset({"ctrl+i", "ctrl+m", "ctrl+h"})
"""What terminals send for tab, enter and backspace as well."""
_SAMPLES = "a letter or sign, f1 to f12, ctrl+ and a letter, up, home, pgdn, enter, space and the like"


def _name(char: str) -> str:
    if char.isalnum():
        return char
    name = unicodedata.name(char).lower().replace("-", "_").replace(" ", "_")
    return _RENAMED.get(name, name)


def _names() -> dict[str, str]:
    """Each way to write a key, with the name that it has in the table."""
    names = {name: name for name in (*_FUNCTION, *_OTHERS)}
    for code in range(0x21, 0x7F):
        name = _name(chr(code))
        names[chr(code)] = names[name] = name
    names |= {f"ctrl+{chr(code)}": f"ctrl+{chr(code)}" for code in range(ord("a"), ord("z") + 1)}
    names |= {shown_key(name): name for name in tuple(names.values())}
    return {name: key for name, key in names.items() if key not in _SAME}


_NAMES = _names()


def named(word: str) -> str:
    """The table's name of a key as somebody writes it; empty for what is no key."""
    return _NAMES.get(word, "")


def checked(place: str, wanted: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """The keys of actions, by their ids; raises `InputProblem` (F1021, F1022, F1030, F1031)."""
    table = {key.id: key for key in KEYS}
    found = {id_: _keys(place, table, id_, words) for id_, words in wanted.items()}
    for id_, keys in found.items():
        for name in keys:
            _refuse_unlawful(place, table[id_], name)
    for scope in SCOPES:
        _refuse_twice(place, scope, found)
    return found


def _keys(place: str, table: Mapping[str, Key], id_: str, words: tuple[str, ...]) -> tuple[str, ...]:
    if id_ not in table:
        similar = near(id_, list(table))
        hint = f"a similar one: `{similar}`" if similar else "`fleetc review` shows them with ?"
        raise InputProblem(f"{place} no action has the id `{visible(id_, 64)}`; {hint}", code="F1021")
    wrong = next((word for word in words if not named(word)), None)
    if not words or wrong is not None:
        said = f"`{visible(wrong, 40)}` is no key; " if wrong is not None else ""
        raise InputProblem(f"{place} `{id_}`: {said}keys are {_SAMPLES}", code="F1022")
    return tuple(dict.fromkeys(map(named, words)))


def _refuse_unlawful(place: str, key: Key, name: str) -> None:
    upper = len(name) == 1 and name.isupper()
    if key.dialog and not (upper or name in _FUNCTION):
        why = "opens a dialog, and so needs an upper-case letter or a function key"
    elif upper and not (key.dialog or key.harmless):
        why = "opens no dialog, and so needs another key than an upper-case letter"
    else:
        return
    raise InputProblem(
        f"{place} `{key.id}` on {shown_key(name)}: it {why}",
        code="F1031",
        next_step=f"leave it on {shown_key(key.keys[0])}, or choose another key",
    )


def _refuse_twice(place: str, scope: str, wanted: Mapping[str, tuple[str, ...]]) -> None:
    taken: dict[str, Key] = {}
    for key in keys_of(scope, wanted):
        for name in key.keys:
            other = taken.setdefault(name, key)
            if other is not key:
                raise InputProblem(
                    f"{place} {shown_key(name)} would be both `{other.id}` and `{key.id}`",
                    code="F1030",
                    next_step="give one of them another key",
                )
