"""Sheets of Moodle and Canvas, filled in: right cells, all else as it was, errors by line."""

from decimal import Decimal
from pathlib import Path

import pytest

from grading.course import Student
from grading.exports import canvas, moodle
from grading.exports.sheet import SheetError
from grading.grades import StudentGrade
from tests.grading.exports.made import a_class, item, lab, rows_of, student
from tests.grading.handed_in import a_course

MOODLE = (
    "Identifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,"
    "Last modified (submission),Last modified (grade),Feedback comments\n"
    "Participant 11,Ahn Jihoon,ahn,Submitted for grading,,100.00,Yes,"
    '"Friday, 9 October 2026, 5:00 PM",-,\n'
    "Participant 12,Berg Ingrid,BERG,Submitted for grading,-,100.00,Yes,-,-,well done\n"
    "Participant 13,A Teacher,teacher@example.org,No submission,55.00,100.00,Yes,-,-,\n"
)
GERMAN = (
    "\ufeffID;Vollständiger Name;E-Mail-Adresse;Status;Bewertung;Beste Bewertung;"
    "Bewertung kann geändert werden;Zuletzt geändert (Bewertung);Feedback als Kommentar\r\n"
    "Teilnehmer/in 11;Ahn Jihoon;ahn;Zur Bewertung abgegeben;;10,00;Ja;-;\r\n"
    "Teilnehmer/in 12;Berg Ingrid;berg;Zur Bewertung abgegeben;7,50;10,00;Ja;-;\r\n"
)
KOREAN = (
    "식별자,성명,이메일 주소,상태,성적,최고 성적,성적 변경 가능,최종 수정 (성적)\n"
    "참가자 11,안지훈,ahn,제출함,,50.00,예,-\n"
    "참가자 12,베르크,berg,제출함,,50.00,예,-\n"
)
CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Lab 1: connection (101),Essay (102),"
    "MSS lab (103),Current Score\n"
    "    Points Possible,,,,,20,100,4,(read only)\n"
    '"Ahn, Jihoon",9001,ahn,jihoon,Networks,,80,,80\n'
    '"Berg, Ingrid",9002,berg,ingrid,Networks,3,70,1,70\n'
    '"Student, Test",9003,,abcdef,Networks,,,,\n'
)


def moodle_sheet(folder: Path, text: str = MOODLE) -> Path:
    return laid(folder / "worksheet.csv", text)


def canvas_sheet(folder: Path, text: str = CANVAS) -> Path:
    return laid(folder / "grades.csv", text)


def laid(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return path


def filled(tmp_path: Path, text: str, lab_name: str | None = "connection") -> str:
    path, *rest = moodle.write(
        a_course(), iter(a_class()), tmp_path / "out", moodle_sheet(tmp_path, text), lab_name
    )
    assert not rest
    return path.read_bytes().decode()


# Moodle's.


def test_moodles_sheet_gets_points_on_its_scale_and_nothing_else_changes(tmp_path: Path) -> None:
    assert filled(tmp_path, MOODLE) == MOODLE.replace("for grading,,100", "for grading,50,100")


def test_pending_points_stay_as_they_were(tmp_path: Path) -> None:
    rows = filled(tmp_path, MOODLE, "mss").splitlines()
    assert ",100,100.00," in rows[1]
    assert ",-,100.00," in rows[2]


def test_without_a_lab_it_is_the_courses_grade(tmp_path: Path) -> None:
    rows = filled(tmp_path, MOODLE, None).splitlines()
    assert ",87.5,100.00," in rows[1]
    assert ",-,100.00," in rows[2]


@pytest.mark.parametrize(
    ("sheet", "before", "after"),
    [(GERMAN, "abgegeben;;", "abgegeben;5;"), (KOREAN, "제출함,,50.00", "제출함,25,50.00")],
)
def test_headers_of_any_language(tmp_path: Path, sheet: str, before: str, after: str) -> None:
    assert filled(tmp_path, sheet) == sheet.replace(before, after, 1)


def test_a_column_that_cannot_be_told_is_asked_for(tmp_path: Path) -> None:
    twice = KOREAN.replace("상태,", "상태,점수,최고,").replace("제출함,", "제출함,,50.00,")
    with pytest.raises(SheetError, match=r"worksheet.csv:1: which column .*--moodle-grade-column"):
        filled(tmp_path, twice)
    sheet = moodle_sheet(tmp_path, twice)
    path, *_ = moodle.write(a_course(), a_class(), tmp_path, sheet, "connection", "성적")
    assert path.read_text() == twice.replace(",50.00,,50.00", ",50.00,25,50.00", 1)
    with pytest.raises(SheetError, match="0 columns are called 'Note'; there are: 식별자"):
        moodle.write(a_course(), a_class(), tmp_path, sheet, "connection", "Note")


def test_a_text_before_a_number_that_is_always_the_same_is_no_grade(tmp_path: Path) -> None:
    teams = KOREAN.replace("상태,", "팀,정원,").replace("제출함,", "A조,4,")
    assert filled(tmp_path, teams) == teams.replace("4,,50.00", "4,25,50.00", 1)


def test_a_scale_is_no_maximum(tmp_path: Path) -> None:
    scale = MOODLE.replace("Maximum Grade", "Scale").replace("100.00", "poor")
    with pytest.raises(SheetError, match=r"csv:2: after the grade comes 'Scale', and no maximum"):
        filled(tmp_path, scale)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("Participant 12,", "", r":3: 9 cells, and the header has 10: download the sheet again"),
        (",BERG,", ",ahn,", r":3: ahn has line 2, too"),
        ("Berg Ingrid,BERG", "ahn,berg", r":3: whose row is this\? Its cells fit ahn and berg"),
        ("Berg Ingrid", 'Berg "I", "x', r":\d: "),
        (MOODLE, "", r":1: an empty sheet"),
        (MOODLE.partition("\n")[2], "", r":2: no row has a mail address or id"),
    ],
)
def test_errors_name_file_and_line(tmp_path: Path, old: str, new: str, problem: str) -> None:
    with pytest.raises(SheetError, match=f"worksheet.csv{problem}"):
        filled(tmp_path, MOODLE.replace(old, new))


