// A web server as most people write it: no framework, no process manager in mind.
//
//   GET /         who answers: pid, instance, how long it has been up
//   GET /crash    throws, to be seen coming back
//
// PORT says where to listen; 8301 when it is not set.
'use strict';
const http = require('http');

const port = Number(process.env.PORT || 8301);
const started = Date.now();

const server = http.createServer((request, response) => {
  if (request.url === '/crash') {
    response.end('good-bye\n');
    setImmediate(() => { throw new Error('asked to crash'); });
    return;
  }
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({
    pid: process.pid,
    instance: process.env.NODE_APP_INSTANCE || '0',
    greeting: process.env.GREETING || 'hello',
    up_ms: Date.now() - started,
  }) + '\n');
});

server.listen(port, () => console.log(`listening on ${port}`));

// The stop signal: finish what is under way, then go.
process.on('SIGINT', () => {
  console.log('closing');
  server.close(() => process.exit(0));
  server.closeIdleConnections?.();
});
