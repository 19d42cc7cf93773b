"""Words and numbers that checks take as parameters, apart from the checks, which load late."""

from typing import Literal

from captures.segment import MSS, SACK_PERMITTED, WINDOW_SCALE

Word = Literal["eol", "nop", "mss", "wscale", "sackOK", "timestamp"]
Negotiable = Literal["wscale", "sackOK", "timestamp"]

# Options that nothing but a SYN may carry (RFC 9293 3.2, 7323 2.2, 2018 2).
ONLY_IN_SYNS = (MSS, WINDOW_SCALE, SACK_PERMITTED)

# A schedule of retransmissions: `linux` stands for what the client's sysctls say.
ScheduleName = Literal["bsd", "sunos", "linux-exponential", "linux-linear", "linux", "doubling"]

# How exactly a state's length can be seen, in seconds.
TOLERANCE_S = 1.5

# How a student's program ends: by itself, or, as a server, when the lab ends it.
ProgramEnds = Literal["exits", "stays"]
