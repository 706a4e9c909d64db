"""The embedded platform: the real one's semantics in one SQLite file.

What comes in: the calls of its profile (`profile.py`), each with its own fixed list of arguments,
and changes by hand. What goes out: observations, answers, and an append-only effect log.

    platform     the port: reads, calls, faults, changes by hand
    calls        each call's name, arguments and function
    machines     modules, templates, nodes, instances
    assignments  modules of single nodes
    networks     networks, peers, virtual IPs
    firewall     firewall rules
    mappings     port mappings
    renames      other names for what has one
    hand         what a person does past every recipe
    reading      resources out of rows, a fixed number of queries for an account
    effects      the effect log, the change counter, the token bucket
    database     the file, its connections and transactions
    tables       its tables, as steps from version to version
    catalogue, addressing, transaction, config, profile

Laws:

- A call is one transaction: its effect, the change counter and its row in the effect log stand
  or fall together. A refused call changes nothing and is logged too; a failed look-up is not.
- The counter moves with every change of what `observe` can show: calls, changes by hand, and an
  instance that comes to run. It never goes back while the clock does not.
- Time and randomness come from the clock; addresses follow from names and the seed.
- Nothing refers to what is not there: a peer goes with its network, its node or by hand, leaves
  the holder lists it is in, and a virtual IP without a holder is `unassigned`. What a port mapping
  rests on stays. Only a firewall rule's selector may name a peer that is gone, by its id.
"""

from fleetc.platforms.local.catalogue import seed_catalogue
from fleetc.platforms.local.config import LocalConfig
from fleetc.platforms.local.effects import EffectRow
from fleetc.platforms.local.platform import LocalPlatform

__all__ = ["EffectRow", "LocalConfig", "LocalPlatform", "seed_catalogue"]
