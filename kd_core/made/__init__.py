"""Data sets that are made here, each by a function of a generator; `kd_core.sources` says what they are called."""
