"""`python -m kd_core run [QUERY] [--json]`, `sweep`, `data` and `answers`: the same as in the browser, without one."""

import sys

from kd_core.command import main

if __name__ == "__main__":
    sys.exit(main())
