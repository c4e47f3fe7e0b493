"""What keeps an installed Sidetone in order: its log, how it ended, one at a time, news of updates. No Qt here."""
