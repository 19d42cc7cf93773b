"""Text of strangers, made harmless for terminals and tables."""

LONGEST = 300  # characters: what a person reads of one answer or observation


def plain(text: str, longest: int = LONGEST) -> str:
    """The text on one line, with control and direction characters spelled out, and cut."""
    if len(text) <= longest and text.isprintable():  # nearly always
        return text
    cut = text if len(text) <= longest else f"{text[:longest]}…"
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in cut)


def plains(*texts: str) -> tuple[str, ...]:
    """Each of these texts as `plain` makes it; all of them are looked at at once where they can."""
    together = "".join(texts)
    if len(together) <= LONGEST and together.isprintable():  # nearly always
        return texts
    return tuple(map(plain, texts))


def crash(error: Exception) -> str:
    """An error that nobody foresaw: its kind and its words."""
    return plain(f"{type(error).__name__}: {error}")
