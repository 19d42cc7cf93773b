"""Why a lab has no run directory to show."""


class LabError(RuntimeError):
    """The lab didn't play as written: what was waited for, and what was there instead."""


class MachineError(RuntimeError):
    """This machine lacks something that the lab needs: what it is, and how to get it."""
