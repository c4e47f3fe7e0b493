"""Alerts for Qt: open ones first (gravest first), then history, newest first."""

from __future__ import annotations

from desktop.ui.row_model import ROW_ROLE, RowModel

ALERT_ROLE = ROW_ROLE


class AlertModel(RowModel):
    """Rows are `AlertRow`s."""
