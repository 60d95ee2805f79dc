"""What a service manager of systemd's kind is told: ready, alive, stopping."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ServiceManager:
    """`address` is the socket that NOTIFY_SOCKET names; without one nothing is told."""

    address: str | None

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> ServiceManager:
        return cls(environment.get("NOTIFY_SOCKET"))

    def tell(self, state: str) -> None:
        """One state, such as `READY=1`; a manager that does not listen is no reason to fail."""
        if not self.address:
            return
        name = "\0" + self.address[1:] if self.address.startswith("@") else self.address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
                channel.connect(name)
                channel.send(state.encode())
        except OSError:
            return
