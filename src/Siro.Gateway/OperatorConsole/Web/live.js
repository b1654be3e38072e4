// One connection of a tab: what changed, so that what is shown can be read again. It goes on where it was when it broke.
import { signal, effect } from './html.js';
import { session, call, unreachable } from './api.js';

// The gateway sends an overview every five seconds: a stream that says nothing for longer is not live, though it is still open.
const silence = 8000;

export const liveState = signal('off'); // off, on, lost
export const lostAt = signal(0);
export const overview = signal(null);
export const changes = signal({ events: 0, deliveries: 0, subscriptions: 0, uploads: 0, calls: 0 });
let running = null;
let last = '';

effect(() => {
  const on = Boolean(session.value);
  if (on && !running) {
    running = new AbortController();
    stay(running.signal);
  } else if (!on && running) {
    running.abort();
    running = null;
    liveState.value = 'off';
    overview.value = null;
    last = '';
  }
});

function lose() {
  if (liveState.value === 'lost') return;
  lostAt.value = Date.now();
  liveState.value = 'lost';
}

async function stay(abort) {
  let pause = 300;
  while (!abort.aborted) {
    const stream = new AbortController();
    const stopped = AbortSignal.any([abort, stream.signal]);
    try {
      const response = await call('GET', 'v1/live', { raw: true, signal: stopped, headers: { Accept: 'text/event-stream', ...(last ? { 'Last-Event-ID': last } : {}) } });
      await read(response.body.pipeThrough(new TextDecoderStream()).getReader(), stream, () => { liveState.value = 'on'; pause = 300; });
    } catch (e) {
      if (abort.aborted) return;
      if (e.status === 404 || e.status === 403) {
        liveState.value = 'off';
        return;
      }

      if (e.code === 'too_many_streams') pause = Math.max(pause, (e.retryAfter ?? 10) * 1000);
    }

    if (abort.aborted) return;
    lose();
    await new Promise(done => setTimeout(done, pause + Math.random() * 500));
    pause = Math.min(pause * 2, 4000);
  }
}

async function read(reader, stream, heard) {
  let buffer = '';
  let watch;
  const expect = () => { clearTimeout(watch); watch = setTimeout(() => { lose(); stream.abort(); }, silence); };
  expect();
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      unreachable.value = false;
      heard();
      expect();
      buffer += value;
      let end;
      while ((end = buffer.indexOf('\n\n')) >= 0) {
        take(buffer.slice(0, end));
        buffer = buffer.slice(end + 2);
      }
    }
  } finally {
    clearTimeout(watch);
  }
}

function take(block) {
  let name = 'message';
  let data = '';
  for (const line of block.split('\n')) {
    if (line.startsWith('event: ')) name = line.slice(7);
    else if (line.startsWith('data: ')) data += line.slice(6);
    else if (line.startsWith('id: ')) last = line.slice(4);
  }

  if (!data) return;
  const told = JSON.parse(data);
  if (name === 'overview') overview.value = { ...told, readAt: Date.now() };
  if (name === 'changed') {
    const next = { ...changes.value };
    for (const topic of told.topics) next[topic] = (next[topic] ?? 0) + 1;
    changes.value = next;
  }
}
