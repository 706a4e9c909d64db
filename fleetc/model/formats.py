"""Values whose form matters beyond their type: CIDRs, addresses, module references, hosts, secrets.

Networks and addresses are brought to the canonical text of Python's `ipaddress`, so that two
spellings of one network compare equal.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping
from typing import cast

from fleetc.lang.diagnostics import Edit, Fix
from fleetc.lang.nodes import Map, Node, Seq
from fleetc.model.check import Place
from fleetc.model.names import expand, is_host, is_name
from fleetc.model.references import split_module
from fleetc.model.report import POISON
from fleetc.model.schema import FieldSpec, FieldType
from fleetc.model.secrets import key_of_secret, looks_secret

__all__ = ["STATES", "check_format", "harmless"]

STATES = ("built", "staging", "blessed", "live", "retired")
"""Lifecycle states that a module reference may follow."""

_T = FieldType
_PORTS = re.compile(r"([1-9][0-9]{0,4})(?:-([1-9][0-9]{0,4}))?")
_TAG = re.compile(r"tag:\S{1,64}")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")
_SHORTEST_SECRET = 15


def check_format(spec: FieldSpec, value: Node, place: Place, sibling: str = "") -> object:
    """The value in canonical form, or `POISON` after reporting what is wrong with it.

    `sibling` is the kind that `spec` refers to when its references name hosts.
    """
    if sibling and spec.type is not _T.SELECTOR:
        return _hosts(spec, value, place)
    checker = _CHECKERS.get(spec.type)
    return checker(spec, value, place) if checker else value


def _hosts(spec: FieldSpec, value: Node, place: Place) -> object:
    if isinstance(value, str):
        names = _host(value, place)
        if len(names) > 1:
            return place.wrong(
                "F0211",
                f"`{spec.key}` names {len(names)} hosts",
                "one host is wanted",
                help="write one host name",
            )
        return names[0] if names else POISON
    assert isinstance(value, Seq)
    found = [_host(str(entry), place.inside(value, index)) for index, entry in enumerate(value)]
    return [name for names in found for name in names] if all(found) else POISON


def _host(text: str, place: Place) -> tuple[str, ...]:
    return expand(text, place) if "[" in text else (text,)


def _selector(spec: FieldSpec, value: Node, place: Place) -> object:
    """`all`, a peer, a tag or a CIDR; the one host of a range with one name stands for it."""
    text, mark = str(value), f"{spec.refers_to}:"
    if text == "all" or _TAG.fullmatch(text):
        return text
    if text.startswith(mark):
        host = _hosts(spec, text.removeprefix(mark), place)
        return host if host is POISON else f"{mark}{host}"
    if "/" in text or text[:1].isdigit():
        return _cidr(spec, value, place)
    return place.wrong(
        "F0341",
        f"`{text}` is not a selector",
        "",
        help=f"write `all`, `{mark}NAME`, `tag:NAME` or a CIDR such as `10.0.0.0/24`",
    )


def _ports(spec: FieldSpec, value: Node, place: Place) -> object:
    """One port or a range of ports, as text."""
    match = _PORTS.fullmatch(str(value))
    low, high = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    if 1 <= low <= high <= 65535:
        return f"{low}-{high}" if low < high else str(low)
    return place.wrong(
        "F0340",
        f"`{value}` is neither a port nor a range of ports",
        "ports are 1 to 65535, the lower one first",
        help="write one port as `443`, or a range as `8000-8010`",
    )


def _cidr(spec: FieldSpec, value: Node, place: Place) -> object:
    text = str(value)
    try:
        if "/" not in text:
            width = ipaddress.ip_address(text).max_prefixlen
            fix = Fix(f"write {text}/{width}", (Edit(place.span, f"{text}/{width}"),))
            return place.wrong(
                "F0303",
                f"`{text}` has no prefix length",
                "",
                help=f"for one address write `{text}/{width}`",
                fixes=(fix,),
            )
        interface = ipaddress.ip_interface(text)
    except ValueError:
        return place.wrong(
            "F0303", f"`{text}` is not a CIDR", "", help="write a network as `10.0.0.0/24` or `fd00::/64`"
        )
    if interface.ip != interface.network.network_address:
        right = str(interface.network)
        fix = Fix(f"write {right}", (Edit(place.span, right),))
        return place.wrong(
            "F0304",
            f"`{text}` has host bits set",
            f"the network is `{right}`",
            help=f"write `{right}`",
            fixes=(fix,),
        )
    return str(interface.network)


def _cidrs(spec: FieldSpec, value: Node, place: Place) -> object:
    assert isinstance(value, Seq)
    checked = [_cidr(spec, entry, place.inside(value, index)) for index, entry in enumerate(value)]
    return POISON if POISON in checked else checked


def _ipv4(spec: FieldSpec, value: Node, place: Place) -> object:
    text = str(value)
    if ":" in text:
        return place.wrong(
            "F0305",
            f"`{text}` is not for IPv4",
            "an IPv4 address or a host name is wanted",
            help="write IPv6 addresses in the IPv6 key",
        )
    try:
        return str(ipaddress.IPv4Address(text))
    except ValueError:
        if is_host(text) and not re.fullmatch(r"[0-9.]+", text):
            return text
    return place.wrong(
        "F0306",
        f"`{text}` is neither an IPv4 address nor a host name",
        "",
        help="write an address as `203.0.113.5`",
    )


def _ipv6(spec: FieldSpec, value: Node, place: Place) -> object:
    text = str(value)
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return place.wrong(
            "F0306", f"`{text}` is not an IPv6 address", "", help="write an address as `2001:db8::5`"
        )
    if address.version != 6:
        return place.wrong(
            "F0305",
            f"`{text}` is not for IPv6",
            "an IPv6 address is wanted",
            help="write IPv4 addresses in the IPv4 key",
        )
    return str(address)


def _modules(spec: FieldSpec, value: Node, place: Place) -> object:
    assert isinstance(value, Seq)
    seen: dict[str, int] = {}
    wrong = False
    for index, entry in enumerate(value):
        at = place.inside(value, index)
        name, pin = split_module(str(entry))
        if not is_name(name) or ("@" in str(entry) and not _VERSION.fullmatch(pin)):
            at.wrong(
                "F0404",
                f"`{entry}` is not a module reference",
                "",
                help="write `name`, `name@version` or `name@state`",
            )
            wrong = True
        elif name in seen:
            first = value.value_span(seen[name])
            at.wrong(
                "F0406",
                f"module `{name}` is listed twice",
                f"first at {first.line}:{first.column}",
                help="take one of the two away",
            )
            wrong = True
        else:
            seen[name] = index
            _near_state(pin, at)
    return POISON if wrong else value


def _pin(spec: FieldSpec, value: Node, place: Place) -> object:
    if not _VERSION.fullmatch(str(value)):
        return place.wrong(
            "F0404",
            f"`{value}` is neither a version nor a state",
            "",
            help=f"write a version, or one of {', '.join(STATES)}",
        )
    _near_state(str(value), place)
    return value


def _near_state(pin: str, place: Place) -> None:
    if pin and pin not in STATES and pin.isalpha():
        similar = place.report.near(pin, STATES)
        if similar:
            place.report.warning(
                "F0410",
                f"`@{pin}` is read as a version",
                place.span,
                f"a state with a similar name exists: `{similar}`",
                help=f"write `@{similar}` to follow that state",
                owner=place.owner,
            )


def _strings(spec: FieldSpec, value: Node, place: Place) -> object:
    seen: set[str] = set()
    if not isinstance(value, Seq):
        return value
    for index, entry in enumerate(value):
        if str(entry) in seen and spec.unordered:
            place.report.warning(
                "F0311",
                f"`{entry}` is listed twice in `{spec.key}`",
                value.value_span(index),
                "order and repetition do not matter here",
                help="take one of the two away",
                owner=place.owner,
            )
        seen.add(str(entry))
    return value


def harmless(value: Map, known: set[str]) -> bool:
    """Whether a mapping of strings holds nothing that could be a secret, told by a quick look.

    `known` are keys found harmless before; it grows.
    """
    if not known.issuperset(value):
        fresh = [key for key in value if not key_of_secret(key)]
        if len(fresh) < len(value):
            return False
        known.update(fresh)
    return max(map(len, cast("Iterable[str]", value.values())), default=0) < _SHORTEST_SECRET


def _free(spec: FieldSpec, value: Node, place: Place) -> object:
    """A mapping, after a look for values that seem to be secrets."""
    waiting: list[Map | Seq] = [value] if isinstance(value, Map | Seq) else []
    while waiting:
        holder = waiting.pop()
        for key, entry in holder.items() if isinstance(holder, Map) else enumerate(holder):
            if isinstance(entry, Map | Seq):
                waiting.append(entry)
            elif key == "secret" and len(holder) == 1 and str(entry).startswith("env:"):
                _reference(place.inside(holder, key))
                return POISON
            elif looks_secret(entry, key):
                _secret(place.inside(holder, key), key)
    return value


def _reference(place: Place) -> None:
    """A reference to a secret would reach the platform as the text it is: refused until it is resolved."""
    place.report.error(
        "F0124",
        "references to secrets are not supported yet",
        place.span,
        "nothing would put the secret in its place",
        help="leave the value out, and set it on the platform",
        owner=place.owner,
    )


def _secret(place: Place, key: str | int) -> None:
    place.report.warning(
        "F0308",
        f"the value of `{key}` looks like a secret",
        place.span,
        "everybody who can read the repository can read it",
        help="keep secrets out of the fleet file",
        owner=place.owner,
        secret=True,
    )


_CHECKERS: Mapping[FieldType, Callable[[FieldSpec, Node, Place], object]] = {
    _T.CIDR: _cidr,
    _T.CIDR_LIST: _cidrs,
    _T.IPV4: _ipv4,
    _T.IPV6: _ipv6,
    _T.PIN: _pin,
    _T.MODULES: _modules,
    _T.PORTS: _ports,
    _T.SELECTOR: _selector,
    _T.STRING_LIST: _strings,
    _T.MAPPING: _free,
    _T.STRING_MAP: _free,
}
