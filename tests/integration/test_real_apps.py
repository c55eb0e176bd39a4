"""Programs that were not written for us: redis, nginx, an express server; each survives us and we notice its end."""

import os
import shutil
import signal
import socket

from pmctest import PmcTest, SOURCE, alive, children_of, free_port, http_get, main, send_signal, wait_until

EXPRESS = """
const express = require('express');
const app = express();
app.get('/', (request, response) => response.json({pid: process.pid}));
app.get('/slow', (request, response) => setTimeout(() => response.send('slow'), 300));
const server = app.listen(Number(process.argv[2]), '127.0.0.1', () => console.log('express is up'));
process.on('SIGINT', () => { console.log('draining'); server.close(() => process.exit(0)); });
"""

NGINX = """
worker_processes 2;
pid nginx.pid;
error_log /dev/stderr;
events {{ worker_connections 64; }}
http {{
  access_log /dev/stdout;
  client_body_temp_path tmp; proxy_temp_path tmp; fastcgi_temp_path tmp; uwsgi_temp_path tmp; scgi_temp_path tmp;
  server {{ listen 127.0.0.1:{port}; location / {{ return 200 "nginx says hello\\n"; }} }}
}}
"""


class RealApps(PmcTest):
    def need(self, tool):
        path = shutil.which(tool) or shutil.which(tool, path="/usr/sbin:/sbin")
        if not path:
            self.skipTest(f"needs {tool}")
        return path

    def redis(self, port, *words):
        """One command; the first line of the answer."""
        try:
            with socket.create_connection(("127.0.0.1", port), 5) as connection:
                connection.sendall(" ".join(words).encode() + b"\r\n")
                return connection.makefile().readline().strip()
        except OSError:
            return None

    def test_redis_keeps_its_data_and_its_clients_while_the_daemon_dies(self):
        server, port = self.need("redis-server"), free_port()
        self.pmc("start", server, "--name", "redis", "--kill-timeout", "5s", "--", "--port", port, "--save", "",
                 "--appendonly", "no", "--bind", "127.0.0.1", "--dir", self.work)
        wait_until(lambda: self.redis(port, "PING") == "+PONG", what="redis answers")
        self.redis(port, "SET", "fact", "42")
        with self.keeps(), socket.create_connection(("127.0.0.1", port), 5) as connection:
            self.kill_engine()
            connection.sendall(b"GET fact\r\n")
            answer = connection.makefile()
            self.assertEqual([answer.readline().strip() for _ in range(2)], ["$2", "42"])
        pid = self.pid_of("redis")
        self.pmc("stop", "redis")
        self.assertFalse(alive(pid))
        self.assertIn("bye bye", self.log("redis").lower())
        self.assertEqual(self.events("exit", app="redis")[-1]["code"], 0)

    def test_nginx_with_its_workers(self):
        server, port = self.need("nginx"), free_port()
        os.mkdir(f"{self.work}/tmp")
        self.file("nginx.conf", NGINX.format(port=port))
        os.chmod(self.dir, 0o755)
        self.pmc("start", self.eco([{
            "name": "nginx", "script": server, "interpreter": "none", "stop_signal": "SIGQUIT", "min_uptime": 0,
            "args": ["-p", f"{self.work}/", "-c", "nginx.conf", "-e", "stderr", "-g", "daemon off;"]}]))
        wait_until(lambda: http_get(port) == (200, "nginx says hello\n"), what="nginx answers")
        self.wait_log("nginx", "GET /")
        old = self.pid_of("nginx")
        workers = children_of(old)
        self.assertGreaterEqual(len(workers), 2)
        send_signal(old, signal.SIGKILL)
        self.wait_new_pid("nginx", old)
        wait_until(lambda: http_get(port) == (200, "nginx says hello\n"), what="nginx answers again")
        self.assertFalse([pid for pid in workers if alive(pid)], "old workers held the port")
        self.pmc("stop", "nginx")
        self.assertIsNone(http_get(port, timeout=1))
        self.assertEqual(self.events("exit", app="nginx")[-1]["code"], 0)

    def test_express_finishes_what_is_under_way_when_it_is_stopped(self):
        self.need("node")
        if not os.path.isdir(f"{SOURCE}/tests/node_modules/express"):
            self.skipTest("npm packages of tests/package.json are not installed")
        port = free_port()
        self.file("server.js", EXPRESS)
        self.pmc("start", f"{self.work}/server.js", "--name", "web", "--kill-timeout", "5s", "--", port,
                 env={"NODE_PATH": f"{SOURCE}/tests/node_modules"})
        wait_until(lambda: http_get(port), what="express answers")
        with socket.create_connection(("127.0.0.1", port), 5) as connection:
            connection.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            self.pmc("ping")
            self.pmc("stop", "web")
            reply = b""
            while data := connection.recv(4096):
                reply += data
        self.assertTrue(reply.endswith(b"slow"), reply)
        self.assertIn("draining", self.log("web"))
        self.assertEqual(self.events("exit", app="web")[-1]["code"], 0)


if __name__ == "__main__":
    main()
