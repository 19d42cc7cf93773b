"""Grading: points for findings. Points exist in no other room."""
