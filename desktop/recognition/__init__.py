"""Blocks of speech in, words out: the embedded recogniser and whatever else fits the port."""
