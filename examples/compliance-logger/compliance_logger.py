#!/usr/bin/env python3
"""Writes every confirmed Stop and Pause to syslog, and every such confirmation that was taken
back; resumes where it left off.

Usage: compliance_logger.py SOCKET CURSOR-FILE [--once]

The cursor is stored after its line has been given to syslog: after a crash a line can be written
twice, never lost. With --once it writes what there is to standard output instead, and ends.
"""
import http.client
import json
import os
import socket
import sys
import syslog
import time

RETRY_SECONDS = 1
WAIT_SECONDS = 25


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=WAIT_SECONDS + 30)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def load(cursor_file):
    try:
        with open(cursor_file) as file:
            return file.read().strip() or "earliest"
    except FileNotFoundError:
        return "earliest"


def store(cursor_file, cursor):
    with open(cursor_file + ".new", "w") as file:
        file.write(cursor + "\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(cursor_file + ".new", cursor_file)


def events(path, cursor, wait):
    connection = UnixConnection(path)
    target = f"/v1/events?type=recbridge.command.v1&limit=1000&wait={wait}&after={cursor}"
    connection.request("GET", target)
    response = connection.getresponse()
    if response.status != 200:
        raise SystemExit(f"recbridge answered {response.status}: {response.read().decode()}")
    for line in response:
        if line.strip():
            yield json.loads(line)
    connection.close()


def write(event, once):
    data = event["data"]
    if data["operation"] not in ("stop", "pause"):
        return
    grade = data.get("grade", "")
    if not grade.startswith("confirmed.") and "previously" not in data:
        return
    text = (
        f"{data['operation']} of call {data['call']} (agent {data['agent']}) {grade} "
        f"after {data.get('latencyMs')} ms, command {data['command']}, cursor {event['id']}"
    )
    if once:
        print(text, flush=True)
    else:
        syslog.syslog(syslog.LOG_NOTICE, text)


def main():
    path, cursor_file = sys.argv[1:3]
    once = "--once" in sys.argv[3:]
    syslog.openlog("recbridge", 0, syslog.LOG_AUTH)
    while True:
        is_empty = True
        try:
            for event in events(path, load(cursor_file), 0 if once else WAIT_SECONDS):
                is_empty = False
                write(event, once)
                store(cursor_file, event["id"])
        except (OSError, http.client.HTTPException) as error:
            if once:
                raise
            syslog.syslog(syslog.LOG_WARNING, f"recbridge cannot be reached: {error}")
            time.sleep(RETRY_SECONDS)
        if once and is_empty:
            return


main()
