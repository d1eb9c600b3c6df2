"""Teachers that are no network of ours: each gives logits, and that is all that a student hears of it."""
