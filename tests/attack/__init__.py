"""An attack on a server of our own over loopback: `make attack`."""
