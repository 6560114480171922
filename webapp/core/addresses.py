"""What one client is, seen from its address."""

import ipaddress


def client_network(address: str) -> str:
    """Return what all addresses of one client share: the /64 of IPv6, else the address itself.

    A household or machine is given a whole /64, so one client could use 2⁶⁴ addresses.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(parsed), 64), strict=False))
