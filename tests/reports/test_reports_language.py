"""Reports in Korean: catalogs that are up to date, and findings translated by templates."""

import re
from pathlib import Path
from typing import Any

import pytest
from babel.messages import pofile

from captures.labels import WORDS
from checkers.verdict import Verdict
from labs import catalog
from languages.sentences import ENGLISH, LANGUAGES, Sentences, language, messages
from tests.labs.test_mutations import PLAYED
from tests.reports import messages as catalogs
from tests.reports.sample_pages import lab_page

KOREAN = language("ko")
HANGUL = re.compile("[가-힣]")
# Words of the notation, of systems and of programs, which stay as they are in every language.
SAID = Sentences(
    {
        "{0} retransmission(s)": "재전송 {0}번",
        "{0} to acknowledge the FIN of {1} with ack {2}": "{1}의 FIN에 {0}의 확인응답, ack {2}",
        "no FIN from {0}": "{0}의 FIN 없음",
        "the capture is cut": "캡처가 잘렸다",
        "Look there.": "거기를 보라.",
        "Then {0} here.": "그다음 여기 {0}.",
        "frames {0}": "프레임 {0}",
        "{0} and {1}": "{0}, {1}",
        "{0} to {1}": "{0}~{1}",
        "it is {{0}}": "그것은 {{0}}이다",
    }
)


@pytest.mark.parametrize(
    ("english", "korean"),
    [
        ("2 retransmission(s)", "재전송 2번"),
        ("a to acknowledge the FIN of b with ack 7", "b의 FIN에 a의 확인응답, ack 7"),
        ("no FIN from a; the capture is cut", "a의 FIN 없음; 캡처가 잘렸다"),
        ("no FIN from a; what nobody knows", "a의 FIN 없음; what nobody knows"),
        ("Look there. Then go here.", "거기를 보라. 그다음 여기 go."),
        ("frames 1 to 3, 5 and 7", "프레임 1~3, 5, 7"),
        ("it is {0}", "그것은 {0}이다"),
        ("bread and butter", "bread and butter"),
        ("", ""),
    ],
)
def test_a_sentence_is_translated_by_the_template_that_it_fits(english: str, korean: str) -> None:
    assert SAID(english) == korean


def test_an_unknown_language_is_refused_and_english_stays() -> None:
    assert language("en") is ENGLISH
    with pytest.raises(ValueError, match="there are en, ko"):
        language("fr")


@pytest.mark.parametrize("path", catalogs.languages(), ids=lambda path: path.parts[-3])
def test_a_catalog_has_every_sentence_of_today_and_is_compiled(path: Path) -> None:
    with path.open("rb") as file:
        known = pofile.read_po(file)
    today = {one.id for one in catalogs.catalog() if one.id}
    assert {one.id for one in known if one.id} == today, "make messages brings it up to date"
    compiled = messages(path.with_suffix(".mo").read_bytes())
    assert compiled == {one.id: one.string for one in known if one.id and one.string}


@pytest.mark.parametrize("path", catalogs.languages(), ids=lambda path: path.parts[-3])
def test_a_translation_has_the_places_of_its_sentence(path: Path) -> None:
    for original, text in messages(path.with_suffix(".mo").read_bytes()).items():
        places = [sorted(set(re.findall(r"\{\w*\}", each))) for each in (original, text)]
        assert places[0] == places[1], original


@pytest.mark.parametrize("path", catalogs.languages(), ids=lambda path: path.parts[-3])
def test_no_sentence_is_without_a_translation(path: Path) -> None:
    known = messages(path.with_suffix(".mo").read_bytes())
    assert [one.id for one in catalogs.catalog() if one.id and one.id not in known] == []


def test_labels_and_verdicts_are_among_the_sentences() -> None:
    today = {one.id for one in catalogs.catalog()}
    assert {*WORDS.values(), *(verdict.name for verdict in Verdict)} <= today


@pytest.mark.parametrize("lab", PLAYED, ids=lambda one: one.__name__.rpartition(".")[2])
def test_what_right_runs_find_is_in_korean(lab: Any) -> None:
    for finding in lab.RIGHT.report().findings:
        for text in (finding.expected, finding.observed):
            words = re.sub(r"'[^']*'|<[^>]*>|[A-Z_]{2,}|[A-Z]{3}\+ACK", "", text)
            if re.search("[a-z]{4}", words):
                assert HANGUL.search(KOREAN(text)), text


def test_a_korean_page_says_so_and_has_no_english_headings() -> None:
    html = lab_page("connection", "ko")
    assert '<html lang="ko">' in html
    headings = re.findall(r"<h3>(.*?)</h3>", html)
    assert headings
    assert all(HANGUL.search(heading) for heading in headings)
    assert "실패" in html
    assert LANGUAGES[1] == "ko"


@pytest.mark.parametrize("name", catalog.names())
def test_a_question_is_asked_as_the_korean_hand_out_asks_it(name: str) -> None:
    handout = " ".join(catalog.handout(name, language="ko").split())
    for question in catalog.load(name).questions:
        assert f"`{question.name}`: {KOREAN(question.ask)}" in handout
