"""Right answers: of every lab's right run, of gaps, and of evidence that can't tell."""

import importlib
import inspect
from pathlib import Path

import msgspec
import pytest

from checkers import answers
from checkers.errors import ExpectationError
from checkers.evidence import Evidence, Vantage
from checkers.finding import Finding
from checkers.right import Right, Value
from checkers.verdict import Verdict
from labs import catalog
from labs.catalog import Question
from tests.labs.lab_evidence import Played, capture_of, figure
from tests.labs.test_lab_connection import RIGHT

SECOND_NS = 1_000_000_000

# What each question's right answer is in the right run of its lab's test, read off its listing.
EXPECTED: dict[str, dict[str, Value]] = {
    "backoff-client": {},
    "echo-server": {},
    "backlog": {
        "connected-after": 41_565_311_000,
        "syns": 4,
        "order": ("1090", "1091", "1093", "1092"),
    },
    "connection": {"client-isn": 1000, "server-isn": 5000, "fin-ack": 2, "time-wait": "svr4"},
    "fin-wait-2": {
        "timer-ran": 5 * SECOND_NS,
        "fin-came": SECOND_NS // 2,
        "reset-seq": 2,
        "reset-flags": ("RST",),
    },
    "foreign-address": {"lasted": 3_000_000, "svr4-port": 1060, "reset-seq": 1},
    "half-close": {
        "fin-ack": 37,
        "data-ack": 37,
        "fin-wait-2": 1_800_000_000,
        "after-fin": 6,
    },
    "half-open": {"reset-seq": 26368002, "silent": 189_742_250_000, "reset-flags": ("RST",)},
    "last-ack-lost": {"at-sun": 1_090_000_000, "at-slip": 1_090_000_000, "fins": 3},
    "local-address": {
        "reset-ack": 3657920002,
        "reset-flags": ("RST", "ACK"),
        "solaris-port": 1050,
    },
    "mss": {
        "to-slip-segments": 8,
        "to-svr4-segments": 4,
        "slip-mss": 256,
        "largest-to-svr4": 536,
    },
    "mss-systems": {"aix-mss": 512, "svr4-largest": 1024, "gemini-largest": 1452},
    "options": {
        "netb-bytes": 20,
        "vangogh-options": ("mss", "nop", "wscale", "nop", "nop", "timestamp"),
        "gemini-options": ("mss", "sackOK", "eol"),
        "syn-window": 64240,
    },
    "path-mtu": {"largest-fragment": 292, "told-mtu": 296, "detour": 2_000_000},
    "reset-abort": {"reset-seq": 14, "reset-flags": ("RST", "ACK"), "fins": 0},
    "reset-refused": {"isn": 297416193, "reset-ack": 297416194, "refused-after": 3_771_000},
    "server-endpoints": {"slip-ports": ("1029", "1030"), "solaris-port": 32780},
    "simultaneous-close": {
        "first-at-bsdi": "bsdi",
        "first-at-vangogh": "vangogh",
        "closing": SECOND_NS // 4,
        "crossed": 1,
    },
    "simultaneous-open": {
        "bsdi-isn": 91904001,
        "vangogh-isn": 1058199041,
        "first-at-vangogh": "vangogh",
        "syn-rcvd": SECOND_NS // 4,
    },
    "states": {
        "syn-sent": SECOND_NS // 2,
        "close-wait": SECOND_NS,
        "round-trip": 496_911_000,
        "left-in-time-wait": "bsdi",
    },
    "syn-rcvd-reset": {
        "first-reset-ack": 1,
        "second-reset-seq": 1,
        "second-reset-flags": ("RST",),
        "syn-rcvd": 650_000_000,
    },
    "syn-timeout": {
        "first-gap": 5_814_797_000,
        "bsdi-isn": 291008001,
        "netb-syns": 8,
        "gave-up": 75 * SECOND_NS,
    },
    "time-wait-client": {"waited": 61 * SECOND_NS, "isn-step": 3000, "first-fin": "sun"},
    "time-wait-server": {"waited": 61 * SECOND_NS, "client-step": 90000, "server-step": 90000},
}


