"""Checks a connection from DNS to the first words and says what is wrong and what to do about it."""
