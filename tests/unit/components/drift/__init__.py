"""Tests of what was changed by hand."""
