"""Tests of the stand-ins for Windows."""
