"""answers.yaml: read kindly, and refused where it could do harm."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grading import answers_file
from grading.answers_file import AnswersError, Given, parse


def test_answers_are_text_or_lists_of_text() -> None:
    found = parse(
        b"\xef\xbb\xbfisn: 1415531521  # decimal\ngap: 5.8 s\nhost: no\nport: 010\n"
        b"order: [1090, 0x10]\nflags:\n  - SYN\n  - ACK\nempty:\nnothing: ~\nquoted: 'a: b'\n"
    )
    assert {name: one.value for name, one in found.items()} == {
        "isn": "1415531521",
        "gap": "5.8 s",
        "host": "no",
        "port": "010",
        "order": ("1090", "0x10"),
        "flags": ("SYN", "ACK"),
        "empty": "",
        "nothing": "~",
        "quoted": "a: b",
    }
    assert found["order"].line == 5
    assert found["order"].text == "1090, 0x10"
    assert found["empty"].empty
    assert found["nothing"].empty
    assert not found["isn"].empty


# Each kind of character that could make a simple line something else.
LINES = st.text(st.sampled_from("ab1-_: \"'#,.&*![]{}%@`|>?~\\\r\t\x85\u00e9"), max_size=8)
SIMPLE = st.sampled_from(["a: b c", 'B-1: "x, #y"', "c:", "c: ", "# why", "", 'd: " x " ', "a: 1 "])
TEXTS = st.lists(LINES | SIMPLE, max_size=5).map("\n".join)


@given(TEXTS)
def test_simple_lines_are_what_yaml_reads_in_them(text: str) -> None:
    simple = answers_file._simple_pairs(text)
    assert simple is None or simple == list(answers_file._read(text))


@pytest.mark.parametrize("line", ["a:b", 'a:"b"', "a: 'b'", "a: b # c", "a: [b]", "- a", "a: b: c"])
def test_what_is_not_simple_is_left_to_yaml(line: str) -> None:
    assert answers_file._simple_pairs(line) is None
    assert answers_file._simple_pairs("a: b") == [("a", Given(1, "b"))]


def test_capital_letters_in_a_name_make_no_other_question() -> None:
    assert list(parse(b"Client-ISN: 1\nfin-ack: 2\n")) == ["client-isn", "fin-ack"]
    (one,) = parse(b"Client-ISN: 1\nclient-isn: 2\n").values()
    assert one.problem == "answered twice, in lines 1 and 2"


@pytest.mark.parametrize("data", [b"", b"\n", b"# nothing yet\n", b"~\n", b"---\n"])
def test_no_answers(data: bytes) -> None:
    assert parse(data) == {}


BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (BOMB, 1, "no anchors or aliases"),
        ("a: 1\nb: *a\n", 2, "no anchors or aliases"),
        ("a: 1\nb: !!python/object/apply:os.system [ls]\n", 2, "no tags"),
        ("a: !custom 1\n", 1, "no tags"),
        ("- a\n- b\n", 1, "one a line"),
        ("just words\n", 1, "one a line"),
        ("a: 1\nb: [1, 2\n", 3, "not readable"),
        ("a: 1\n\tb: 2\n", 2, "not readable"),
        ("[a]: 1\n", 1, "must be a word"),
        ("a: 1\n---\nb: 2\n", 3, "a second document"),
        ("~\n---\nb: 2\n", 3, "a second document"),
        ("a: 1\nb\n", 3, "not readable"),
        ("".join(f"q{n}: 1\n" for n in range(201)), 201, "more than 200 answers"),
        ("[" * 5000, 1, ""),
    ],
)
def test_what_is_refused_is_named_with_its_line(text: str, line: int, message: str) -> None:
    with pytest.raises(AnswersError) as caught:
        parse(text.encode())
    assert str(caught.value).startswith(f"answers.yaml:{line}: ")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"a: " + b"x" * 70_000, "more than 65536 bytes"),
        (b"a: \xff\xfe\n", "not UTF-8"),
        (b"a: \x1b[2J\n", "control characters"),
    ],
)
def test_what_is_no_text_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(AnswersError, match=message):
        parse(data)


def test_one_odd_answer_spoils_no_other() -> None:
    found = parse(b"a: {x: {y: 1}}\nb: [[1], 2]\nc: 3\nc: 4\nd: 5\n")
    assert found["a"].problem == found["b"].problem == "an answer is one text, or one list of texts"
    assert found["c"].problem == "answered twice, in lines 3 and 4"
    assert found["d"] == Given(5, "5")


def read_or_refused(data: bytes) -> str:
    """'' where the answers were read, else why not."""
    try:
        found = parse(data)
    except AnswersError as error:
        return str(error)
    assert all(isinstance(name, str) for name in found)
    return ""


@given(
    st.binary(max_size=300) | st.text(" \n\t:-[]{}&*!#|>'\"ab1,?%@`~", max_size=120).map(str.encode)
)
def test_any_bytes_are_read_or_refused_in_one_line(data: bytes) -> None:
    message = read_or_refused(data)
    assert not message or (message.startswith(answers_file.NAME) and message.isprintable())
