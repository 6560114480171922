"""What stays open: Socket.IO and the MJPEG streams."""
