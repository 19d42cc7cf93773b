"""Reports: pure functions of one Report."""
