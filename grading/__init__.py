"""Grading: points for findings. The rubric's types live here; the gradebook is still to come."""
