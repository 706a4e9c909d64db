"""The names that the value of a reference field holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from fleetc.model.schema import FieldSpec, FieldType

__all__ = ["join_modules", "module_name", "names_in", "split_module", "with_name"]


def split_module(text: str) -> tuple[str, str]:
    """Name and pin of a module reference; the pin is empty when the reference floats."""
    name, _, pin = text.partition("@")
    return name, pin


def module_name(text: str) -> str:
    """A module reference without its pin."""
    return split_module(text)[0]


def names_in(spec: FieldSpec, value: object) -> list[str]:
    """What `value` of reference field `spec` names: modules without pin, the peer of a selector.

    What is no text, and a selector of another sort, names nothing.
    """
    entries = value if isinstance(value, list | tuple) else (value,)
    texts = [entry for entry in entries if isinstance(entry, str) and entry]
    if spec.type is FieldType.MODULES:
        return [module_name(text) for text in texts]
    if spec.type is FieldType.SELECTOR:
        mark = f"{spec.refers_to}:"
        return [text.removeprefix(mark) for text in texts if text.startswith(mark)]
    return texts


def join_modules(first: Iterable[str], then: Iterable[str]) -> list[str]:
    """The module references of both: the same module again replaces the pin in place, a bare one keeps it."""
    pins = dict(map(split_module, first))
    for name, pin in map(split_module, then):
        pins[name] = pin or pins.get(name, "")
    return [f"{name}@{pin}" if pin else name for name, pin in pins.items()]


def with_name(spec: FieldSpec, text: str, new_name: Callable[[str], str]) -> str:
    """One entry of reference field `spec` with the name in it put through `new_name`."""
    names = names_in(spec, text)
    if not names:
        return text
    start = len(f"{spec.refers_to}:") if spec.type is FieldType.SELECTOR else 0
    return f"{text[:start]}{new_name(names[0])}{text[start + len(names[0]) :]}"
