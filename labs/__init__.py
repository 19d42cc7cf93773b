"""Labs: what happens on the emulated hosts, captured into a run directory."""
