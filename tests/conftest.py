"""For every test: hypothesis judges results, never how long a busy machine takes for them.

And what is started writes through Python's buffers, as it does on a user's machine.
"""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")
os.environ.pop("PYTHONUNBUFFERED", None)
