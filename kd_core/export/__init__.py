"""What a visitor takes along: the experiment as a script, and parts of our own source as they are on disk. No torch.

Of the script: `needs` (what it has to hold), its parts (`loading`, `domain`, `teachers`, `students`, `training`,
`program`), `script` (all of it).
Parts of our source: `source`.
"""

from __future__ import annotations

from kd_core.export.script import script
from kd_core.export.source import Part, part_of, parts_of, source_of

__all__ = ["Part", "part_of", "parts_of", "script", "source_of"]
