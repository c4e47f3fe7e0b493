"""The window: Qt adapts what the dashboard knows and owns nothing of it."""
