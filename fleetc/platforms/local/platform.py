"""The embedded platform as a `fleetc.ports.Platform`."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from fleetc.errors import PlatformProblem, Rejected, ResultUnknown
from fleetc.ir.address import kind_of
from fleetc.ir.profile import Profile
from fleetc.ir.state import Catalogue, LiveResource, Observation
from fleetc.ir.values import Value, canonical
from fleetc.platforms.local import catalogue, effects, reading
from fleetc.platforms.local.calls import BY_HAND, CALLS, Call, check
from fleetc.platforms.local.config import LocalConfig
from fleetc.platforms.local.database import Database
from fleetc.platforms.local.effects import EffectRow
from fleetc.platforms.local.profile import local_profile
from fleetc.platforms.local.transaction import Touched, Transaction
from fleetc.ports import CallReply, Clock, Paged
from fleetc.run.failpoints import failpoint

__all__ = ["LocalPlatform"]

_AS_REAL = LocalConfig()


@dataclass(frozen=True, slots=True)
class _Request:
    """One call on its way: when it came in, and how long its answer takes after the effect."""

    call: Call | None
    name: str
    arguments: dict[str, Value]
    sent: str
    tag: str
    started: float
    after: float = 0.0


def _encoded(arguments: dict[str, Value]) -> str:
    try:
        return canonical(arguments).decode()
    except UnicodeEncodeError as error:
        raise Rejected(f"the arguments cannot be sent: {error}", state="nothing was sent") from None


class LocalPlatform:
    """One account on an embedded platform; the file is made when it is not there.

    Threads and processes may share the file. Raises `StateProblem` for a foreign or newer file.
    """

    name = "local"

    def __init__(self, path: Path, account: str, clock: Clock, config: LocalConfig = _AS_REAL) -> None:
        self.account = account
        self.config = config
        self.profile: Profile = local_profile(
            instance_settle=config.instance_settle,
            request_settle=config.request_settle,
            ignored_fields=config.ignored_fields,
        )
        self._clock = clock
        self._database = Database(path)
        self._open_account()

    def _open_account(self) -> None:
        query = "SELECT 1 FROM account WHERE name = ?"
        with self._database.reading() as connection:
            known = connection.execute(query, (self.account,)).fetchone()
        if known:
            return
        with self._database.writing() as connection:
            if not connection.execute(query, (self.account,)).fetchone():
                connection.execute("INSERT INTO account VALUES (?, 0)", (self.account,))
                catalogue.write(connection, self.account, catalogue.seed_catalogue())

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    # reading

    def observe(self, told: Paged | None = None) -> Observation:
        """Read everything, in one consistent view of the file; each kind is a page."""
        if self.config.rate_limit:
            with self._database.reading() as connection:
                query = "SELECT count(*) FROM network WHERE account = ?"
                (networks,) = connection.execute(query, (self.account,)).fetchone()
            self._pay(4 + 2 * networks)
        with self._viewing() as view:
            found, problems = reading.read_all(view, told)
            offered = catalogue.read(view.connection, self.account)
            moved = effects.counter(view.connection, self.account, view.now)
        return Observation(
            account=self.account,
            profile=self.profile,
            resources=found,
            catalogue=offered,
            complete=not problems,
            problems=problems,
            counter=moved,
        )

    def change_counter(self) -> int:
        """A number that grows with every change: by a call, by hand, or an instance that now runs."""
        with self._viewing() as view:
            return effects.counter(view.connection, self.account, view.now)

    def last_tag(self) -> str:
        """The tag of the newest call that was done with one; empty when there is none."""
        with self._database.reading() as connection:
            return effects.last_tag(connection, self.account)

    def find(self, address: str) -> tuple[LiveResource, ...]:
        """What stands at a natural key now, oldest first."""
        self._pay(1)
        with self._viewing() as view:
            return reading.by_address(view, address)

    def get(self, kind: str, platform_id: str) -> LiveResource | None:
        """The resource of that id, or None when it is gone."""
        self._pay(1)
        with self._viewing() as view:
            return reading.by_id(view, kind, platform_id)

    def log(self, after: int = 0) -> tuple[EffectRow, ...]:
        """The effect log of the account, from the row after `after`."""
        with self._database.reading() as connection:
            return effects.rows(connection, self.account, after)

    def catalogue(self) -> Catalogue:
        """What may be named without being declared."""
        with self._database.reading() as connection:
            return catalogue.read(connection, self.account)

    @contextmanager
    def _viewing(self) -> Iterator[reading.View]:
        with self._database.reading() as connection:
            yield reading.View(connection, self.config, self._clock.now(), self.account)

    # writing

    def call(self, name: str, arguments: dict[str, Value], *, tag: str) -> CallReply:
        """Send one call of the profile's recipes; raises `PlatformProblem`s."""
        started, sent = self._clock.now(), _encoded(arguments)
        self._pay(1)
        half = self.config.latency / 2
        self._wait(half)
        if self._chance(self.config.error_rate):
            raise ResultUnknown("502 Bad Gateway")
        answer = self._perform(_Request(CALLS.get(name), name, arguments, sent, tag, started, half))
        failpoint("K5", tag)
        self._wait(half)
        if self._chance(self.config.lost_rate):
            raise ResultUnknown("the connection was closed before the answer came")
        failpoint("K6", tag)
        if isinstance(answer, PlatformProblem):
            raise answer
        return msgspec.json.decode(answer, type=CallReply)

    def _perform(self, request: _Request) -> bytes | PlatformProblem:
        """Effect, counter and log row in one transaction; the answer as it would be sent."""
        problem: PlatformProblem | None = None
        touched = Touched("", "", {})
        with self._writing() as tx:
            try:
                touched = self._effect(tx, request)
                effects.moved(tx.connection, self.account)
            except PlatformProblem as refusal:
                problem = refusal
            row = EffectRow(
                seq=0,
                tag=request.tag,
                call=request.name,
                arguments=request.sent,
                started=request.started,
                ended=tx.now + request.after,
                outcome="rejected" if problem else "done",
                platform_id=touched.platform_id,
                address=touched.address,
            )
            effects.append(tx.connection, self.account, row)
            failpoint("K3", request.tag)
        return problem or msgspec.json.encode(CallReply(touched.platform_id, dict(touched.data)))

    def _effect(self, tx: Transaction, request: _Request) -> Touched:
        call, name = request.call, request.name
        if call is None:
            raise Rejected(f"-32601 unknown call {name!r}")
        check(name, call, request.arguments)
        if request.tag and not self.config.no_idempotency_keys:
            known = effects.earlier(tx.connection, self.account, request.tag, name, request.sent)
            if known:
                return Touched(*known, {"repeated": True})
        tx.connection.execute("SAVEPOINT effect")
        try:
            return call.run(tx, dict(request.arguments))
        except (PlatformProblem, sqlite3.IntegrityError) as problem:
            tx.connection.execute("ROLLBACK TO effect")
            raise problem if isinstance(problem, PlatformProblem) else tx.taken("Value") from None

    @contextmanager
    def _writing(self) -> Iterator[Transaction]:
        with self._database.writing() as connection:
            now = self._clock.now()
            effects.settle(connection, self.account, now)
            yield Transaction(connection, self.account, self.config, now, self._clock.token)

    def _wait(self, seconds: float) -> None:
        if seconds:
            self._clock.sleep(seconds)

    def _chance(self, rate: float) -> bool:
        return rate > 0 and self._clock.jitter() < rate

    def _pay(self, requests: int) -> None:
        if not self.config.rate_limit:
            return
        with self._database.writing() as connection:
            wait = effects.pay(connection, self.config, self._clock.now(), requests)
        if wait:
            raise effects.limited(wait)

    # by hand

    def set_fields(self, address: str, fields: dict[str, Value]) -> None:
        """Set fields of everything at an address by hand; null clears one."""
        for resource in self._at(address):
            self._by_hand("set", {"kind": resource.kind, "id": resource.id, "fields": fields})

    def remove(self, address: str) -> None:
        """Delete everything at an address by hand, as the platform's own delete does."""
        for resource in self._at(address):
            (recipe,) = self.profile.kinds[resource.kind].delete
            (key,) = recipe.arguments
            self._by_hand(recipe.name, {key: resource.id})

    def fail_over(self, network: str, name: str) -> None:
        """Move a virtual IP to its next fail-over holder; twice is not once."""
        for resource in self._at(f"virtual_ip/{network}/{name}"):
            self._by_hand("fail_over", {"virtual_ip_id": resource.id})

    def change_catalogue(
        self, category: str, name: str, *, version: str = "", state: str = "", add: bool = True
    ) -> None:
        """Add an entry to the catalogue, or remove it; version and state are a module's."""
        entry: dict[str, Value] = {"category": category, "name": name, "version": version}
        self._by_hand("catalog", {**entry, "state": state, "add": add})

    def _at(self, address: str) -> tuple[LiveResource, ...]:
        with self._viewing() as view:
            found = reading.by_address(view, address)
        if not found:
            raise Rejected(f"there is no {kind_of(address)} at {address}", state="nothing changed")
        return found

    def _by_hand(self, name: str, arguments: dict[str, Value]) -> None:
        call = BY_HAND.get(name) or CALLS[name]
        answer = self._perform(_Request(call, name, arguments, _encoded(arguments), "", self._clock.now()))
        if isinstance(answer, PlatformProblem):
            raise answer
