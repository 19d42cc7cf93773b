"""The book's internet on emulated links: hosts, personalities, links, and their sandbox."""
