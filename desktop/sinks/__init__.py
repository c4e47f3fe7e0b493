"""The doors out: native notifications (and later: history, exports, webhooks)."""