def test_bytes_that_are_no_text_are_named_by_line(tmp_path: Path) -> None:
    path = moodle_sheet(tmp_path)
    path.write_bytes(MOODLE.encode().replace(b"Berg", b"B\xe4rg"))
    with pytest.raises(SheetError, match=r"worksheet.csv:3: not UTF-8"):
        moodle.write(a_course(), a_class(), tmp_path, path)


def test_a_line_is_counted_where_its_row_begins(tmp_path: Path) -> None:
    text = MOODLE.replace("-,-,well done", '-,-,"well\ndone"').replace("A Teacher,", "")
    with pytest.raises(SheetError, match=r"worksheet.csv:5: 9 cells"):
        filled(tmp_path, text)


def test_who_is_not_in_the_sheet_is_listed(tmp_path: Path) -> None:
    without = "\n".join(line for line in MOODLE.split("\n") if "BERG" not in line)
    sheet = moodle_sheet(tmp_path, without)
    _, listed = moodle.write(a_course(), a_class(), tmp_path / "out", sheet, "connection")
    assert [row["student"] for row in rows_of(listed)] == ["berg"]
    moodle.write(a_course(), a_class(), tmp_path / "out", moodle_sheet(tmp_path), "connection")
    assert not listed.exists()


def test_a_name_that_is_a_formula_is_defused_and_a_comment_is_left_alone(tmp_path: Path) -> None:
    hostile = MOODLE.replace("Berg Ingrid", "=1+1").replace("well done", "- well done")
    made = filled(tmp_path, hostile)
    assert ",'=1+1,BERG," in made
    assert ",- well done" in made


def test_a_name_that_is_anothers_id_is_no_identity(tmp_path: Path) -> None:
    students = {one: Student(one, one.title()) for one in ("ahn", "berg", "chen", "dora")}
    rows = ["P 1,A,ahn,,10,", "P 2,B,berg,,10,", "P 3,Dora,chen,,10,", "P 4,D,dora,,10,"]
    text = "\n".join(["Id,Name,Number,Grade,Maximum,x", *rows, ""])
    course, sheet = a_course(students=students), moodle_sheet(tmp_path, text)
    path, *_ = moodle.write(course, a_class(), tmp_path / "out", sheet, "connection")
    assert path.read_text() == text.replace("ahn,,", "ahn,5,")


def test_more_than_the_maximum_is_never_written(tmp_path: Path) -> None:
    """Moodle skips a grade above its maximum."""
    over = lab(item(points=Decimal(3)))
    sheet = moodle_sheet(tmp_path)
    path, *_ = moodle.write(a_course(), [student(over)], tmp_path / "out", sheet, "connection")
    assert ",100,100.00," in path.read_text()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("inside", ["\n", "\r\n", "\r"])
def test_lines_end_as_the_header_does_and_cells_keep_theirs(
    tmp_path: Path, end: str, inside: str
) -> None:
    text = MOODLE.replace("well done", '"well|done"').replace("\n", end).replace("|", inside)
    assert filled(tmp_path, text) == text.replace("for grading,,100", "for grading,50,100")


