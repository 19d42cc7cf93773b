"""How fast the users of a lab are: as fast as the book's, or quick."""

BOOK, QUICK = "book", "quick"
BY_HAND = "by hand"  # somebody types: in run.json, not to be chosen
PACES = (BOOK, QUICK)
