"""How well an engine hears: recordings with transcripts in, word errors, keyword scores and delays out."""
