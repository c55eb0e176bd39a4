// An app with express:  npm install  in this folder first.
//
//   GET  /             how often it was asked, and the version of package.json
//   GET  /slow         answers after half a second: a stop in between waits for it
//   POST /echo         gives back the JSON it got
'use strict';
const express = require('express');

const app = express();
const port = Number(process.env.PORT || 8303);
let asked = 0;

app.use(express.json());
app.get('/', (request, response) => {
  response.json({ asked: ++asked, pid: process.pid, version: require('./package.json').version });
});
app.get('/slow', (request, response) => {
  console.log('slow one begins');
  setTimeout(() => response.send('slow, but whole\n'), 500);
});
app.post('/echo', (request, response) => response.json(request.body));

const server = app.listen(port, () => console.log(`express listens on ${port}`));

process.on('SIGTERM', () => {
  console.log('closing');
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
