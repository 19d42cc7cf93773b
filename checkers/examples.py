"""An example of each check as lab.yaml has it, for documents and for `tcplab show --checks`."""

EXAMPLES = {
    "timeline": """\
- check: timeline
  at: bsdi eth0
  timeline: |
    svr4.$c > bsdi.discard: S $J:$J(0) win 4096 <mss 1024>
    +0~50ms bsdi.discard > svr4.$c: S $K:$K(0) ack $J+1 win 4096 <mss 1024>
    +0~50ms svr4.$c > bsdi.discard: . ack $K+1 win 4096
    repeat 0..9 { * }
""",
    "handshake": """\
- check: handshake
  at: bsdi eth0
  client: svr4
  server: bsdi.discard
""",
    "mss": """\
- check: mss
  at: sun eth0
  client: sun
  server: slip.discard
  announces: {sun: 1460, slip: 256}
  limits: {sun: 256}
  sends: {sun: 2048}
""",
    "close": """\
- check: close
  at: bsdi eth0
  client: svr4
  server: bsdi.discard
  first: svr4
""",
    "half_close": """\
- check: half_close
  at: bsdi eth0
  client: sun
  server: bsdi.shell
  first: sun
""",
    "refused": """\
- check: refused
  at: bsdi eth0
  client: bsdi
  server: svr4.20000
""",
    "abort": """\
- check: abort
  at: bsdi eth0
  client: bsdi
  server: svr4.8888
  by: bsdi
""",
    "half_open": """\
- check: half_open
  at: bsdi eth0
  client: bsdi
  server: svr4.discard
  forgot: svr4
""",
    "simultaneous_open": """\
- check: simultaneous_open
  at: vangogh wan0
  client: bsdi.8888
  server: vangogh.7777
""",
    "simultaneous_close": """\
- check: simultaneous_close
  at: vangogh wan0
  client: bsdi.8888
  server: vangogh.7777
""",
    "backoff": """\
- check: backoff
  at: bsdi eth0
  client: bsdi
  server: svr4.discard
  schedule: bsd
  retransmissions: 2
  only: true
""",
    "sequence": """\
- check: sequence
  at: bsdi eth0
  resets: false
""",
    "offers": """\
- check: offers
  at: sun eth0
  windows: {sun: 4096, bsdi: 4096}
  mss: {sun: 1460, bsdi: 1024}
""",
    "options": """\
- check: options
  at: vangogh wan0
  client: vangogh
  server: bsdi.discard
  syn:
    vangogh: [mss, nop, wscale, nop, nop, timestamp]
    bsdi: [mss]
  agreed: []
""",
    "fragments": """\
- check: fragments
  at: slip sl0
  client: svr4
  server: slip.discard
  mtu: 296
""",
    "fragmentation_needed": """\
- check: fragmentation_needed
  at: solaris eth0
  client: solaris
  server: slip.discard
  router: bsdi
  mtu: 296
""",
    "states": """\
- check: states
  at: bsdi eth0
  host: bsdi
  port: 9
  path: [SYN_SENT, ESTABLISHED, FIN_WAIT_1, FIN_WAIT_2, TIME_WAIT]
  seen: [ESTABLISHED, FIN_WAIT_2]
""",
    "lasts": """\
- check: lasts
  host: sun
  port: 6666
  state: TIME_WAIT
  seconds: 63
  tolerance: 4
""",
    "transcript": """\
- check: transcript
  host: bsdi
  shows: ["% telnet svr4 discard", "Trying *", "Connection timed out"]
  never: ["Connected to"]
""",
    "reopened": """\
- check: reopened
  at: sun eth0
  client: bsdi.1081
  server: sun.7777
""",
    "attempts": """\
- check: attempts
  at: bsdi eth0
  client: bsdi
  server: svr4.7001
  gaps: [1, 2, 4]
""",
    "program": """\
- check: program
  start: 2
  ends: exits
  status: 0
""",
    "accept_queue": """\
- check: accept_queue
  at: bsdi eth0
  server: bsdi.7777
  holds: 2
""",
}
