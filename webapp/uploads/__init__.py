"""Pictures and videos that users hand in, read beside the live cameras and kept in memory only."""
