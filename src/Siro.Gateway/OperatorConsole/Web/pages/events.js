import { html, useEffect, useRef, useState } from '../html.js';
import { get, may } from '../api.js';
import { route, href, setQuery } from '../router.js';
import { changes } from '../live.js';
import { Title, Card, Table, Time, States, Text, Failed, Loading, Empty, Button, Field, useChanges } from '../ui.js';
import { bytes, plural, visible } from '../format.js';
import { TimeFilter, SubscriptionOptions, Gone, span, types, useSubscriptions } from './filters.js';
import { AllReplays, ReplayFound } from './replay.js';

const states = ['pending', 'retrying', 'delivered', 'dead', 'skipped', 'expired'];
const enough = 50;

// Pages of the log, joined: a page may be short where a filter is narrow, and then the search goes on by itself, within bounds, in sight of the reader.
function useSearch(query) {
  const [state, set] = useState({ rows: [], cursor: null, searching: true, error: null, lookedTo: null });
  const run = useRef(0);
  const search = async (from, rows, most, quiet) => {
    const mine = ++run.current;
    if (textError(query.text)) {
      set({ rows: [], cursor: null, searching: false, error: null, lookedTo: null });
      return;
    }

    const narrow = query.text || query.recordingId || query.type || query.state || query.subscription;
    let cursor = from;
    if (!quiet) set(s => ({ ...s, rows, searching: true, error: null }));
    try {
      for (let page = 0; page < (narrow ? 40 : 1) && rows.length < most; page++) {
        const { since, until } = span(query);
        const found = await get('v1/events', { type: query.type, recordingId: query.recordingId, text: query.text, state: query.state, subscription: query.subscription, since, until, cursor, limit: 50 });
        if (mine !== run.current) return;
        rows = [...rows, ...found.data];
        cursor = found.cursor;
        set({ rows, cursor, searching: Boolean(cursor) && rows.length < most && Boolean(narrow), error: null, lookedTo: found.searchedTo ?? null });
        if (!cursor) break;
      }

      set(s => ({ ...s, searching: false }));
    } catch (error) {
      if (mine !== run.current) return;
      set(s => ({ ...s, searching: false, error }));
      if (error.code === 'store_unavailable' || error.code === 'unreachable') setTimeout(() => mine === run.current && search(undefined, [], enough, true), (error.retryAfter ?? 2) * 1000);
    }
  };
  useEffect(() => {
    set({ rows: [], cursor: null, searching: true, error: null, lookedTo: null });
    search(undefined, [], enough);
    return () => { run.current++; };
  }, [JSON.stringify(query)]);
  return {
    ...state,
    more: () => search(state.cursor, state.rows, state.rows.length + enough),
    again: () => search(undefined, [], Math.min(Math.max(enough, state.rows.length), 200), true),
    stop: () => { run.current++; set(s => ({ ...s, searching: false })); },
  };
}

