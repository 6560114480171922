"""What web instances and workers must have alike."""

from collections.abc import Mapping, Sequence

from webapp.config import Settings


def set_alike(settings: Settings, classes: Sequence[str]) -> Mapping[str, str]:
    """Return it, by the name of the setting.

    Workers show and count people as these say, and web instances tell people that they do.

    Args:
        settings: of this process.
        classes: of its model, in output order.
    """
    return {
        "PRIVACY": settings.privacy,
        "MIN_GROUP": str(settings.min_group),
        "MODEL_DIR": f"a model of {', '.join(classes)}",
    }
