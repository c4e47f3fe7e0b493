"""The composition root: command line, GUI start-up, and the one hand-written list of adapters."""
