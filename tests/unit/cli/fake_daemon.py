#!/usr/bin/env python3
"""A daemon that only talks: it answers pmc with prepared words, so that pmc is tested alone.

fake_daemon.py SOCKET    serve until stdin closes; prints "ready" when the socket is there

Every request is noted on stdout as one JSON line, so that a test can see what pmc asked. A line on stdin is an event: it
goes to all who follow events. A target called "break" closes the connection before the answer, once; "slow" never
answers; "noted" is answered with a note; an app is called "named.js", and one runs a script "known.js". Logs are the files in ../logs of the socket's folder, each named after its app.
"""

import contextlib
import json
import os
import socket
import sys
import threading

STATES = {"web": "online", "crashy": "errored", "名前": "waiting"}
lock = threading.Lock()
broken = set()
followers = []


def view(pm_id, name, state, whole):
    record = {
        "pm_id": pm_id, "number": 0, "name": name, "namespace": "default", "state": state,
        "pid": 812 if state == "online" else 0, "mode": "fork", "user": "me", "restarts": 3,
        "unstable_restarts": 1 if state == "errored" else 0, "started_us": 1700000000000000,
        "created_us": 1690000000000000, "uptime_ms": 125000 if state == "online" else 0,
        "next_start_ms": 1500 if state == "waiting" else -1, "cpu_percent": 1.25,
        "memory_bytes": 55000000 if state == "online" else 0, "watching": False, "orphan": False,
        "reason": None if state == "online" else "exit 3 after 50 ms, 16 times in 15 min",
    }
    if whole:
        record.update({
            "script": "/srv/app.js", "cwd": "/srv", "interpreter": "node", "out_path": "/srv/out.log",
            "err_path": "/srv/err.log", "pid_path": "/srv/web.pid", "last_cause": "crash",
            "last_code": 3, "last_signal": -1, "last_core": False, "last_exit_us": 1690000000000000,
            "last_life_ms": 50, "stderr_tail": "Error: \x1b[31mboom\nat line 3", "unique_id": "u-u-i-d",
            "spec": {"name": name, "script": "/srv/app.js", "kill_timeout": "5s"},
            "env": {"GREETING": "hello", "DB_PASSWORD": "••••"},
        })
    return record


def views(whole):
    return [view(i, name, state, whole) for i, (name, state) in enumerate(STATES.items())]


def has(target):
    return target in STATES or target == "named.js" or (target[0] == "/" and target.endswith("/known.js"))


def results(targets):
    rows = []
    for target in targets:
        if target in STATES:
            rows.append({"pm_id": list(STATES).index(target), "name": target, "number": 0, "ok": True,
                         "state": "stopped", "pid": 0, "message": ""})
        else:
            rows.append({"target": target, "ok": False, "message": f"no app, id or namespace {target}",
                         "hint": "did you mean 'web'?"})
    return {"results": rows, "failed": sum(not row["ok"] for row in rows)}


def log_streams(targets):
    folder = os.path.join(os.path.dirname(sys.argv[1]), "..", "logs")
    return [{"pm_id": i, "name": file.split("-")[0], "number": 0, "stream": "err" if "-error" in file else "out",
             "path": os.path.join(os.path.normpath(folder), file)}
            for i, file in enumerate(sorted(os.listdir(folder) if os.path.isdir(folder) else []))
            if not targets or file.split("-")[0] in targets]


def answer(method, params):
    targets = params.get("targets") or []
    if method == "daemon.doctor":
        return {"checks": [{"name": "orphans", "ok": False, "detail": "2"}, {"name": "shelf", "ok": True, "detail": "whole"}]}
    if method == "daemon.ping":
        return {"version": "0.1.0", "engine_pid": os.getpid(), "keeper_pid": 0, "engine_restarts": 2,
                "started_us": 1, "apps": len(STATES), "orphans": 2, "safe": "pmcd crashed", "fds_lost": 0, "notes": ["safe mode: pmcd crashed"]}
    if method == "app.list":
        if targets and not any(map(has, targets)):
            raise LookupError(f"no app, id or namespace {targets[0]}")
        return {"instances": views(False), "daemon": {"safe": False, "orphans": 0}}
    if method == "app.describe":
        found = [record for record in views(True) if record["name"] in targets]
        return {"instances": found or views(True)}
    if method == "app.start":
        return {"results": [{"pm_id": 7, "name": app["spec"].get("name", "?"), "number": 0, "ok": True,
                             "state": "online", "pid": 9} for app in params["apps"]], "failed": 0}
    if method in ("app.stop", "app.begin", "app.restart", "app.reload", "app.delete", "app.reset", "app.signal", "app.send"):
        note = {"note": "not stored: safe mode"} if "noted" in targets else {}
        return {**results(targets), **note}
    if method == "history.events":
        return {"events": [{"id": 5, "time_us": 1700000000123456, "event": "exit", "app": "web", "pm_id": 0,
                            "number": 0, "pid": 812, "code": None, "signal": 11, "core": True,
                            "cause": "crash", "detail": "killed by SIGSEGV (core dumped) after 3.2 s"}]}
    if method == "log.files":
        return {"streams": log_streams(targets)}
    if method == "list.save":
        return {"path": "/home/me/.pmc/dump.pmc"}
    return {}


def serve_line(conn, line):
    message = json.loads(line)
    if "hello" in message:
        return {"hello": {"protocol": [1, 0], "version": "0.1.0", "engine_pid": os.getpid()}}
    params = message.get("params") or {}
    targets = params.get("targets") or []
    if message["method"] == "events.follow":
        followers.append(conn)
    with lock:
        print(json.dumps(message, ensure_ascii=False), flush=True)
        if "break" in targets and params.get("request") not in broken:
            broken.add(params.get("request"))
            return None
    if "slow" in targets:
        return {}
    try:
        return {"id": message["id"], "result": answer(message["method"], params)}
    except LookupError as error:
        return {"id": message["id"], "error": {"code": "not-found", "message": error.args[0]}}


def serve(conn):
    with contextlib.suppress(OSError), conn, conn.makefile("rb") as lines:  # a client may go away at any moment
        for line in lines:
            reply = serve_line(conn, line)
            if reply is None:
                conn.shutdown(socket.SHUT_RDWR)
                return
            if reply:
                conn.sendall(json.dumps(reply, ensure_ascii=False).encode() + b"\n")


def accept(listener):
    while True:
        conn, _ = listener.accept()
        threading.Thread(target=serve, args=(conn,), daemon=True).start()


def main():
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(sys.argv[1])
    listener.listen(64)
    print("ready", flush=True)
    threading.Thread(target=accept, args=(listener,), daemon=True).start()
    for line in sys.stdin:
        for conn in followers:
            with contextlib.suppress(OSError):
                conn.sendall(b'{"event":' + line.strip().encode() + b"}\n")


if __name__ == "__main__":
    main()
