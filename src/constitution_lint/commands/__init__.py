"""One module a command of the command line. Each exposes a click command named `command`; `cli` imports it when it is used."""
