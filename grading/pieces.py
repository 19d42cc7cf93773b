"""What of a student's files is gradable: run directories, captures, answers and programs."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from captures import listing, pcap, pcapng, tcpdump_text
from captures.place import Place, below, start_of
from grading import manifest as manifests
from grading.archives import HEAD_BYTES, LeftOut
from grading.bulk import Names
from grading.content import sha256
from grading.files import File, Files
from grading.held import HeldFile, HeldFolder
from grading.manifest import MANIFEST
from grading.members import shown
from grading.roster import Phrases

Kind = Literal["run", "capture", "answers", "program", "unreadable"]

RUN_JSON, ANSWERS, TICKET = "run.json", "answers.yaml", "ticket.json"
PROGRAM = "program.py"  # the student's, of a lab that runs one
OF_A_RUN = frozenset(
    {RUN_JSON, ANSWERS, TICKET, PROGRAM, "report.json", "states.jsonl", "story.jsonl"}
)
FOLDERS_OF_A_RUN = frozenset({"pcap", "transcripts"})
OF_A_PACK = frozenset({TICKET, MANIFEST, "report.json"})

MOST_RUN_JSON_BYTES = 1 << 20  # those of the catalog have some 20,000
MOST_ANSWERS_BYTES = 1 << 16
MOST_MANIFEST_BYTES = 1 << 20

# Files by these names are meant as captures, whatever is in them: their reader says what is wrong.
CAPTURE_NAMES = (".pcap", ".pcapng", ".cap", ".dmp")
OTHER_RECORDINGS = (b"snoop\x00", b"\xa1\xb2\xcd\x34", b"\x34\xcd\xb2\xa1")

# Learning systems and browsers number files of the same name: `run-1.json`, `run (1).json`.
NUMBERED = re.compile(r"(?P<stem>.+?)(-\d{1,3}| ?\(\d{1,3}\))(?P<ending>\.[A-Za-z]+)", re.DOTALL)
ANSWERS_NAME = re.compile(r"(.*[ _.-])?answers([ _.-].*)?\.ya?ml", re.DOTALL | re.IGNORECASE)


class _Point(msgspec.Struct):
    file: str = ""


class Claims(msgspec.Struct):
    """What a run.json says of itself, as far as it can be read."""

    lab: str = ""
    student: str | None = None
    vantage_points: list[_Point] = []


@dataclass
class Piece:
    """One gradable thing: where it can be read, and the files it consists of.

    folder: the names of the folder that it lay in; called: its own name, '' for a run.
    answers: the answers that go with it.
    """

    kind: Kind
    place: Place
    folder: Names
    called: str = ""
    claims: Claims = field(default_factory=Claims)
    answers: Place | None = None
    ticket: Place | None = None
    notes: list[str] = field(default_factory=list)
    problem: str = ""


def pieces(found: Files, labs: Phrases) -> tuple[list[Piece], list[LeftOut]]:
    """All gradable things of a student's files, and the files that are none, with the reason.

    labs: by name; a capture beside a run is of another lab only where its own name says so.
    """
    sorting = _Sorting(found)
    runs = list(sorting.runs())
    others = list(sorting.others(runs, labs))
    made = [*runs, *others]
    for piece in made:
        nearest = _nearest(sorting.tickets, piece.folder)
        piece.ticket = nearest.place if nearest else None
    return made, sorting.left_out(bool(made))


def plain_name(name: str) -> str:
    """A name without case, and without the number that a learning system or browser gave it."""
    numbered = NUMBERED.fullmatch(name)
    return (numbered["stem"] + numbered["ending"] if numbered else name).casefold()


class _Sorting:
    """A student's files while they are sorted; what is used is taken out."""

    def __init__(self, found: Files) -> None:
        self._impure = found.impure
        self._left = {file.names: file for file in found.files}
        self._plain = {names: plain_name(names[-1]) for names in self._left}
        self._in_folder: dict[Names, list[File]] = defaultdict(list)
        self._folders_in: dict[Names, list[Names]] = defaultdict(list)
        for file in self._left.values():
            self._in_folder[file.folder].append(file)
        for folder in self._in_folder:
            self._folders_in[folder[:-1]].append(folder)
        self.tickets = self._called(TICKET)
        self._manifests = [file for file in found.files if _is_manifest(file)]
        self._sums: dict[Names, Mapping[str, str] | None] = {}  # of the manifest read last

    def _called(self, name: str) -> list[File]:
        return [file for names, file in self._left.items() if self._plain[names] == name]

    def runs(self) -> Iterator[Piece]:
        """The run directories; of two run.json in one folder, the one without a number counts."""
        marks = self._called(RUN_JSON)
        by_folder: dict[Names, File] = {}
        for mark in sorted(marks, key=lambda file: (file.name.casefold() != RUN_JSON, file.names)):
            by_folder.setdefault(mark.folder, mark)
        for mark in by_folder.values():
            if mark.names in self._left:  # else it lies in a run's own folder, and went with it
                yield self._run(mark)

    def _run(self, mark: File) -> Piece:
        claims = _claims(mark)
        wanted = {point.file.rpartition("/")[2].casefold() for point in claims.vantage_points}
        members: dict[str, File] = {}
        for file in self._of_run(mark.folder):
            inner = self._place_in_run(file.names, len(mark.folder), wanted)
            if inner and (inner not in members or file.name == inner):
                members[inner] = file
        members[RUN_JSON] = mark
        for file in members.values():
            del self._left[file.names]
        place, notes = self._placed(mark, members)
        notes += self._changed(mark.folder, members.values())
        answers = place / ANSWERS if ANSWERS in members else None
        return Piece("run", place, mark.folder, "", claims, answers, notes=notes)

    def _place_in_run(self, names: Names, above: int, captures: set[str]) -> str:
        """Where a file of these names belongs in a run directory; '' for nowhere.

        above: how many of the names are of folders above it and its own. captures: the names of
        those that run.json names, which may lie beside it.
        """
        last = self._plain[names]
        if len(names) - above == 1:
            if last in OF_A_RUN:
                return last
            return f"pcap/{last}" if last in captures else ""
        folder = names[above].casefold()
        return f"{folder}/{last if folder == 'pcap' else names[-1]}"

    def _of_run(self, folder: Names) -> Iterator[File]:
        """The files in a folder, and after them those in what may be folders of a run in it."""
        its = (one for one in self._folders_in[folder] if one and _is_of_run(one[-1]))
        for one in (folder, *sorted(its)):
            left = (file for file in self._in_folder[one] if file.names in self._left)
            yield from sorted(left, key=lambda file: file.names)

    def _changed(self, folder: Names, members: Iterable[File]) -> list[str]:
        """What a pack's manifest has otherwise; none for what was never packed."""
        left = [file for file in self._manifests if file.names in self._left]
        manifest = _nearest(left, folder)
        if manifest is None:
            return []
        if manifest.names not in self._sums:
            self._sums = {manifest.names: manifests.read(manifest.place.read_bytes())}
        root = len(manifest.folder)
        now = {"/".join(file.names[root:]): sha256(file.place) for file in members}
        changed = manifests.changed(self._sums[manifest.names], now)
        return [f"not as it was packed: {', '.join(map(shown, changed))}"] if changed else []

    def _placed(self, mark: File, members: dict[str, File]) -> tuple[Place, list[str]]:
        """Where the run can be read: as it lies, or put together from what was flat or renamed."""
        folder = mark.parent
        moved = any(file.place != below(folder, inner) for inner, file in members.items())
        if not moved and folder not in self._impure:
            return folder, []
        together = HeldFolder(str(folder))
        for inner, file in members.items():
            names = inner.split("/")
            content = file.place.content if isinstance(file.place, HeldFile) else file.place
            together.folder_for(names).add(names[-1], content)
        return together, ["files renamed or moved to where a run has them"] if moved else []

    def others(self, runs: Sequence[Piece], labs: Phrases) -> Iterator[Piece]:
        """Captures, answers and programs that are in no run directory."""
        captures = [
            self._piece("capture", file)
            for file in list(self._left.values())
            if _is_capture(file) and (labs.meant(file.name) or not _beside(file, runs))
        ]
        yield from captures
        for file in list(self._left.values()):
            if ANSWERS_NAME.fullmatch(file.name) and file.size_bytes:
                yield from self._answers(file, [*runs, *captures])
            elif _is_python(file) and not _beside(file, runs):
                yield self._piece("program", file)

    def _answers(self, file: File, others: Sequence[Piece]) -> Iterator[Piece]:
        """Answers go with the only thing in their folder; else they are a piece of their own."""
        beside = [one for one in others if one.folder == file.folder]
        if len(beside) == 1 and beside[0].answers is None:
            beside[0].answers = file.place
            del self._left[file.names]
        else:
            piece = self._piece("answers", file)
            piece.answers = file.place
            yield piece

    def _piece(self, kind: Kind, file: File) -> Piece:
        del self._left[file.names]
        return Piece(kind, file.place, file.folder, file.name)

    def left_out(self, any_made: bool) -> list[LeftOut]:
        """What is in no piece, with the reason; a pack's own files went with it."""
        rest = [
            file
            for file in self._left.values()
            if not (any_made and self._plain[file.names] in OF_A_PACK)
        ]
        return [LeftOut(file.shown, _why(file)) for file in rest]


