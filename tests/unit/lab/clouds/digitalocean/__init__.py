"""Tests of the lab's DigitalOcean."""