def test_a_header_may_have_a_line_end_inside(tmp_path: Path) -> None:
    text = MOODLE.replace("Full name", '"Full\nname"').replace("\nPart", "\r\nPart")
    made = filled(tmp_path, text)
    assert made.startswith(text.partition("\r\n")[0] + "\r\n")


def test_a_comma_that_may_be_of_thousands_is_asked_about(tmp_path: Path) -> None:
    text = MOODLE.replace(",100.00,", ',"1,000",')
    with pytest.raises(SheetError, match=r"csv:2: is '1,000' 1000 or 1.000\? Write it in one of"):
        filled(tmp_path, text)
    assert ",500,1000," in filled(tmp_path, text.replace('"1,000"', "1000"))


# Canvas's.


def canvas_filled(tmp_path: Path, text: str = CANVAS, **columns: str) -> list[Path]:
    sheet = canvas_sheet(tmp_path, text)
    return canvas.write(a_course(), iter(a_class()), tmp_path / "out", sheet, columns)


def test_canvas_columns_are_found_by_the_labs_names(tmp_path: Path) -> None:
    path, *rest = canvas_filled(tmp_path)
    assert not rest
    assert path.read_text() == CANVAS.replace("Networks,,80,,80", "Networks,10,80,4,80")


def test_a_column_can_be_named_and_one_may_be_the_courses_grade(tmp_path: Path) -> None:
    path, *_ = canvas_filled(tmp_path, connection="MSS lab (103)", final="Essay (102)")
    assert "Networks,,87.5,2,80\n" in path.read_text()


def test_a_lab_without_an_assignment_is_listed(tmp_path: Path) -> None:
    _, listed = canvas_filled(tmp_path, CANVAS.replace("MSS lab", "Other"))
    assert "has mss in its name" in rows_of(listed)[0]["why"]


@pytest.mark.parametrize(
    ("old", "new", "columns", "problem"),
    [
        ("Section", "Sektion", {}, ":1: no export of Canvas's gradebook"),
        ("    Points Possible", "x", {}, ":2: no row 'Points Possible'"),
        (",20,", ",none,", {}, ":2: 'Lab 1: connection .101.' has 'none' points possible"),
        ("Essay", "connection 2", {}, ":1: both 'Lab 1: connection .101.' and 'connection 2"),
        ("Essay", "Essay", {"states": "Essay (102)"}, "the course has no lab 'states'"),
        ("Essay", "Essay", {"mss": "Essay"}, ":1: 0 columns are called 'Essay'"),
    ],
)
def test_canvas_errors(
    tmp_path: Path, old: str, new: str, columns: dict[str, str], problem: str
) -> None:
    with pytest.raises(SheetError, match=f"grades.csv.*{problem}"):
        canvas_filled(tmp_path, CANVAS.replace(old, new), **columns)


def test_who_is_excused_or_has_not_got_an_assignment_stays_so(tmp_path: Path) -> None:
    text = CANVAS.replace("Networks,,80,,80", "Networks,EX,80,N/A,80")
    path, listed = canvas_filled(tmp_path, text)
    assert path.read_text() == text
    assert [tuple(row.values()) for row in rows_of(listed)] == [
        ("ahn", "Lab 1: connection (101): excused, so EX stays"),
        ("ahn", "MSS lab (103): not assigned to this student, so N/A stays"),
    ]


def test_canvas_own_ids_are_nobodys(tmp_path: Path) -> None:
    """Berg's number in Canvas is Ahn's in the course, whose row has no id of the course."""
    text = CANVAS.replace("9002,berg,ingrid", "ahn,berg,ingrid").replace("9001,ahn", "9001,")
    path, listed = canvas_filled(tmp_path, text)
    assert path.read_text() == text
    assert [row["student"] for row in rows_of(listed)] == ["ahn"]


def test_points_possible_with_a_comma_are_asked_about(tmp_path: Path) -> None:
    with pytest.raises(SheetError, match=r"grades.csv:2: is '1,000' 1000 or 1.000\?"):
        canvas_filled(tmp_path, CANVAS.replace(",20,", ',"1,000",'))


def test_no_assignment_at_all_is_an_error(tmp_path: Path) -> None:
    text = CANVAS.replace("connection", "c").replace("MSS", "m")
    with pytest.raises(SheetError, match=r"grades.csv:1: no assignment has a lab's name"):
        canvas_filled(tmp_path, text)


def test_nobody_of_a_class_is_kept_waiting_for_another(tmp_path: Path) -> None:
    path, *_ = canvas.write(
        a_course(), [StudentGrade("nobody", {})], tmp_path / "out", canvas_sheet(tmp_path)
    )
    assert path.read_text() == CANVAS
