"""Has participants leave rooms whose links other web instances ended, or which they changed."""

from webapp.storage.cameras import enabled_cameras
from webapp.storage.database import Database
from webapp.storage.room_links import revoked_among
from webapp.storage.sealing import Sealer
from webapp.web.live.participants import LINK_ENDED, Participants


class RoomWatch:
    """Looks in the database for what nobody told this web instance; asks nothing of empty rooms."""

    def __init__(self, database: Database, sealer: Sealer, participants: Participants) -> None:
        self._database, self._sealer, self._participants = database, sealer, participants

    def look(self) -> None:
        """Look once; raises StorageError."""
        link_ids = self._participants.link_ids()
        if not link_ids:
            return
        with self._database.session() as work:
            ended, setups = revoked_among(work, link_ids), enabled_cameras(work, self._sealer)
        for link_id in ended:
            self._participants.end_link(link_id, LINK_ENDED)
        self._participants.rooms_are({setup.name: setup.source for setup in setups})
