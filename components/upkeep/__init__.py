"""Upkeep: what keeps a closed VPS well by itself."""

from components.upkeep.upkeep import Upkeep, UpkeepArgs, upkeep_files

__all__ = ["Upkeep", "UpkeepArgs", "upkeep_files"]
