"""Tests of the program that watches from the VPS."""
