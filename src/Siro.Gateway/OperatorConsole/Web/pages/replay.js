// Replays: how many it would be, then carried out in the background, in sight, to be paused or ended; found again by whoever comes back.
import { html, useEffect, useState } from '../html.js';
import { get, post, id, may, slow } from '../api.js';
import { changes, overview } from '../live.js';
import { Button, Errors, Text, useAction, useChanges, useData, attempt } from '../ui.js';
import { Disabled, disabled, span, useSubscriptions } from './filters.js';
import { count, plural } from '../format.js';

const replayed = ['dead', 'skipped', 'delivered', 'expired', 'retrying'];
const terminal = ['done', 'cancelled', 'dropped', 'failed', 'gone'];

// Replays that were found; one that ended stays until it is closed.
function useKnown(found) {
  const [known, set] = useState([]);
  const add = more => set(k => [...k, ...more.filter(f => !k.some(r => r.id === f.id))]);
  useEffect(() => { if (found) add(found); }, [found]);
  return { shown: known.filter(r => !r.closed), add, close: which => set(k => k.map(r => (r.id === which ? { ...r, closed: true } : r))) };
}

// Those of a subscription that are under way or paused, whoever began them.
function useReplays(subscription) {
  const open = useData(() => get(`v1/subscriptions/${id(subscription)}/replays`), [subscription]);
  useChanges(changes.value.deliveries, open.reload);
  return useKnown(open.data?.data);
}

const Bars = ({ subscription, replays }) => replays.shown.map(r => html`<${Progress} key=${r.id} subscription=${subscription ?? r.subscriptionId} started=${r} close=${() => replays.close(r.id)} />`);

export function Replays({ subscription }) {
  const replays = useReplays(subscription);
  return html`<${Bars} subscription=${subscription} replays=${replays} />`;
}

// The same of every subscription that the client sees, where none is chosen.
export function AllReplays() {
  const replays = useKnown(overview.value?.replays);
  return html`<${Bars} replays=${replays} />`;
}

export function ReplayFound({ subscription, query }) {
  useSubscriptions();
  const [preview, setPreview] = useState(null);
  const replays = useReplays(subscription);
  const { since, until } = span(query);
  const filter = { status: replayed.includes(query.state) ? query.state : undefined, since, until, type: query.type || undefined };
  const key = JSON.stringify([subscription, query]);
  const counting = useAction(async () => setPreview(await post(`v1/subscriptions/${id(subscription)}/replay?preview=true`, filter, slow)));
  const starting = useAction(async () => {
    const begun = await post(`v1/subscriptions/${id(subscription)}/replay`, filter, slow);
    replays.add([{ ...begun, state: 'replaying', status: filter.status, done: 0 }]);
    setPreview(null);
  });
  useEffect(() => { setPreview(null); }, [key]);
  const bars = html`<${Bars} subscription=${subscription} replays=${replays} />`;
  if (disabled(subscription)) return html`${bars}<${Disabled} id=${subscription} />`;
  if (!may('subscriptions:write')) return bars;
  const narrower = query.text || query.recordingId || query.error;
  const pending = query.state === 'pending';
  const now = query.state === 'retrying';
  const wide = !filter.status && !filter.since || pending;
  return html`${bars}<div class="notice">
    <div class="row between"><span>${preview
        ? preview.count === 0 ? `Nothing fits: there is nothing to ${now ? 'send' : 'replay'}.`
          : html`<strong>${plural(preview.count, 'delivery', 'deliveries')}</strong> ${now ? 'would be sent now instead of at the next attempt, in order, beside the live ones.' : 'would be sent again, unordered, beside the live ones.'}`
        : pending ? 'These are sent by themselves. Choose dead, skipped, delivered or expired to replay what the filter finds, or retrying to send it now.' : narrower ? 'A replay takes a state, a time and a type; an error, search text and recording id do not narrow it.' : wide ? 'Choose a delivery state or a time to replay what the filter finds.' : now ? 'Each waits for its next attempt. All of them can be sent now.' : 'Everything that this filter finds can be sent again.'}</span>
      <span class="row">${preview?.count > 0 && html`<${Button} kind="primary" busy=${starting.busy} onClick=${starting.start}>${now ? `Send ${count(preview.count)} now` : `Replay ${count(preview.count)}`}</${Button}>`}
        ${preview && html`<${Button} onClick=${() => setPreview(null)}>Close</${Button}>`}
        ${!preview && html`<${Button} busy=${counting.busy} disabled=${wide || narrower} onClick=${counting.start}>${counting.busy ? 'Counting…' : now ? 'Send all of these now' : 'Replay all of these'}</${Button}>`}</span></div>
    <${Errors} error=${counting.error ?? starting.error} />
  </div>`;
}

