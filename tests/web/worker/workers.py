"""Workers with deadlines that tests can wait for."""

import ipaddress
from dataclasses import replace

from webapp.web.worker.limits import ConnectionLimits
from webapp.web.worker.web_worker import WebWorker

MOST_PER_ADDRESS = 8
PROXY = "127.0.9.1"
HASTY = ConnectionLimits(
    most_per_address=MOST_PER_ADDRESS,
    exempt=(ipaddress.ip_network(f"{PROXY}/32"),),
    handshake_s=0.5,
    request_s=0.5,
    body_grace_s=0.5,
    write_s=0.5,
    close_s=0.5,
)


class HastyWorker(WebWorker):
    """Gives slow clients half a second for everything."""

    limits = HASTY


class PatientWorker(WebWorker):
    """Ends nobody's connection before it stops itself."""

    limits = replace(ConnectionLimits(), request_s=60.0, write_s=60.0)
