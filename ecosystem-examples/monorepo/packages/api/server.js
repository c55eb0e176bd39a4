// Answers with what it knows of itself.
'use strict';
const http = require('http');

http.createServer((request, response) => {
  response.end(JSON.stringify({ cwd: process.cwd(), stage: process.env.STAGE, prices: [1, 2, 3] }) + '\n');
}).listen(Number(process.env.PORT), () => console.log('api is up'));
