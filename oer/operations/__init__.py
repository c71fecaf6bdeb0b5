"""Running an installation and looking after it: the server, backups, the doctor."""
