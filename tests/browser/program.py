"""Which Chromium the tests of pages drive; setup.sh installs by the same rule."""

import shutil
from pathlib import Path

# Where setup.sh has playwright put the Chromium that it was made with.
BROWSERS = Path(__file__).parents[2] / ".venv/browsers"


def packaged() -> str | None:
    """The system's Chromium. A snap's is none: it may not read the pages, which lie in /tmp."""
    found = shutil.which("chromium")
    return found if found and Path(found).resolve().name != "snap" else None


def there() -> bool:
    """A Chromium is installed, so that setting up again has nothing to fetch."""
    return packaged() is not None or any(BROWSERS.glob("chromium*/INSTALLATION_COMPLETE"))
