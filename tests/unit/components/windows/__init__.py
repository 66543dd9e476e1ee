"""Tests of what is told to Windows."""
