"""Sentences for translators that stand in no string of their own: put together, or single words."""

from checkers.check import COPIES
from checkers.verdict import Verdict
from topologies.settings import NO_NFTABLES

# Single words of the command line, what it puts together, and what click says.
COMMAND_LINE = (
    *("hand-ins", "students", "nobody's", "writing {0}"),
    *("lab", "kind", "section", "takes", "title", "session", "program"),
    *("end", "segs", "bytes", "again", "state", "unknown", "segment"),
    *("fine", "degraded", "unfit", "user", "root", "sandbox", "programs"),
    *(
        "down",
        "or",
        "Right.",
        "Usage:",
        "Error:",
        "degraded:",
        "at {{point}}",
        "{{socket}} is in {{state}}",
    ),
    *("interrupted", "played", "waiting until {0} has a socket with port {1} in {2}"),
    "waiting until {0} has no socket with port {1} in {2}",
    *("closed by both", "half-closed by {0}", "reset by {0}", "refused by {0}"),
    *("options {0} and {1}", "{0} or {1}", "{0} run", "{0} runs", "{0} capture", "{0} captures"),
    *("{0} file", "{0} files", "{0} byte", "Examples: {0}", "Example: {0}"),
    "unknown lab {0}: did you mean {1}? The labs are {2}",
    "unknown lab {0}: The labs are {1}",
    *("Options", "Commands", "Show this message and exit."),
    *("No such option '{0}'.", "No such option '{0}'. Did you mean '{1}'?"),
    *("No such command '{0}'.", "No such command '{0}'. Did you mean '{1}'?"),
    *("Missing argument '{0}'.", "Missing option '{0}'.", "Missing command."),
    *("Option '{0}' requires an argument.", "Got unexpected extra argument ({0})"),
    *("Got unexpected extra arguments ({0})", "Invalid value for '{0}': {1}"),
    *("No such option: {0}", "{0}: No such file or directory", "{0}: Permission denied"),
    *("{0} is not a valid integer range.", "{0} is not in the range {1}."),
)

# What hosts aren't on a machine, and why.
DEGRADED = (
    *(NO_NFTABLES, "an MSS option", "wscale before timestamp", "timestamp before wscale"),
    *("an end of the option list", "NOPs", "telnet's TOS {0}", "Linux's own schedule"),
    *("SYNs {0} s apart", "only one group id here: install uidmap"),
    "Linux 6.15 or later is needed, for tcp_rto_max_ms",
    "no retry series of a kernel with HZ {0} comes nearer",
    "a TUN device for the SLIP line",
    "a veth pair of the same MTU, paced to the same rate",
    "/dev/net/tun is closed to this user",
)

GRADES = (
    *("earned", "partial", "lost", "pending", "skipped", "no answers.yaml"),
    *("{0} of {1}, {2} pending", "{0} of {1} in what is shown"),
    "{0} of {1}, {2} pending in what is shown",
    "{0} of {1} passed, {2} pending: a person will decide",
    "more is graded than is shown here",
    *("frame {0} at {1}", "frames {0} at {1}", "not handed in, unless it is this: {0}"),
    "not handed in when it was due, {0}, unless it is this: {1}",
)

# What stands in no string of its own: words of tables, and sentences put together from parts.
OTHERS = (
    *(verdict.name for verdict in Verdict),
    *("missing", "unexpected", "direction", "gap", "flags", "window", "options", "payload"),
    "the {0} of {1} sent again by the schedule {2}, {3} times at least",
    "ISNs {0} and {1}, each acknowledged",
    "ISNs {0} and {1}, each acknowledged, with {2} retransmission(s)",
    "{0} of data from {1}, {2} in a segment",
    "segment {0} (line {1} of the time line)",
    "segment {0}",
    "{0} segments of the time line, {1} of them of any kind",
    "'{0}', differs in {1}",
    "gaps of {0}: {1} fits",
    "{0} on the terminals of {1} behind line {2}",
    "no {0} on the terminals of {1} behind line {2}",
    "it stands in line {0}, too early",
    "the program to end by itself, with status {0}",
    "ended by itself after {0} s with status {1}",
    "ended by itself after {0} s with status {1} (signal {2})",
    "'unreachable' with code {0} from {1} to {2}, MTU {3}",
    "a capture at {0}, as it fits that best",
    "a connection number {0} from {1} to {2}",
    *("{0} of {1}, number {2}", "{0} of {1}, the last", "segment"),
    *("syn number {0}", "fin number {0}", "rst number {0}", "data number {0}", "any number {0}"),
    f"{{0}} {COPIES}",
    *("set", "none agreed on", "none in both SYNs"),
    *("frame {0}", "frames {0}", "{0} lines {1}", "{0} and {1}", "{0} to {1}", "{0} s"),
)

WHOLE = (*OTHERS, *COMMAND_LINE, *DEGRADED, *GRADES)
