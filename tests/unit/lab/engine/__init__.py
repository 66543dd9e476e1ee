"""Tests of `lab.engine`."""
