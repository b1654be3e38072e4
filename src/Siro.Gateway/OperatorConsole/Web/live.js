// One connection of a tab: what changed, so that what is shown can be read again. It goes on where it was when it broke.
import { signal, effect } from './html.js';
import { session, call } from './api.js';

export const liveState = signal('off'); // off, on, lost
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

async function stay(abort) {
  let pause = 1000;
  while (!abort.aborted) {
    try {
      const response = await call('GET', 'v1/live', { raw: true, signal: abort, headers: { Accept: 'text/event-stream', ...(last ? { 'Last-Event-ID': last } : {}) } });
      liveState.value = 'on';
      pause = 1000;
      await read(response.body.pipeThrough(new TextDecoderStream()).getReader());
    } catch (e) {
      if (abort.aborted) return;
      if (e.status === 404 || e.status === 403) {
        liveState.value = 'off';
        return;
      }
    }

    if (abort.aborted) return;
    liveState.value = 'lost';
    // Hidden tabs come back when they are looked at.
    await new Promise(done => setTimeout(done, pause + Math.random() * 500));
    pause = Math.min(pause * 2, 15000);
  }
}

async function read(reader) {
  let buffer = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    buffer += value;
    let end;
    while ((end = buffer.indexOf('\n\n')) >= 0) {
      take(buffer.slice(0, end));
      buffer = buffer.slice(end + 2);
    }
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
