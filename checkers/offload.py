"""Segments that no frame holds: an interface put several together before they were captured."""

LARGEST = 1460  # bytes of data in an Ethernet frame; of the book's links none takes more
PUT_TOGETHER = (
    f"more than the {LARGEST} bytes that a frame holds: offload put segments together "
    "(before you capture: ethtool -K eth0 gro off gso off tso off)"
)
