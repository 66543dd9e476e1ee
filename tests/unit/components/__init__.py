"""Tests of the program's components, without an engine, a cloud or a host."""
