"""Alerts to people, through apprise; this room imports no other room.

quiet     hours in which only critical alerts are sent
gate      what is sent now, what is a duplicate, what waits for the morning
channel   the addresses, which are secrets, and the sending
desk      a queue between the keeper, which never waits, and the channel
"""

from keeper.alerts.channel import AppriseChannel, Channel, read_addresses
from keeper.alerts.desk import AlertDesk
from keeper.alerts.gate import AlertGate, AlertPolicy, Outcome
from keeper.alerts.quiet import QuietHours

__all__ = [
    "AlertDesk",
    "AlertGate",
    "AlertPolicy",
    "AppriseChannel",
    "Channel",
    "Outcome",
    "QuietHours",
    "read_addresses",
]
