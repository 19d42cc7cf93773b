"""click's commands, with --lang, and with help and errors in the language that is spoken."""

import sys
from collections.abc import Iterable
from typing import Any

import click

from cli.languages import choose, said, understood
from languages.sentences import ENGLISH
from languages.wrapping import filled, padded, unpadded

NO_WRAPPING = "\b"  # before a paragraph whose lines stay as they are


class Formatter(click.HelpFormatter):
    """Help in the language: headings, paragraphs, and what options and commands do."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """The line that says how a command is typed."""
        super().write_usage(prog, args, f"{said('Usage:')} " if prefix is None else prefix)

    def write_heading(self, heading: str) -> None:
        """The heading of a list."""
        super().write_heading(said(heading))

    def write_text(self, text: str) -> None:
        """Paragraphs, each of them a sentence or more of the catalog."""
        indent = " " * self.current_indent
        for number, paragraph in enumerate(text.split("\n\n")):
            self.write("\n" if number else "")
            if paragraph.startswith(NO_WRAPPING):
                lines = paragraph.removeprefix(NO_WRAPPING).strip("\n").splitlines()
                self.write("".join(f"{indent}{said(line)}\n" for line in lines))
            else:
                one_line = said(" ".join(paragraph.split()))
                self.write(filled(one_line, indent, indent, self.width) + "\n")

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:
        """What options and commands do, beside their names."""
        super().write_dl(
            [(name, padded(_described(what))) for name, what in rows], col_max, col_spacing
        )

    def getvalue(self) -> str:
        """The whole help."""
        return unpadded(super().getvalue())


def _described(what: str) -> str:
    """What an option does; what click says of its values stands in brackets behind that."""
    text, bracket, values = what.partition("  [")
    return f"{said(text)}{bracket}{values}"


class Context(click.Context):
    """One that formats help so; English is formatted by click alone."""

    def make_formatter(self) -> click.HelpFormatter:
        """The formatter of the language."""
        if understood() is ENGLISH:
            return super().make_formatter()
        return Formatter(width=self.terminal_width, max_width=self.max_content_width)


class Speaking(click.Command):
    """A command with --lang."""

    context_class = Context

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.params.append(_lang_option())

    def get_short_help_str(self, limit: int = 45) -> str:
        """What the command does, in one sentence; English is cut to a line by click."""
        if understood() is ENGLISH:
            return super().get_short_help_str(limit)
        return said(" ".join((self.help or "").partition("\n\n")[0].split())).rstrip(".")


class SpeakingGroup(Speaking, click.Group):
    """A group whose commands speak, too."""

    command_class = Speaking


def _lang_option() -> click.Option:
    """Eager, so that the help and the other options' errors are in the language already."""
    return click.Option(
        ["--lang"],
        metavar="en|ko",
        is_eager=True,
        expose_value=False,
        callback=lambda _, __, value: choose(value),
        help="The language of what is shown (default: TCPLAB_LANG, else en).",
    )


def show_error(error: click.ClickException) -> None:
    """Say what was wrong with the command line, and how to learn what is right."""
    if not isinstance(error, click.UsageError) or error.ctx is None or understood() is ENGLISH:
        error.show()
        return
    ctx = error.ctx
    hint = f"Try '{ctx.command_path} --help' for help."
    message = said(error.format_message())
    sys.stderr.write(f"{ctx.get_usage()}\n{said(hint)}\n\n{said('Error:')} {message}\n")
