"""What goes wrong with a capture, as one exception."""


class CaptureError(ValueError):
    """Malformed capture: the message names the frame (or line) and what is wrong with it.

    A damaged capture is never a verdict: readers raise this, and callers turn it into
    'unreadable input' (exit status 2) or an INCONCLUSIVE finding.
    """
