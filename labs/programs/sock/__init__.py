"""`sock`, the test program of TCP/IP Illustrated: client, server, source and sink of TCP and UDP.

Standard library only, and nothing from other rooms: emulated hosts run it with their plain python3.
"""