def _claims(mark: File) -> Claims:
    """What a run.json says of itself; nothing where it can't be read, which grading will say."""
    if mark.size_bytes > MOST_RUN_JSON_BYTES:
        return Claims()
    try:
        return msgspec.json.decode(mark.place.read_bytes(), type=Claims)
    except (ValueError, RecursionError):
        return Claims()


def _is_of_run(folder: str) -> bool:
    return folder.casefold() in FOLDERS_OF_A_RUN


def _beside(file: File, runs: Sequence[Piece]) -> bool:
    return any(run.folder == file.folder for run in runs)


def _is_python(file: File) -> bool:
    return file.name.casefold().endswith(".py") and file.size_bytes > 0


def _is_capture(file: File) -> bool:
    if file.name.casefold().endswith(CAPTURE_NAMES):
        return True
    head = file.head or start_of(file.place, HEAD_BYTES)
    return (
        head[:4] in {*pcap.MAGICS, pcapng.MAGIC}
        or head.startswith(OTHER_RECORDINGS)
        or (_is_listing(head))
    )


def _is_listing(head: bytes) -> bool:
    """Whether a text begins as the book's listings do, or as what tcpdump prints."""
    text = head.decode("utf-8-sig", errors="replace").lstrip()
    first = text.split("\n", 1)[0].rstrip()
    listed = listing.LINE.fullmatch(first) is not None and " > " in first
    return listed or tcpdump_text.recognises(text)


def _nearest(files: Sequence[File], folder: Names) -> File | None:
    """The one of these in this folder, else in the nearest one above it."""
    above = [file for file in files if folder[: len(file.folder)] == file.folder]
    return max(above, key=lambda file: len(file.folder), default=None)


def _is_manifest(file: File) -> bool:
    return file.name == MANIFEST and file.size_bytes <= MOST_MANIFEST_BYTES


def _why(file: File) -> str:
    """Why a file is in no piece."""
    if not file.size_bytes:
        return "an empty file"
    if plain_name(file.name) in OF_A_PACK:
        return "nothing was handed in with it"
    if plain_name(file.name) == RUN_JSON:
        return "a second run.json in one folder: hand in a folder a run"
    return "neither a run directory, a capture, answers nor a program"
