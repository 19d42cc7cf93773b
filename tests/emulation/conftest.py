"""For every emulation test: the system's programs are found, whoever the tester is."""

import os

from topologies.sandbox import system_path

os.environ["PATH"] = system_path()
