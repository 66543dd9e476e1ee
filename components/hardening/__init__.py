"""Hardening: the VPS closed to all it need not serve."""

from components.hardening.files import guarded_files, machine_files
from components.hardening.hardening import Hardening, HardeningArgs

__all__ = ["Hardening", "HardeningArgs", "guarded_files", "machine_files"]
