// The first file of Daemon.