// What a replay is doing, in words. What was asked of it holds only once its state says so: it may end by itself before.
function told(now, asked) {
  const [done, all] = [plural(now.done, 'delivery', 'deliveries'), `${count(now.done)} of ${count(now.count)}`];
  const late = { pause: ' It ended before it could pause.', cancel: ' It ended before it could be cancelled.' }[asked] ?? '';
  switch (now.state) {
    case 'done': return (now.status === 'retrying' ? `Sent on: ${done} made due now.` : `Replayed: ${done} made due again.`) + late;
    case 'cancelled': return `Cancelled after ${done}.`;
    case 'dropped': return `Ended after ${done}: the subscription was deleted.`;
    case 'failed': return `Failed after ${done}. Start it again for the rest; the gateway’s log says why.`;
    case 'gone': return 'This replay ended more than a day ago.';
    case 'paused': return asked === 'resume' ? `Going on at ${all}…` : asked === 'cancel' ? `Cancelling at ${all}…` : `Paused at ${all}.`;
    default: return asked === 'pause' ? `Pausing at ${all}…` : asked === 'cancel' ? `Cancelling at ${all}…` : `Replaying: ${all}.`;
  }
}

export function Progress({ subscription, started, close }) {
  const [now, setNow] = useState(started);
  const [asked, setAsked] = useState(null);
  const take = read => {
    setNow(n => ({ ...n, ...read }));
    setAsked(a => ((a === 'pause' && read.state === 'paused') || (a === 'resume' && read.state === 'replaying') ? null : a));
  };
  useEffect(() => {
    let over = false;
    const look = async () => {
      while (!over) {
        try {
          const read = await get(`v1/subscriptions/${id(subscription)}/replays/${id(started.id)}`);
          if (over) return;
          take(read);
          if (terminal.includes(read.state)) return;
        } catch (e) {
          if (e.status === 404) {
            take({ state: e.code === 'subscription_not_found' ? 'dropped' : 'gone' });
            return;
          }
        }

        await new Promise(done => setTimeout(done, 700));
      }
    };
    look();
    return () => { over = true; };
  }, [started.id]);
  const act = async what => {
    setAsked(what);
    const read = await attempt(() => post(`v1/subscriptions/${id(subscription)}/replays/${id(started.id)}/${what}`));
    if (!read) setAsked(null);
  };
  const total = Math.max(1, now.count ?? 0);
  const over = terminal.includes(now.state);
  const paused = now.state === 'paused';
  const steers = !over && may('subscriptions:write');
  return html`<div class=${now.state === 'done' ? 'notice good' : now.state === 'failed' ? 'notice bad' : 'notice'} role="status">
    <div class="row between"><strong>${now.name && html`<${Text}>${now.name}</${Text}>. `}${told(now, asked)}</strong><span class="row">
      ${steers && !paused && html`<${Button} kind="small" busy=${asked !== null} onClick=${() => act('pause')}>Pause</${Button}>`}
      ${steers && paused && html`<${Button} kind="small" busy=${asked !== null} onClick=${() => act('resume')}>Go on</${Button}>`}
      ${steers && html`<${Button} kind="small danger" busy=${asked === 'cancel'} onClick=${() => act('cancel')}>Cancel</${Button}>`}
      ${over && html`<${Button} kind="small" onClick=${close}>Close</${Button}>`}</span></div>
    <progress class="visually-hidden" max=${total} value=${now.done}></progress>
    <div class="meter"><i style=${{ width: `${Math.min(100, (now.done / total) * 100)}%` }}></i></div>
  </div>`;
}