def right_run(lab: str) -> Evidence:
    """The evidence of the right run in a lab's own test."""
    module = importlib.import_module(f"tests.labs.test_lab_{lab.replace('-', '_')}")
    if isinstance(module.RIGHT, Played):
        return module.RIGHT.evidence()
    made = module.played if lab == "options" else module.evidence
    its: Evidence = made(module.RIGHT)
    return its


def asked(lab: str, name: str) -> Question:
    return next(one for one in catalog.load(lab).questions if one.name == name)


def only(evidence: Evidence, question: Question) -> Right | Finding:
    (answer,) = answers.right_answers(evidence, question)
    return answer


def changed(question: Question, **parameters: object) -> Question:
    return msgspec.structs.replace(question, parameters={**question.parameters, **parameters})


@pytest.mark.parametrize("lab", catalog.names())
def test_the_right_answers_of_a_right_run(lab: str) -> None:
    evidence = right_run(lab)
    found = {one.name: only(evidence, one) for one in catalog.load(lab).questions}
    told = {
        name: one.value if isinstance(one, Right) else one.verdict.name
        for name, one in found.items()
    }
    assert told == EXPECTED[lab]


def test_an_answer_names_what_shows_it() -> None:
    answer = only(right_run("connection"), asked("connection", "server-isn"))
    assert isinstance(answer, Right)
    assert answer.place == "frame 2 at svr4 eth0"
    waited = only(right_run("states"), asked("states", "close-wait"))
    assert isinstance(waited, Right)
    assert waited.place.startswith("states.jsonl line ")


def test_another_capture_has_another_answer() -> None:
    other = RIGHT.edited("5000:5000(0)", "7000:7000(0)").evidence()
    answer = only(other, asked("connection", "server-isn"))
    assert isinstance(answer, Right)
    assert answer.value == 7000


@pytest.mark.parametrize("unusable", [{"drops": 2}, {"cut": True}])
def test_what_losses_could_change_is_inconclusive(unusable: dict[str, int]) -> None:
    evidence = RIGHT.evidence(**unusable)  # type: ignore[arg-type]
    count = only(evidence, asked("connection", "time-wait"))
    assert isinstance(count, Finding)
    assert count.verdict is Verdict.INCONCLUSIVE
    assert isinstance(only(evidence, asked("connection", "client-isn")), Right)


def test_what_a_complete_capture_lacks_has_no_right_answer() -> None:
    elsewhere = RIGHT.edited("svr4.1037", "sun.1037").evidence()
    answer = only(elsewhere, asked("connection", "client-isn"))
    assert isinstance(answer, Finding)
    assert answer.verdict is Verdict.FAIL
    unclosed = RIGHT.without("4 ").without("5 ").without("6 ").without("7 ").evidence()
    fin = only(unclosed, asked("connection", "fin-ack"))
    assert isinstance(fin, Finding)
    assert fin.verdict is Verdict.FAIL


def test_a_bare_capture_of_something_else_cannot_tell() -> None:
    answer = only(figure("18.7-refused"), asked("connection", "client-isn"))
    assert isinstance(answer, Finding)
    assert answer.verdict is Verdict.INCONCLUSIVE


def test_a_capture_without_a_record_cannot_tell_of_states() -> None:
    answer = only(figure("18.2-connection"), asked("states", "close-wait"))
    assert isinstance(answer, Finding)
    assert answer.verdict is Verdict.INCONCLUSIVE
    assert "no socket states of vangogh" in answer.observed


def test_a_vantage_point_that_was_not_captured_cannot_tell() -> None:
    evidence = Played("connection", {"bsdi eth0": RIGHT.listings["bsdi eth0"]}).evidence()
    answer = only(evidence, asked("connection", "client-isn"))
    assert isinstance(answer, Finding)
    assert answer.verdict is Verdict.INCONCLUSIVE


def test_a_bare_capture_that_ends_early_cannot_count_to_the_end() -> None:
    cut = RIGHT.without("6 ").without("7 ").listings["svr4 eth0"]
    bare = Evidence({"": Vantage("", capture_of(cut))}, RIGHT.evidence().names)
    fins = changed(asked("reset-abort", "fins"), client="svr4", server="bsdi.discard")
    fins = msgspec.structs.replace(fins, at="svr4 eth0")
    assert isinstance(only(RIGHT.evidence(), fins), Right)
    early = only(bare, fins)
    assert isinstance(early, Finding)
    assert early.verdict is Verdict.INCONCLUSIVE
    assert isinstance(only(bare, asked("connection", "fin-ack")), Right)


