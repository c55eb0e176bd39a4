// Listens on PORT, which grows with the instance, and tells what it was given.
'use strict';
const http = require('http');

const facts = {
  instance: process.env.INSTANCE_ID,
  port: process.env.PORT,
  mode: process.env.NODE_ENV,
  features: process.env.FEATURES,
  args: process.argv.slice(2),
  heap: process.execArgv,
};

http.createServer((request, response) => response.end(JSON.stringify(facts) + '\n'))
  .listen(Number(process.env.PORT), '127.0.0.1', () => console.log(`instance ${facts.instance} listens on ${facts.port}`));
