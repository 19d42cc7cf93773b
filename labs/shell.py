"""A shell on a host, as its user has it: the prompt is the book's `svr4 % `."""

import shutil
from pathlib import Path


def shell_command(host: str, folder: Path) -> str:
    """The command that starts it; `folder`: where its settings are put."""
    if shutil.which("bash") is None:
        return f"env PS1='{host} % ' sh -i"
    settings = folder / f"{host}.bashrc"
    # Bracketed paste would write escape sequences into every line of the transcript.
    settings.write_text(
        f"PS1='{host} % '\nunset PROMPT_COMMAND HISTFILE\nbind 'set enable-bracketed-paste off'\n"
    )
    return f"bash --noprofile --rcfile {settings} -i"
