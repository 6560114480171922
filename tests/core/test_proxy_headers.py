import pytest

from webapp.core.access import Role
from webapp.core.proxy_headers import Identity, ProxyHeaders, parse_header_name, parse_role_map

MAPPED = ProxyHeaders("Remote-User", "Remote-Groups", parse_role_map("ops=manager, it=admin"))


@pytest.mark.parametrize(
    ("groups", "role"),
    [
        ("", Role.VIEWER),
        ("ops", Role.MANAGER),
        ("staff, ops", Role.MANAGER),
        ("ops|it", Role.ADMIN),
        ("it;ops", Role.ADMIN),
        ("IT", Role.VIEWER),
        ("admin", Role.VIEWER),
        ("bit", Role.VIEWER),
    ],
)
def test_the_role_that_may_most_counts(groups, role):
    assert MAPPED.identity("mira", groups) == Identity("mira", role)


def test_without_a_map_the_header_names_the_role():
    assert (
        ProxyHeaders("Remote-User", "Remote-Role").identity("mira", "manager").role == Role.MANAGER
    )


def test_without_a_header_for_roles_nothing_is_said_of_them():
    assert ProxyHeaders("Remote-User").identity("mira", "admin") == Identity("mira")


def test_names_are_utf_8():
    said = "Jürgen  M".encode().decode("latin-1")
    assert MAPPED.identity(said, "").username == "Jürgen M"


@pytest.mark.parametrize("name", ["", " ", "mira,admin", "x" * 65, "a\0b", "\xff"])
def test_what_is_no_one_name_is_refused(name):
    with pytest.raises(ValueError, match="Remote-User: expected one name"):
        MAPPED.identity(name, "")


@pytest.mark.parametrize("name", ["Remote-User", "X-Forwarded-User", "X-authentik-username"])
def test_headers_that_a_proxy_sets(name):
    assert parse_header_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "Cookie",
        "host",
        "X-Forwarded-For",
        "Accept-Language",
        "User Agent",
        "Remote_User",
        "Ä-b",
        "-",
    ],
)
def test_headers_that_others_set_are_refused(name):
    with pytest.raises(ValueError, match="such as Remote-User"):
        parse_header_name(name)


@pytest.mark.parametrize(
    "text", ["ops", "ops=god", "=admin", "ops=admin,ops=viewer", "a|b=admin", ","]
)
def test_what_is_no_map_is_refused(text):
    with pytest.raises(ValueError, match="such as ops=manager"):
        parse_role_map(text)
