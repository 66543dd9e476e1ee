"""Hardening: the VPS closed to all it need not serve."""

from components.hardening.files import firewall_table, guarded_files, machine_files
from components.hardening.hardening import Hardening, HardeningArgs

__all__ = ["Hardening", "HardeningArgs", "firewall_table", "guarded_files", "machine_files"]
