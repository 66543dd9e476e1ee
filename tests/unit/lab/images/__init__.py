"""Tests of `lab.images`."""
