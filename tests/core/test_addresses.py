import pytest

from webapp.core.addresses import client_network


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("", ""),
        ("no address", "no address"),
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
    ],
)
def test_addresses_of_one_client_share_their_network(address, network):
    assert client_network(address) == network
