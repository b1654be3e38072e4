// Replays: how many it would be, then carried out in the background, in sight, to be paused or ended.
import { html, useEffect, useState } from '../html.js';
import { get, post, id, may } from '../api.js';
import { Button, Errors, useAction, attempt, confirmed } from '../ui.js';
import { span } from './filters.js';
import { count, plural } from '../format.js';

const terminal = ['done', 'cancelled', 'dropped'];

export function ReplayFound({ subscription, query }) {
  const [preview, setPreview] = useState(null);
  const [replay, setReplay] = useState(null);
  const { since, until } = span(query);
  const filter = { status: query.state && ['dead', 'skipped', 'delivered', 'expired'].includes(query.state) ? query.state : undefined, since, until, type: query.type || undefined };
  const key = JSON.stringify([subscription, query]);
  const counting = useAction(async () => setPreview(await post(`v1/subscriptions/${id(subscription)}/replay?preview=true`, filter)));
  const starting = useAction(async () => { setReplay(await post(`v1/subscriptions/${id(subscription)}/replay`, filter)); setPreview(null); });
  useEffect(() => { setPreview(null); }, [key]);
  if (!may('subscriptions:write')) return null;
  if (replay) return html`<${Progress} subscription=${subscription} started=${replay} close=${() => setReplay(null)} />`;
  const narrower = query.text || query.recordingId || query.error;
  const waiting = ['pending', 'retrying'].includes(query.state);
  const wide = !filter.status && !filter.since || waiting;
  return html`<div class="notice">
    <div class="row between"><span>${preview
        ? preview.count === 0 ? 'Nothing fits: there is nothing to replay.' : html`<strong>${plural(preview.count, 'delivery', 'deliveries')}</strong> would be sent again, unordered, beside the live ones.`
        : waiting ? 'These are sent by themselves. Choose dead, skipped, delivered or expired to replay what the filter finds.' : narrower ? 'A replay takes a state, a time and a type; an error, search text and recording id do not narrow it.' : wide ? 'Choose a delivery state or a time to replay what the filter finds.' : 'Everything that this filter finds can be sent again.'}</span>
      <span class="row">${preview?.count > 0 && html`<${Button} kind="primary" busy=${starting.busy} onClick=${starting.start}>Replay ${count(preview.count)}</${Button}>`}
        ${preview && html`<${Button} onClick=${() => setPreview(null)}>Close</${Button}>`}
        ${!preview && html`<${Button} busy=${counting.busy} disabled=${wide || narrower} onClick=${counting.start}>${counting.busy ? 'Counting…' : 'Replay all of these'}</${Button}>`}</span></div>
    <${Errors} error=${counting.error ?? starting.error} />
  </div>`;
}

export function Progress({ subscription, started, close }) {
  const [now, setNow] = useState({ ...started, state: 'replaying', done: 0 });
  useEffect(() => {
    let over = false;
    const look = async () => {
      while (!over) {
        try {
          const read = await get(`v1/subscriptions/${id(subscription)}/replays/${id(started.id)}`);
          if (over) return;
          setNow({ ...started, ...read });
          if (terminal.includes(read.state)) return;
        } catch (e) {
          if (e.status === 404) return;
        }

        await new Promise(done => setTimeout(done, 700));
      }
    };
    look();
    return () => { over = true; };
  }, [started.id]);
  const act = async (what, done) => {
    const changed = await attempt(() => post(`v1/subscriptions/${id(subscription)}/replays/${id(started.id)}/${what}`), done);
    if (changed) setNow(n => ({ ...n, ...changed }));
  };
  const total = Math.max(1, now.count ?? 0);
  const over = terminal.includes(now.state);
  const text = now.state === 'done' ? `Replayed: ${plural(now.done, 'delivery', 'deliveries')} made due again.` : now.state === 'cancelled' ? `Cancelled after ${plural(now.done, 'delivery', 'deliveries')}.`
    : now.state === 'paused' ? `Paused at ${count(now.done)} of ${count(now.count)}.` : `Replaying: ${count(now.done)} of ${count(now.count)}.`;
  return html`<div class=${over && now.state === 'done' ? 'notice good' : 'notice'} role="status">
    <div class="row between"><strong>${text}</strong><span class="row">
      ${!over && now.state !== 'paused' && html`<${Button} kind="small" onClick=${() => act('pause', 'Paused.')}>Pause</${Button}>`}
      ${now.state === 'paused' && html`<${Button} kind="small" onClick=${() => act('resume', 'Goes on.')}>Go on</${Button}>`}
      ${!over && html`<${Button} kind="small danger" onClick=${() => act('cancel', 'Cancelled.')}>Cancel</${Button}>`}
      ${over && html`<${Button} kind="small" onClick=${close}>Close</${Button}>`}</span></div>
    <progress class="visually-hidden" max=${total} value=${now.done}></progress>
    <div class="meter"><i style=${{ width: `${Math.min(100, (now.done / total) * 100)}%` }}></i></div>
  </div>`;
}
export { confirmed };
