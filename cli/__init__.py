"""The command line `tcplab`: the only room that imports both halves."""
