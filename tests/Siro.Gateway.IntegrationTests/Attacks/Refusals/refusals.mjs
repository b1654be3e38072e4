// Sends the requests of the file that is the first argument, and prints what a program sees of each answer.
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

const requests = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const tick = 50;

async function* slowly(body, rate) {
  const step = Math.ceil(rate * tick / 1000);
  for (let at = 0; at < body.length; at += step) {
    yield body.subarray(at, at + step);
    await pause(tick);
  }
}

async function byFetch(request, body) {
  const response = await fetch(request.url, {
    method: request.method,
    headers: request.headers,
    body: request.rate > 0 ? ReadableStream.from(slowly(body, request.rate)) : body,
    duplex: 'half',
  });
  return { status: response.status, body: await response.text() };
}

function byHttp(request, body) {
  return new Promise((resolve, reject) => {
    // A connection of its own: nginx announces one that goes on and ends it when a body was refused, which the next request would meet.
    const headers = { ...request.headers, 'Content-Length': body.length };
    const outgoing = http.request(request.url, { method: request.method, headers, agent: false });
    let answered = false;
    outgoing.on('error', reject);
    outgoing.on('response', async incoming => {
      answered = true;
      try {
        let text = '';
        for await (const chunk of incoming.setEncoding('utf8')) text += chunk;
        resolve({ status: incoming.statusCode, body: text });
      } catch (error) {
        reject(error);
      }
    });
    const send = async () => {
      if (request.rate > 0) {
        for await (const chunk of slowly(body, request.rate)) {
          if (answered) break;
          outgoing.write(chunk);
        }
        outgoing.end();
      } else {
        outgoing.end(body);
      }
    };
    if ('Expect' in request.headers) {
      outgoing.on('continue', send);
      outgoing.flushHeaders();
    } else {
      send();
    }
  });
}

async function one(request) {
  const body = Buffer.concat([Buffer.from(request.prefix, 'latin1'), Buffer.alloc(request.bytes - request.prefix.length)]);
  try {
    const answer = await (request.client === 'fetch' ? byFetch(request, body) : byHttp(request, body));
    return { id: request.id, ...answer };
  } catch (error) {
    return { id: request.id, status: 0, body: `${error} ${error.cause ?? ''}` };
  }
}

const slow = Promise.all(requests.filter(r => r.rate > 0).map(one));
const answers = [];
for (const request of requests.filter(r => r.rate === 0)) answers.push(await one(request));
answers.push(...await slow);
console.log(JSON.stringify(answers));
process.exit(0);
