"""What a visitor takes along: the experiment as a script, and parts of our own source as they are on disk. No torch."""

from __future__ import annotations

from kd_core.export.script import script
from kd_core.export.source import Part, part_of, parts_of, source_of

__all__ = ["Part", "part_of", "parts_of", "script", "source_of"]
