"""What a visitor takes along: the experiment as a script."""
