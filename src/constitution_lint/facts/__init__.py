"""Facts: the vocabulary that readers write and everything above reads. Frozen values with spans, no syntax nodes."""
