"""Vps: the public machine, rented or the user's own."""

from components.vps.preflight import preflight_server
from components.vps.seen import warn_of_unseen
from components.vps.vps import Vps, VpsArgs

__all__ = ["Vps", "VpsArgs", "preflight_server", "warn_of_unseen"]