// JSON as most senders write it: without blanks between its words.
const compact = text => text.replace(/"\s*:\s+/g, '":').replace(/,\s+(?=["{[])/g, ',').replace(/([{[])\s+/g, '$1').replace(/\s+([}\]])/g, '$1');

// And as the others do: with one behind each colon and each comma.
const spaced = text => compact(text).replace(/"\s*:(?=\S)/g, '": ').replace(/,(?=\S)/g, ', ');

function Blanks({ text }) {
  const others = [['without', compact(text)], ['with', spaced(text)]].filter(([, other]) => other !== text && other.length >= shortest && other.length <= longest);
  return others.length > 0 && html`<p>The search looks through payloads as they were delivered, and blanks count. ${others.map(([how, other]) => html`<a href=${href('events', { ...route.value.query, text: other })}>Search ${how} blanks: <code>${visible(other)}</code></a> `)}</p>`;
}

// What the search takes; asked for more or less, it could only refuse.
const [shortest, longest] = [2, 200];
const textError = text => (!text ? undefined : text.length < shortest ? `Enter at least ${shortest} characters: one alone is in nearly every payload.` : text.length > longest ? `Enter at most ${longest} characters.` : undefined);

export function Events() {
  const { focus, ...query } = route.value.query;
  const found = useSearch(query);
  const subscriptions = useSubscriptions();
  const search = useRef(null);
  const newest = useRef(null);
  const [chosen, setOther] = useState(false);
  const other = chosen || Boolean(query.type && !types.includes(query.type));
  useEffect(() => { if (focus) { search.current?.focus(); setQuery({ focus: '' }, { replace: true }); } }, [focus]);
  useChanges(changes.value.events, () => { if (found.rows.length <= enough && !found.searching) { newest.current = found.rows[0]?.number; found.again(); } });
  const [draft, setDraft] = useState(query.text ?? query.recordingId ?? '');
  useEffect(() => { setDraft(query.text ?? query.recordingId ?? ''); }, [query.text, query.recordingId]);

  // What looks like an id goes the short way: by its index, not through every payload.
  const submit = e => {
    e.preventDefault();
    const text = draft.trim();
    if (/^(evt|msg)_[\w-]+$/.test(text)) location.hash = href(['events', text]);
    else if (/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text) || /^rec[_-][\w-]+$/i.test(text)) setQuery({ recordingId: text, text: '' });
    else setQuery({ text, recordingId: '' });
  };
  const wrong = textError(query.text);
  const gone = query.subscription && found.error?.code === 'subscription_not_found';
  const filtered = Boolean(query.text || query.recordingId || query.type || query.state || query.subscription || query.time || query.since || query.until);
  const columns = [
    { name: 'Event', cell: e => html`<a href=${href(['events', e.id])}>${e.type}</a><span class="sub mono"><${Text}>${e.id}</${Text}></span>` },
    { name: 'Recording', cell: e => e.recordingId ? html`<a class="mono" href=${href('events', { recordingId: e.recordingId })}><${Text}>${e.recordingId}</${Text}></a>` : '' },
    { name: 'Source', cell: e => e.source },
    { name: 'Size', class: 'num', cell: e => bytes(e.bytes) },
    { name: 'Received', class: 'when', cell: e => html`<${Time} at=${e.receivedAt} />` },
  ];
  return html`
    <${Title} title="Events" lead="What came from Siro, and what the gateway made of it, newest first." />
    <form class="filters" role="search" onSubmit=${submit}>
      <${Field} label="Search" id="search" wide error=${wrong}><input id="search" type="search" data-search ref=${search} aria-invalid=${wrong ? 'true' : undefined} placeholder="Recording id, event id, or any text of the payload" value=${draft} onInput=${e => { setDraft(e.target.value); if (e.target.value === '') setQuery({ text: '', recordingId: '' }); }} /></${Field}>
      <${Field} label="Type" id="type" half><select id="type" value=${other ? 'other' : query.type ?? ''} onChange=${e => { setOther(e.target.value === 'other'); setQuery({ type: e.target.value === 'other' ? '' : e.target.value }); }}><option value="">All types</option>${types.map(t => html`<option value=${t}>${t}</option>`)}<option value="other">Another…</option></select></${Field}>
      ${other && html`<${Field} label="Its name" id="other" half><input id="other" type="text" spellcheck=${false} placeholder="quotes.sent" value=${query.type ?? ''} onChange=${e => setQuery({ type: e.target.value.trim() })} /></${Field}>`}
      <${Field} label="Subscription" id="subscription" half><select id="subscription" value=${query.subscription ?? ''} onChange=${e => setQuery({ subscription: e.target.value, state: e.target.value ? query.state : '' })}><option value="">Any</option><${SubscriptionOptions} all=${subscriptions} chosen=${query.subscription} /></select></${Field}>
      ${query.subscription && html`<${Field} label="Delivery" id="state" half><select id="state" value=${query.state ?? ''} onChange=${e => setQuery({ state: e.target.value })}><option value="">Any state</option>${states.map(s => html`<option value=${s}>${s}</option>`)}</select></${Field}>`}
      <${TimeFilter} query=${query} />
      <button class="button" type="submit">Search</button>
      ${filtered && html`<a class="button plain" href=${href('events')} onClick=${() => setOther(false)}>Clear</a>`}
    </form>
    ${gone ? null : query.subscription ? html`<${ReplayFound} key=${query.subscription} subscription=${query.subscription} query=${query} />` : html`<${AllReplays} />`}
    ${query.subscription && !gone && html`<${States} names=${states} />`}
    <${Card} flush>
      ${gone ? html`<${Gone} id=${query.subscription} all=${href('events')}>All events</${Gone}>` : found.error && found.rows.length === 0 ? html`<${Failed} error=${found.error} retry=${found.again} />`
        : found.searching && found.rows.length === 0 ? html`<${Loading} lines="8" />`
        : html`<${Table} caption="Events" columns=${columns} rows=${found.rows} keyOf=${e => e.id} fresh=${e => newest.current && e.number > newest.current}
            empty=${wrong ? html`<${Empty} title="Nothing was searched yet" />` : filtered
              ? html`<${Empty} title="No event fits"><p>${found.cursor ? html`Searched back to <${Time} at=${found.lookedTo} />.` : 'The whole retained log was searched.'}</p>${found.cursor && html`<${Button} onClick=${found.more}>Search further</${Button}>`}${query.text && html`<${Blanks} text=${query.text} />`}</${Empty}>`
              : html`<${Empty} title="No events yet"><p>They appear when Siro's webhook reaches <code>/v1/webhooks/siro</code>.${may('subscriptions:write') && html` <a href=${href('start')}>Send a test event</a> to see one now.`}</p></${Empty}>`} />`}
      ${(found.rows.length > 0 || found.searching) && html`<div class="foot" role="status">
        <span>${plural(found.rows.length, 'event')}${found.searching && found.lookedTo ? html`, searching, now at <${Time} at=${found.lookedTo} />` : ''}</span>
        ${found.searching ? html`<${Button} kind="small" onClick=${found.stop}>Stop</${Button}>` : found.cursor ? html`<${Button} kind="small" onClick=${found.more}>Older events</${Button}>` : html`<span>That is all</span>`}</div>`}
      ${found.error && found.rows.length > 0 && html`<${Failed} error=${found.error} retry=${found.again} />`}
    </${Card}>`;
}
