"""Start sock: `python3 labs/programs/sock` (the directory) or `python -m labs.programs.sock`."""

import runpy
import sys
from pathlib import Path

if __package__:
    from .main import main

    sys.exit(main())

# Run as a directory, there is no package around this file yet: start again as one.
HERE = Path(__file__).resolve().parent
sys.path[0] = str(HERE.parent)
runpy.run_module(HERE.name, run_name="__main__", alter_sys=True)
