"""Tests of lab/speech; the services run for real, on loopback."""
