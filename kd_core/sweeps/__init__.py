"""Sweeps: one experiment over a grid of its settings. `grid` needs no torch; `pieces` trains."""
