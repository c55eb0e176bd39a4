/* drain: loaded into Node apps (`node -r`), idle until the manager tells a cluster worker to leave.
 *
 * Node's own way to leave closes idle keep-alive connections at once, under requests that are on
 * their way, and lets busy ones go on for ever. From the moment of leaving on, this makes every
 * response the last one of its connection, and gives idle connections a second. It also holds a
 * worker without anything to do until the stop signal, if the app listens for it: else it would be
 * gone before its own handler ran.
 *
 * Touches nothing before that moment, throws nothing, and needs no package. Node 18.2 to 26; on
 * older ones responses are the last, but connections without a request end when Node ends them. */
'use strict';

const IDLE_MS = 1000;

/* Headers as writeHead() takes them (an object, a flat list, a list of pairs), with Connection:
 * close. Copies: the app may use its own for other responses. */
function lastOfConnection(headers) {
	const isConnection = (name) => String(name).toLowerCase() === 'connection';

	if (!Array.isArray(headers)) {
		const names = Object.keys(headers).filter((name) => !isConnection(name));
		const copy = Object.fromEntries(names.map((name) => [name, headers[name]]));
		return Object.assign(copy, { Connection: 'close' });
	}
	if (Array.isArray(headers[0])) {
		return headers.filter((pair) => !isConnection(pair[0])).concat([['Connection', 'close']]);
	}
	const copy = [];
	for (let i = 0; i + 1 < headers.length; i += 2) {
		if (!isConnection(headers[i]))
			copy.push(headers[i], headers[i + 1]);
	}
	return copy.concat('Connection', 'close');
}

/* Every response passes writeHead(), also one that began before. */
function endConnectionsAfterResponses(http) {
	const { prototype } = http.ServerResponse;
	const { writeHead } = prototype;

	function wrapped(status, ...rest) {
		const at = rest.findIndex((arg) => arg !== null && typeof arg === 'object');

		if (this.headersSent || (status >= 100 && status < 200))
			return writeHead.call(this, status, ...rest);
		if (at >= 0) {
			this.removeHeader('connection');
			rest[at] = lastOfConnection(rest[at]);
		} else {
			this.setHeader('Connection', 'close');
		}
		return writeHead.call(this, status, ...rest);
	}
	if (Reflect.set(prototype, 'writeHead', wrapped))
		return;
	/* Somebody froze it: then at least the requests that begin from now on. */
	require('diagnostics_channel').channel('http.server.request.start')
		.subscribe(({ response }) => { response.shouldKeepAlive = false; });
}

/* Connections on which nothing was ever asked (browsers open some in advance): Node takes them for
 * busy. Which connections a server has only its own list says. */
function closeUnused(server) {
	const key = Object.getOwnPropertySymbols(server)
		.find((symbol) => symbol.description === 'http.server.connections');
	const list = key && server[key];

	if (!list || typeof list.all !== 'function')
		return;
	for (const { socket } of list.all()) {
		if (socket && socket.bytesRead === 0)
			socket.destroy();
	}
}

/* close() and the cut of idle connections that is part of it: the cut comes a second later, and
 * again every second. */
function giveIdleConnectionsTime(prototype) {
	const { close, closeIdleConnections } = prototype;
	const waiting = new WeakSet();

	if (typeof closeIdleConnections !== 'function')
		return; /* before 18.2: they end by keepAliveTimeout */
	function later(server) {
		if (waiting.has(server))
			return;
		waiting.add(server);
		setInterval(() => {
			closeIdleConnections.call(server);
			closeUnused(server);
		}, IDLE_MS).unref();
	}
	Reflect.set(prototype, 'closeIdleConnections', function wrapped() { later(this); });
	Reflect.set(prototype, 'close', function wrapped(...args) {
		later(this);
		return close.apply(this, args);
	});
}

/* The manager's stop signal comes when the connections are gone. */
function waitForSignal(signal) {
	if (typeof signal !== 'string' || process.listenerCount(signal) === 0)
		return;
	const hold = setInterval(() => {}, 1 << 30);
	process.once(signal, () => clearInterval(hold));
}

function drain(message) {
	const http = require('http');

	waitForSignal(message.signal || 'SIGINT');
	endConnectionsAfterResponses(http);
	giveIdleConnectionsTime(http.Server.prototype);
	try { /* a Node built without OpenSSL has none */
		giveIdleConnectionsTime(require('https').Server.prototype);
	} catch {}
}

if (typeof process.send === 'function') {
	const onMessage = (message) => {
		if (!message || message.cmd !== 'NODE_CLUSTER' || message.act !== 'disconnect')
			return;
		process.removeListener('internalMessage', onMessage);
		drain(message);
	};

	/* Before the cluster module's own listener. */
	process.prependListener('internalMessage', onMessage);
	process.send({ cmd: 'NODE_PMC', act: 'drain', v: 1 }, () => {});
}
