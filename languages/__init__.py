"""What people read, in their language: the catalogs, and what translates by them."""
