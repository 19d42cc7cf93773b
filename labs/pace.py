"""How fast the users of a lab are: as fast as the book's, or quick."""

BOOK, QUICK = "book", "quick"
PACES = (BOOK, QUICK)
