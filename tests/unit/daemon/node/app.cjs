/* An ordinary app: an HTTP server for each argument (a port, a path, or JSON for listen()). It knows
 * nothing of who runs it. /hold is answered when a request for /release comes. */
const http = require('http');
const dgram = require('dgram');
const cluster = require('cluster');

const held = [];
const who = () => String(cluster.worker && cluster.worker.id);

function answer(req, res) {
	if (req.url === '/hold') {
		held.push(() => res.end(who()));
		if (process.send)
			process.send('held');
		return;
	}
	if (req.url === '/pairs')
		res.writeHead(200, ['Set-Cookie', 'a', 'Set-Cookie', 'b', 'connection', 'keep-alive']);
	else if (req.url === '/object')
		res.writeHead(200, 'Fine', { Connection: 'keep-alive', 'X-Own': '1' });
	res.end(who());
}

for (const argument of process.argv.slice(2)) {
	if (argument.startsWith('udp:')) {
		const socket = dgram.createSocket('udp4');
		socket.on('message', (text, from) => socket.send(`${who()} ${text}`, from.port, from.address));
		socket.bind(Number(argument.slice(4)), '127.0.0.1');
		continue;
	}
	const where = argument.startsWith('{') ? JSON.parse(argument) : argument;
	const server = http.createServer(answer).listen(where);
	server.on('error', (err) => process.send({ type: 'failed', data: `${err.syscall} ${err.code}` }));
	server.on('listening', () => process.send({ type: 'up', data: server.address() }));
}

process.on('message', (message) => {
	if (message === 'release')
		held.splice(0).forEach((end) => end());
	else if (message === 'handle')
		require('net').createServer((socket) => process.send('with a socket', socket))
			.listen(0, '127.0.0.1', function up() { require('net').connect(this.address().port, '127.0.0.1'); });
	else
		process.send({ type: 'echo', data: message });
});
if (process.env.APP_LISTENS_FOR)
	process.on(process.env.APP_LISTENS_FOR, () => process.exit(3));
