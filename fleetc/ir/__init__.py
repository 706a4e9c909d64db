"""Intermediate representation: addresses, values, the desired graph, observed state, profiles."""
