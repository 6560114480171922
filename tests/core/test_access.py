import pytest

from webapp.core.access import ROLES, Actor, Permission, Role, may

ADMIN_ALONE = {Permission.SWITCH_CAMERAS, Permission.ADMINISTER}


@pytest.mark.parametrize("permission", Permission)
@pytest.mark.parametrize("role", Role)
def test_who_may_do_what(role, permission):
    expected = role == Role.ADMIN or permission not in ADMIN_ALONE
    assert may(Actor(role), permission) is expected
    assert may(Actor(role), permission, "door") is expected


@pytest.mark.parametrize(
    ("cameras", "camera", "expected"),
    [
        (None, "door", True),
        (frozenset({"door"}), "door", True),
        (frozenset({"door"}), "hall", False),
        (frozenset(), "door", False),
        (frozenset(), None, True),
    ],
)
def test_an_actor_may_be_limited_to_some_cameras(cameras, camera, expected):
    for role in Role:
        assert may(Actor(role, cameras), Permission.WATCH, camera) is expected


def test_every_role_is_in_the_table():
    assert set(ROLES) == set(Role)
