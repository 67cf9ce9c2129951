"""Sensors that fly: the paths of those on an orbit, on a route of their own or aboard a flight."""
