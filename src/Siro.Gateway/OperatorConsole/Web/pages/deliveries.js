import { html, useEffect, useRef, useState } from '../html.js';
import { get, post, id, may } from '../api.js';
import { route, href, setQuery } from '../router.js';
import { changes } from '../live.js';
import { Title, Card, Table, Time, Due, States, Text, Badge, Failed, Loading, Empty, Button, Field, useChanges, attempt } from '../ui.js';
import { plural } from '../format.js';
import { TimeFilter, SubscriptionOptions, EnableFirst, Gone, disabled, span, nameOf, useSubscriptions } from './filters.js';
import { AllReplays, ReplayFound } from './replay.js';
import { reason } from './event.js';

const states = ['pending', 'retrying', 'delivered', 'dead', 'skipped', 'expired'];
const classes = { timeout: 'Timed out', connect: 'No connection', status: 'Answered with an error', redirect: 'Redirected', address_forbidden: 'Address not allowed', broken_answer: 'Answer broke off', unsigned: 'No secret' };

// Pages, joined: a narrow filter's page may be short, even empty, and still have a cursor; then it goes on by itself, within bounds.
export function usePages(load, query) {
  const [state, set] = useState({ rows: [], cursor: null, loading: true, error: null, lookedTo: null });
  const run = useRef(0);
  const read = async (cursor, rows, most, quiet) => {
    const mine = ++run.current;
    set(s => ({ ...s, loading: true }));
    try {
      for (let page = 0; page < 25; page++) {
        const found = await load(cursor);
        if (mine !== run.current) return;
        rows = [...rows, ...found.data];
        cursor = found.cursor;
        if (!cursor || rows.length >= most) break;
        if (!quiet) set(s => ({ ...s, rows, cursor, lookedTo: found.searchedTo ?? null }));
      }

      set(s => ({ ...s, rows, cursor, loading: false, error: null }));
    } catch (error) {
      if (mine === run.current) {
        set(s => ({ ...s, loading: false, error }));
        if (error.code === 'store_unavailable' || error.code === 'unreachable') setTimeout(() => mine === run.current && read(undefined, [], most), 2000);
      }
    }
  };
  useEffect(() => {
    set({ rows: [], cursor: null, loading: true, error: null, lookedTo: null });
    read(undefined, [], 30);
    return () => { run.current++; };
  }, [JSON.stringify(query)]);
  return { ...state, more: () => read(state.cursor, state.rows, state.rows.length + 30), again: () => read(undefined, [], Math.max(30, state.rows.length), true) };
}

