"""Packets in, 16 kHz mono blocks out: codecs, resampling, reorder and concealment."""
