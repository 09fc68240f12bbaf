// As echo.py: takes any method, says so, and answers. PORT.
const http = require('http');

const server = http.createServer((request, response) => {
  console.log(`asked ${request.method} ${request.url}`);
  const answer = (body) => {
    response.setHeader('Content-Length', body.length);
    response.end(body);
  };
  if (request.url.startsWith('/read')) {
    const pieces = [];
    request.on('data', (piece) => pieces.push(piece));
    request.on('end', () => answer(Buffer.concat(pieces)));
  } else if (request.url.startsWith('/half')) {
    request.once('readable', () => answer(request.read(10) || Buffer.alloc(0)));
  } else {
    answer(Buffer.alloc(0));
  }
});
server.listen(Number(process.argv[2]), '127.0.0.1', () => console.log('listening'));
