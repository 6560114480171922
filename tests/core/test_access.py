import pytest

from webapp.core.access import ROLES, Actor, Permission, Role, may

MANAGES, WATCHES = (Role.ADMIN, Role.MANAGER), tuple(Role)
WHO_MAY = {
    Permission.WATCH: WATCHES,
    Permission.HANDLE_ALERTS: MANAGES,
    Permission.EXPORT: MANAGES,
    Permission.ANALYSE: MANAGES,
    Permission.READ_HEALTH: MANAGES,
    Permission.PAUSE_CAMERAS: MANAGES,
    Permission.SHOW_VIEWERS: MANAGES,
    Permission.ADMINISTER: (Role.ADMIN,),
}


@pytest.mark.parametrize("permission", Permission)
@pytest.mark.parametrize("role", Role)
def test_who_may_do_what(role, permission):
    expected = role in WHO_MAY[permission]
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
    for role in (Role.MANAGER, Role.VIEWER):
        assert may(Actor(role, cameras), Permission.WATCH, camera) is expected


def test_an_admin_sees_all_cameras():
    with pytest.raises(ValueError, match="sees all cameras"):
        Actor(Role.ADMIN, frozenset({"door"}))


def test_every_role_is_in_the_table():
    assert set(ROLES) == set(Role)
