"""The tables of the platform's file, as steps from one version of its schema to the next."""

from __future__ import annotations

__all__ = ["STEPS"]

_FIRST = """
CREATE TABLE account (name TEXT PRIMARY KEY, changes INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE catalogue (
  account TEXT NOT NULL, category TEXT NOT NULL, name TEXT NOT NULL,
  version TEXT NOT NULL, state TEXT NOT NULL,
  PRIMARY KEY (account, category, name, version)
) WITHOUT ROWID;
CREATE TABLE module (
  id TEXT PRIMARY KEY, account TEXT NOT NULL, name TEXT NOT NULL, fields TEXT NOT NULL
);
CREATE INDEX module_key ON module (account, name);
CREATE TABLE template (
  id TEXT PRIMARY KEY, account TEXT NOT NULL, name TEXT NOT NULL, fields TEXT NOT NULL
);
CREATE INDEX template_key ON template (account, name);
CREATE TABLE template_module (
  template_id TEXT NOT NULL REFERENCES template ON DELETE CASCADE,
  module TEXT NOT NULL, pin TEXT NOT NULL,
  PRIMARY KEY (template_id, module)
) WITHOUT ROWID;
CREATE INDEX template_module_name ON template_module (module);
CREATE TABLE node (
  id TEXT PRIMARY KEY, account TEXT NOT NULL, name TEXT NOT NULL,
  template_id TEXT NOT NULL REFERENCES template, fields TEXT NOT NULL
);
CREATE INDEX node_key ON node (account, name);
CREATE INDEX node_template ON node (template_id);
CREATE TABLE instance (
  number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, account TEXT NOT NULL,
  node_id TEXT NOT NULL REFERENCES node ON DELETE CASCADE,
  status TEXT NOT NULL, ready_at REAL NOT NULL, fields TEXT NOT NULL
);
CREATE INDEX instance_node ON instance (node_id);
CREATE INDEX instance_account ON instance (account);
CREATE INDEX instance_starting ON instance (account, ready_at) WHERE status = 'starting';
CREATE TABLE network (
  id TEXT PRIMARY KEY, account TEXT NOT NULL, name TEXT NOT NULL,
  prefix TEXT NOT NULL UNIQUE, fields TEXT NOT NULL
);
CREATE INDEX network_key ON network (account, name);
CREATE TABLE peer (
  id TEXT PRIMARY KEY, account TEXT NOT NULL,
  network_id TEXT NOT NULL REFERENCES network ON DELETE CASCADE,
  instance_id TEXT NOT NULL REFERENCES instance (id) ON DELETE CASCADE,
  address TEXT NOT NULL UNIQUE, fields TEXT NOT NULL
);
CREATE INDEX peer_key ON peer (network_id, instance_id);
CREATE INDEX peer_instance ON peer (instance_id);
CREATE INDEX peer_account ON peer (account);
CREATE TABLE virtual_ip (
  id TEXT PRIMARY KEY, account TEXT NOT NULL,
  network_id TEXT NOT NULL REFERENCES network ON DELETE CASCADE,
  name TEXT NOT NULL, cidr TEXT NOT NULL, fields TEXT NOT NULL
);
CREATE INDEX virtual_ip_key ON virtual_ip (network_id, name);
CREATE INDEX virtual_ip_cidr ON virtual_ip (account, cidr);
CREATE TABLE holder (
  virtual_ip_id TEXT NOT NULL REFERENCES virtual_ip ON DELETE CASCADE,
  list TEXT NOT NULL CHECK (list IN ('failover', 'holder')),
  position INTEGER NOT NULL,
  peer_id TEXT NOT NULL REFERENCES peer ON DELETE CASCADE,
  PRIMARY KEY (virtual_ip_id, list, position)
) WITHOUT ROWID;
CREATE INDEX holder_peer ON holder (peer_id);
CREATE TABLE bucket (id INTEGER PRIMARY KEY CHECK (id = 1), tokens REAL NOT NULL, at REAL NOT NULL);
CREATE TABLE effect (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, tag TEXT NOT NULL,
  call TEXT NOT NULL, arguments TEXT NOT NULL, started REAL NOT NULL, ended REAL NOT NULL,
  outcome TEXT NOT NULL, platform_id TEXT NOT NULL, address TEXT NOT NULL
);
CREATE INDEX effect_tag ON effect (account, tag);
CREATE TRIGGER effect_update BEFORE UPDATE ON effect
BEGIN SELECT RAISE(ABORT, 'the effect log is append-only'); END;
CREATE TRIGGER effect_delete BEFORE DELETE ON effect
BEGIN SELECT RAISE(ABORT, 'the effect log is append-only'); END;
"""

_PORT_MAPPINGS = """
CREATE TABLE port_mapping (
  id TEXT PRIMARY KEY, account TEXT NOT NULL,
  network_id TEXT NOT NULL REFERENCES network ON DELETE CASCADE,
  name TEXT NOT NULL,
  hub_id TEXT NOT NULL REFERENCES peer,
  target_peer_id TEXT REFERENCES peer,
  target_virtual_ip_id TEXT REFERENCES virtual_ip,
  fields TEXT NOT NULL
);
CREATE INDEX port_mapping_key ON port_mapping (network_id, name);
CREATE INDEX port_mapping_hub ON port_mapping (hub_id);
CREATE INDEX port_mapping_peer ON port_mapping (target_peer_id);
CREATE INDEX port_mapping_virtual_ip ON port_mapping (target_virtual_ip_id);
CREATE VIEW peer_name (id, name) AS
  SELECT p.id, CASE WHEN EXISTS (
    SELECT 1 FROM instance o JOIN peer q ON q.instance_id = o.id
    WHERE o.node_id = n.id AND o.number > i.number AND q.network_id = p.network_id
  ) THEN p.id ELSE n.name END
  FROM peer p JOIN instance i ON i.id = p.instance_id JOIN node n ON n.id = i.node_id;
"""

_FIREWALL_RULES = """
CREATE TABLE firewall_rule (
  id TEXT PRIMARY KEY, account TEXT NOT NULL,
  network_id TEXT NOT NULL REFERENCES network ON DELETE CASCADE,
  name TEXT NOT NULL, fields TEXT NOT NULL
);
CREATE INDEX firewall_rule_key ON firewall_rule (network_id, name);
"""

_ASSIGNMENTS = """
CREATE TABLE assignment (
  id TEXT PRIMARY KEY, account TEXT NOT NULL,
  node_id TEXT NOT NULL REFERENCES node ON DELETE CASCADE,
  module TEXT NOT NULL, fields TEXT NOT NULL
);
CREATE INDEX assignment_key ON assignment (node_id, module);
CREATE INDEX assignment_module ON assignment (account, module);
"""

STEPS = (_FIRST, _PORT_MAPPINGS, _FIREWALL_RULES, _ASSIGNMENTS)
"""Step 1 makes version 1 of the schema, each later one turns version n into n + 1."""
