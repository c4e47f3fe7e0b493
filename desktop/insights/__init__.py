"""Segments and voice activity to readings: sentiment of words, keyword hits, call dynamics, redaction. Pure."""
