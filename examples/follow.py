#!/usr/bin/env python3
"""Follows recbridge's events with nothing but the standard library: follow.py SOCKET [CURSOR]"""
import http.client, json, socket, sys

class UnixConnection(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(sys.argv[1])

connection = UnixConnection("localhost")
connection.request("GET", "/v1/events?stream=1&after=" + (sys.argv[2:] or ["latest"])[0])
for line in connection.getresponse():
    if line.strip():  # a blank line is the heartbeat
        event = json.loads(line)
        print(event["id"], event["type"], event.get("subject", "-"), flush=True)
