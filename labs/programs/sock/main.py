"""sock, from its command line to its exit status."""

import os
import sys
from contextlib import nullcontext

from . import client, server
from .accept_queue import personality
from .messages import NetworkError, UsageError, say
from .options import Options, parse
from .terminal import cbreak
from .usage import help_text

NETWORK_ERROR, WRONG_USAGE, INTERRUPTED = 1, 2, 130


def main() -> int:
    """Run sock with sys.argv; the exit status."""
    try:
        options = parse(sys.argv[1:])
        system = personality(os.environ)
        if options.help:
            print(help_text())
        else:
            _run(options, system)
    except UsageError as error:
        say(f"sock: {error}\ntry: sock --help")
        return WRONG_USAGE
    except NetworkError as failure:
        say(str(failure))
        return NETWORK_ERROR
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


def _run(options: Options, system: str) -> None:
    with cbreak() if options.cbreak else nullcontext():
        if options.server:
            server.run(options, system)
        else:
            client.run(options)
