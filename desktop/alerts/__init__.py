"""Readings and hits to alerts: rules as data, watches with hysteresis, the alert book. Pure."""