def test_each_of_two_tries_has_its_answer() -> None:
    lines = RIGHT.listings["svr4 eth0"].splitlines()
    again = "\n".join(f"{place} 1{line[2:]}" for place, line in enumerate(lines, 8))
    for old, new in [("svr4.1037", "svr4.1038"), ("5000", "9000"), ("500", "900")]:
        again = again.replace(old, new)
    both = "\n".join([*lines, again, ""])
    evidence = Played("connection", {"svr4 eth0": both}).evidence()
    question = asked("connection", "server-isn")
    found = answers.right_answers(evidence, question)
    assert [one.value for one in found if isinstance(one, Right)] == [5000, 9000]
    assert isinstance(only(evidence, changed(question, connection=2)), Right)


def test_the_last_of_a_kind_and_one_that_is_not_there() -> None:
    question = asked("half-close", "data-ack")
    assert question.parameters["nth"] == -1
    missing = only(right_run("half-close"), changed(question, nth=99))
    assert isinstance(missing, Finding)
    assert "6 of them" in missing.observed


def test_options_are_padded_to_whole_words() -> None:
    question = changed(asked("options", "netb-bytes"), client="gemini", server="netb.discard")
    answer = only(right_run("options"), changed(question, host="gemini"))
    assert isinstance(answer, Right)
    assert answer.value == 8  # mss 4, sackOK 2, eol 1, and a zero


def test_only_a_later_segment_acknowledges_a_fin() -> None:
    early = RIGHT.edited("ack 1001 win 4096 <", "ack 1002 win 4096 <")
    answer = only(early.evidence(), asked("connection", "fin-ack"))
    assert isinstance(answer, Right)
    assert answer.place == "frame 5 at svr4 eth0"


def test_a_function_that_crashes_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = answers.ANSWERS["isn"]._replace(run=lambda *_, **__: 1 // 0)
    monkeypatch.setitem(answers.ANSWERS, "isn", broken)
    answer = only(right_run("connection"), asked("connection", "client-isn"))
    assert isinstance(answer, Finding)
    assert answer.verdict is Verdict.ERROR
    assert "ZeroDivisionError" in answer.observed


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"of": "isnt"}, "unknown answer 'isnt': there are isn,"),
        ({"answer": "number"}, "isn is a sequence, not a number"),
        ({"at": ""}, "isn needs `at`"),
        ({"parameters": {"client": "svr4"}}, "missing required field"),
        (
            {"parameters": {"client": "a", "server": "b", "host": "a", "hots": 1}},
            "unknown field `hots`",
        ),
    ],
)
def test_questions_that_nobody_can_answer_are_refused(
    change: dict[str, object], message: str
) -> None:
    question = msgspec.structs.replace(asked("connection", "client-isn"), **change)
    with pytest.raises(ExpectationError) as caught:
        answers.validate(question)
    assert str(caught.value).startswith(f"{question.where}: client-isn: ")
    assert message in str(caught.value)


@pytest.mark.parametrize("name", answers.ANSWERS)
def test_every_function_is_documented_as_its_docstring_says(name: str) -> None:
    text = (Path(__file__).parents[2] / "docs/answers.md").read_text()
    one = answers.ANSWERS[name]
    start = f"| `{name}` | `{one.answer}` | {one.promise} |"
    (row,) = (line for line in text.splitlines() if line.startswith(start))
    for parameter in one.parameters.__struct_fields__:
        assert f"`{parameter}`" in row


@pytest.mark.parametrize("name", answers.ANSWERS)
def test_every_function_takes_its_parameters(name: str) -> None:
    one = answers.ANSWERS[name]
    given = set(one.parameters.__struct_fields__)
    if one.about == "connection":
        given -= {"client", "server", "connection"}
    first, *taken = inspect.signature(one.run).parameters
    assert first in ("sighting", "seen", "evidence")
    assert set(taken) == given
