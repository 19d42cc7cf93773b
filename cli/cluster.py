"""A Dask cluster's workers, as `tcplab grade --dask` has them."""

import contextlib
import logging
from collections.abc import Iterator
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING, TypeVar

from cli.exits import UsageError
from grading.workers import Cluster, LostError, Work

if TYPE_CHECKING:
    from distributed import Client

T = TypeVar("T")


@contextlib.contextmanager
def cluster(address: str, work: Work[T]) -> Iterator[Cluster[T]]:
    """The workers at a scheduler's address; raises UsageError, also when they are lost later."""
    with _silence(), _client(address) as client:
        try:
            yield Cluster(client, work)
        except ModuleNotFoundError as error:
            raise UsageError(
                f"--dask: the workers at {address} have no {error.name}: install this version "
                "of tcplab on each of them"
            ) from error
        except Exception as error:
            if not _is_lost(client, error):
                raise
            told = error if isinstance(error, LostError) else "its scheduler is lost"
            raise UsageError(
                f"--dask: {address}: {told}: start it again; the same command with --resume goes "
                "on from there"
            ) from error


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Have Dask log nothing on the terminal: what there is to say of a cluster is said here."""
    logging.disable()
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


def _is_lost(client: "Client", error: Exception) -> bool:
    """Whether an error comes of workers or a scheduler that are no longer there."""
    from distributed.comm import CommClosedError

    gone = isinstance(error, LostError | CancelledError | CommClosedError)
    return gone or client.status != "running"


def _client(address: str) -> "Client":
    try:
        from distributed import Client
    except ImportError as error:
        raise UsageError("--dask needs Dask: pip install 'tcplab[cluster]'") from error
    try:
        return Client(address)
    except (ValueError, TypeError, OSError) as error:
        raise UsageError(
            f"--dask: {address}: {error}: name a scheduler that runs, such as tcp://ADDRESS:8786; "
            "--resume goes on with it"
        ) from error
