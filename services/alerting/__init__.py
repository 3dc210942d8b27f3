"""Alerts: rules about sensors, their evaluation, what rooms are told of it, and what people answer. See docs/alerts.md."""