export function Deliveries() {
  const { query } = route.value;
  const subscriptions = useSubscriptions();
  const { since, until } = span(query);
  const found = usePages(cursor => get('v1/deliveries', { subscription: query.subscription, status: query.state, error: query.error, since, until, cursor, limit: 50 }), query);
  useChanges(changes.value.deliveries, () => { if (found.rows.length <= 60 && !found.loading) found.again(); });
  const dead = query.state === 'dead';
  const gone = query.subscription && found.error?.code === 'subscription_not_found';
  const filtered = Boolean(query.subscription || query.state || query.error || query.time || query.since || query.until);
  const again = async d => { await attempt(() => post(`v1/deliveries/${id(d.id)}/retry`), 'It is due now, and sent as its subscription’s limits allow.'); found.again(); };
  const waits = d => d.status === 'retrying' && d.nextAttemptAt && Date.parse(d.nextAttemptAt) > Date.now();
  const columns = [
    { name: 'Event', cell: d => html`<a href=${href(['events', d.eventId], { delivery: d.id })}><${Text}>${d.type ?? 'event'}</${Text}></a><span class="sub mono"><${Text}>${d.recordingId ?? d.eventId}</${Text}></span>` },
    { name: 'Subscription', cell: d => html`<a href=${href(['subscriptions', d.subscriptionId])}><${Text}>${nameOf(d.subscriptionId)}</${Text}></a>${disabled(d.subscriptionId) ? html`<span class="sub">disabled</span>` : ''}` },
    { name: 'State', cell: d => html`<${Badge} state=${d.status} />${d.nextAttemptAt && d.status === 'retrying' ? html`<span class="sub"><${Due} at=${d.nextAttemptAt} word="next" /></span>` : ''}` },
    { name: 'Last answer', cell: d => d.attemptCount === 0 ? 'Not tried yet' : html`${d.lastStatus ?? 'None'}${d.lastError ? html`<span class="sub">${reason(d.lastError)}</span>` : ''}<span class="sub">${plural(d.attemptCount, 'attempt')}${d.replay ? ', replayed' : ''}</span>` },
    { name: 'Changed', class: 'when', cell: d => html`<${Time} at=${d.updatedAt} />` },
    ...(may('subscriptions:write') ? [{ name: '', cell: d => disabled(d.subscriptionId) ? html`<${EnableFirst} id=${d.subscriptionId} />` : ['pending', 'retrying'].includes(d.status) && !waits(d) ? '' : html`<${Button} kind="small" onClick=${() => again(d)}>${waits(d) ? 'Send now' : 'Send again'}</${Button}>` }] : []),
  ];
  return html`
    <${Title} title=${dead ? 'Dead letters' : 'Deliveries'} lead=${dead ? 'Deliveries whose attempts have all failed. They are kept, and can be sent again.' : 'Each event to each subscription, newest first.'}>
      <nav class="segments" aria-label="Which deliveries">
        <button type="button" aria-pressed=${!dead} onClick=${() => setQuery({ state: '' })}>All</button>
        <button type="button" aria-pressed=${dead} onClick=${() => setQuery({ state: 'dead' })}>Dead letters</button>
      </nav>
    </${Title}>
    <div class="filters">
      <${Field} label="Subscription" id="subscription" wide><select id="subscription" data-search value=${query.subscription ?? ''} onChange=${e => setQuery({ subscription: e.target.value })}><option value="">All that this client sees</option><${SubscriptionOptions} all=${subscriptions} chosen=${query.subscription} /></select></${Field}>
      <${Field} label="State" id="state" half><select id="state" value=${query.state ?? ''} onChange=${e => setQuery({ state: e.target.value })}><option value="">Any</option>${states.map(s => html`<option value=${s}>${s}</option>`)}</select></${Field}>
      <${Field} label="Error" id="error" half><select id="error" value=${query.error ?? ''} onChange=${e => setQuery({ error: e.target.value })}><option value="">Any</option>${Object.entries(classes).map(([k, v]) => html`<option value=${k}>${v}</option>`)}</select></${Field}>
      <${TimeFilter} query=${query} />
      ${filtered && html`<a class="button plain" href=${href('deliveries')}>Clear</a>`}
    </div>
    ${gone ? null : query.subscription ? html`<${ReplayFound} key=${query.subscription} subscription=${query.subscription} query=${query} />` : html`<${AllReplays} />`}
    ${!query.subscription && dead && may('subscriptions:write') && html`<p class="note">Choose a subscription to replay all of its dead letters at once.</p>`}
    <${States} names=${states} />
    <${Card} flush>
      ${gone ? html`<${Gone} id=${query.subscription} all=${href('deliveries')}>All deliveries</${Gone}>` : found.error && found.rows.length === 0 ? html`<${Failed} error=${found.error} retry=${found.again} />`
        : found.loading && found.rows.length === 0 ? html`<${Loading} lines="8" />`
        : html`<${Table} caption=${dead ? 'Dead letters' : 'Deliveries'} columns=${columns} rows=${found.rows} keyOf=${d => d.id}
            empty=${found.cursor ? html`<${Empty} title="No delivery fits so far"><p>${found.lookedTo && html`Looked back to <${Time} at=${found.lookedTo} />.`}</p><${Button} busy=${found.loading} onClick=${found.more}>Look further</${Button}></${Empty}>`
              : dead && !query.subscription && !query.error ? html`<${Empty} title="No dead letters"><p>Every delivery has arrived, or is still being tried.</p></${Empty}>`
              : filtered ? html`<${Empty} title="No delivery fits"><p><a href=${href('deliveries')}>Clear the filters</a></p></${Empty}>`
              : html`<${Empty} title="No deliveries yet"><p>They begin when there is a subscription and an event that it takes.${may('subscriptions:write') && html` <a href=${href(['subscriptions', 'new'])}>Create a subscription</a>`}</p></${Empty}>`} />
          ${found.rows.length > 0 && html`<div class="foot"><span>${plural(found.rows.length, 'delivery', 'deliveries')}</span>${found.cursor ? html`<${Button} kind="small" busy=${found.loading} onClick=${found.more}>Older</${Button}>` : html`<span>That is all</span>`}</div>`}`}
    </${Card}>`;
}
