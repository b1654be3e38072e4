// Filters that several pages have.
import { html, signal, useEffect } from '../html.js';
import { get, post, id as path, may } from '../api.js';
import { href, setQuery } from '../router.js';
import { changes } from '../live.js';
import { Button, Empty, Field, Text, attempt, useChanges } from '../ui.js';

export const types = ['integrations.recordingProcessed', 'integrations.recordingLinked', 'recording.ready', 'recording.deleted', 'subscription.disabled'];

const spans = { '15m': [15 * 60, 'Last 15 minutes'], '1h': [3600, 'Last hour'], '24h': [86400, 'Last 24 hours'], '7d': [7 * 86400, 'Last 7 days'] };

// A span counts back from the moment of the question; two moments are as they were chosen.
export function span(query) {
  if (spans[query.time]) return { since: new Date(Date.now() - spans[query.time][0] * 1000).toISOString(), until: undefined };
  return { since: query.since, until: query.until };
}

const local = iso => {
  if (!iso) return '';
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? '' : new Date(date.getTime() - date.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
};
const iso = text => { const date = new Date(text); return Number.isNaN(date.getTime()) ? '' : date.toISOString(); };

export function TimeFilter({ query }) {
  const chosen = query.time ?? (query.since || query.until ? 'from' : '');
  const choose = value => setQuery(value === 'from'
    ? { time: '', since: new Date(Date.now() - 3600000).toISOString(), until: '' }
    : { time: value, since: '', until: '' });
  return html`
    <${Field} label="Time" id="time" half><select id="time" value=${chosen} onChange=${e => choose(e.target.value)}>
      <option value="">Any time</option>${Object.entries(spans).map(([key, [, name]]) => html`<option value=${key}>${name}</option>`)}<option value="from">From … to …</option></select></${Field}>
    ${chosen === 'from' && html`
      <${Field} label="From" id="since"><input id="since" type="datetime-local" value=${local(query.since)} onChange=${e => setQuery({ since: iso(e.target.value) })} /></${Field}>
      <${Field} label="To" id="until"><input id="until" type="datetime-local" value=${local(query.until)} onChange=${e => setQuery({ until: iso(e.target.value) })} /></${Field}>`}`;
}

export const subscriptions = signal(null);

export async function loadSubscriptions() {
  const all = [];
  let cursor;
  do {
    const page = await get('v1/subscriptions', { cursor, limit: 500 });
    all.push(...page.data);
    cursor = page.cursor;
  } while (cursor && all.length < 2000);
  subscriptions.value = all;
  return all;
}

export function useSubscriptions() {
  const sees = may('events:read') || may('subscriptions:write');
  const load = () => { if (sees) loadSubscriptions().catch(() => {}); };
  useEffect(() => { if (!subscriptions.value) load(); }, []);
  useChanges(changes.value.subscriptions, load);
  return subscriptions.value ?? [];
}

const find = id => subscriptions.value?.find(s => s.id === id);
export const nameOf = id => find(id)?.description || id;

// Nothing is sent to it, so that nothing is offered to be sent before it is enabled.
export const disabled = id => find(id)?.enabled === false;
export const byFile = id => find(id)?.disabledReason === 'configuration';
export const enables = id => may('subscriptions:write') && disabled(id) && !byFile(id);
export const EnableFirst = ({ id }) => (enables(id) ? html`<a href=${href(['subscriptions', id])}>Enable it first</a>` : null);

export const Disabled = ({ id }) => html`<div class="notice warn" role="status"><div class="row between">
  <span><strong><${Text}>${nameOf(id)}</${Text}> is disabled: nothing is sent to it.</strong> ${byFile(id) ? 'gateway.json disables it: enable it there, then send again what is dead or skipped.'
    : may('subscriptions:write') ? 'Enable it first, then send again what is dead or skipped.' : 'Who has the permission subscriptions:write can enable it.'}</span>
  ${enables(id) && html`<${Button} onClick=${() => attempt(async () => { await post(`v1/subscriptions/${path(id)}/enable`); await loadSubscriptions(); }, 'Enabled.')}>Enable</${Button}>`}</div></div>`;

export const Gone = ({ id, all, children }) => html`<${Empty} title="This subscription no longer exists"><p><span class="mono"><${Text}>${id}</${Text}></span> was deleted, and its deliveries with it. Or it is another client’s.</p><a href=${all}>${children}</a></${Empty}>`;

// The one that the address names stands in the list also where it is not among those that are there.
export const SubscriptionOptions = ({ all, chosen }) => html`${chosen && !all.some(s => s.id === chosen && !s.pull) && html`<option value=${chosen}>${nameOf(chosen)}</option>`}${all.filter(s => !s.pull).map(s => html`<option value=${s.id}>${s.description || s.id}</option>`)}`;
