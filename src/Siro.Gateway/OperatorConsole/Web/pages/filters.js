// Filters that several pages have.
import { html, signal, useEffect } from '../html.js';
import { get } from '../api.js';
import { setQuery } from '../router.js';
import { Field } from '../ui.js';

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
  useEffect(() => { if (!subscriptions.value) loadSubscriptions().catch(() => {}); }, []);
  return subscriptions.value ?? [];
}

export const nameOf = id => subscriptions.value?.find(s => s.id === id)?.description || id;
