"""Measurements, as ratios within one run: `make bench` on an idle machine."""
