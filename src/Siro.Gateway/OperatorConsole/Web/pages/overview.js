import { html, useEffect, useRef } from '../html.js';
import { get, may, storeAway, unreachable } from '../api.js';
import { href, route, setQuery } from '../router.js';
import { overview as live, liveState, lostAt } from '../live.js';
import { Title, Card, Time, Text, Badge, CopyButton, Failed, Loading, Meter, Table, tick, useData } from '../ui.js';
import { count, decimal, duration, milliseconds, plural } from '../format.js';
import { Chart } from '../chart.js';
import { byFile, disabled, enables, useSubscriptions } from './filters.js';

const minuteOf = data => data?.now ?? {};

// News comes every few seconds: after so long without any, what is shown is old.
const old = 15000;

export function Overview() {
  const state = useData(async () => ({ ...await get('v1/overview'), readAt: Date.now() }), []);
  const data = (live.value?.readAt ?? 0) >= (state.data?.readAt ?? 0) ? live.value ?? state.data : state.data;
  const late = Boolean(data) && tick.value - data.readAt > old;
  const lost = liveState.value === 'lost';
  // A lost stream alone says little: whether the gateway still answers is asked at once, and what it answers counts.
  const stale = late || storeAway.value || unreachable.value || (lost && (data?.readAt ?? 0) <= lostAt.value);
  useEffect(() => { if (late && !state.loading) state.reload(); }, [late, tick.value]);
  const was = useRef(liveState.value);
  useEffect(() => {
    const before = was.current;
    was.current = liveState.value;
    if (lost) state.reload();
    if (before !== 'lost' || lost) return undefined;
    state.reload();
    // What the gateway judged while it came back is judged again soon.
    const timer = setTimeout(state.reload, 2500);
    return () => clearTimeout(timer);
  }, [liveState.value]);
  if (!data) return html`<${Title} title="Overview" /><${Card} flush>${state.error ? html`<${Failed} error=${state.error} retry=${state.reload} />` : html`<${Loading} />`}</${Card}>`;
  const now = minuteOf(data);
  return html`
    <${Title} title="Overview" lead=${`${data.organization}, as ${data.sees === 'organization' ? 'an administrator sees it' : `${data.client} sees it`}`} />
    ${stale && html`<div class="notice bad" role="status"><p><strong>What you see was known at <${Time} at=${data.at} /> (<${Time} at=${data.at} relative />).</strong> ${storeAway.value ? 'The store does not answer' : unreachable.value ? 'The gateway does not answer' : 'Nothing has been heard since'}, so it may not hold any more. The page goes on by itself.</p></div>`}
    ${(!stale || data.problems.length > 0) && html`<${Problems} problems=${data.problems} />`}
    <div class=${stale ? 'known old' : 'known'}>
    ${data.replays?.length > 0 && html`<${OpenReplays} replays=${data.replays} />`}
    <div class="figures">
      ${now.callsPerSecond !== undefined && html`<${Figure} k="Calls by applications" v=${decimal(now.callsPerSecond)} unit="a second" s=${`${count(now.callsLastHour)} in the last hour, refused ones too`} />`}
      ${now.siroPerSecond !== undefined && html`<${Figure} k="Requests to Siro" v=${decimal(now.siroPerSecond)} unit="a second" s=${`${count(now.siroLastHour)} in the last hour, the gateway’s own too`} />`}
      ${now.addedP95 !== undefined && html`<${Figure} k="Added latency, p95" v=${milliseconds(now.addedP95)} s=${`p50 ${milliseconds(now.addedP50)}, p99 ${milliseconds(now.addedP99)}`} />`}
      ${data.events && html`<${Figure} k="Events in" v=${count(data.events.lastHour)} unit="last hour" s=${`${count(data.events.retained)} retained`} to=${may('events:read') ? href('events') : undefined} />`}
      ${data.deliveries && html`<${Figure} k="Delivered" v=${count(data.deliveries.deliveredLastHour)} unit="last hour" s=${`${count(data.deliveries.waiting)} waiting${data.deliveries.oldestSeconds >= 1 ? `, oldest ${duration(data.deliveries.oldestSeconds)}` : ""}`} to=${href('deliveries')} />`}
      ${data.deliveries && html`<${Figure} k="Dead letters" v=${count(data.deliveries.dead)} s=${data.deliveries.dead ? 'kept to be replayed' : 'none'} to=${href('deliveries', { state: 'dead' })} />`}
      ${data.uploads && html`<${Figure} k="Uploads in flight" v=${count(data.uploads.inFlight)} s=${data.uploads.oldestSeconds ? `oldest waits ${duration(data.uploads.oldestSeconds)}` : 'nothing waits'} to=${may('uploads:write') ? href('uploads') : undefined} />`}
      ${data.calls && html`<${Figure} k="Calls by reference" v=${count(data.calls.inFlight)} unit="in work" s=${data.calls.oldestSeconds ? `oldest waits ${duration(data.calls.oldestSeconds)}` : 'nothing waits'} to=${may('calls:write') ? href('calls') : undefined} />`}
      ${Object.entries(data.jobs ?? {}).filter(([name]) => name !== 'uploads' && name !== 'calls').map(([name, jobs]) => html`<${Figure} k=${name[0].toUpperCase() + name.slice(1)} v=${count(jobs.inFlight)} unit="in work" s=${jobs.oldestSeconds ? `oldest waits ${duration(jobs.oldestSeconds)}` : 'nothing waits'} />`)}
    </div>
    <${Charts} />
    <div class="grid">
      ${data.budget?.length > 0 && html`<${Card} title="Budget" aside=${html`<span class="note">requests of each client's share in a window, as this replica sees it</span>`} flush><div class="body"><ul class="stack">${data.budget.map(b => html`
        <li class="stack tight"><div class="row between"><${Text}>${b.client}</${Text}><span class="note">${count(b.limit - b.remaining)} of ${count(b.limit)}${b.queued ? `, ${count(b.queued)} queued` : ''}</span></div><${Meter} label=${`Budget used by ${b.client}`} part=${b.limit ? (b.limit - b.remaining) / b.limit : 0} kind=${b.remaining === 0 ? 'bad' : b.remaining < b.limit / 5 ? 'warn' : ''} /></li>`)}</ul></div></${Card}>`}
      ${data.replicas && html`<${Card} title="Replicas" aside=${html`<span class="note">${plural(data.replicas.length, 'replica')}</span>`} flush>
        <${Table} caption="Replicas" rows=${data.replicas} keyOf=${r => r.name} columns=${[
          { name: 'Name', cell: r => html`<span class="mono"><${Text}>${r.name}</${Text}></span>` },
          { name: 'Version', cell: r => r.version },
          { name: 'Health', cell: r => html`<${Badge} state=${r.status} />` },
          { name: 'Started', class: 'when', cell: r => html`<${Time} at=${r.startedAt} relative />` },
        ]} empty=${html`<p class="note">No replica has reported yet.</p>`} /></${Card}>`}
      ${data.store && html`<${Card} title="Store"><dl class="pairs">
        <dt>State</dt><dd>${stale && !storeAway.value ? html`<span class="note">not known now</span>` : html`<${Badge} state=${data.store.available && !storeAway.value ? 'available' : 'unavailable'} />`}</dd>
        <dt>Round trip</dt><dd>${milliseconds(stale ? null : data.store.latencyMs)}</dd>
        <dt>Durability</dt><dd>${{ kept: 'kept, as configured', broken: 'broken: the server does not keep what Store:Durability promises', unknown: 'not known: this server does not tell whether it writes to its disk before it answers, as Garnet and managed servers do not. Ask whoever runs it: if it does not write, a crash can lose what was acknowledged last', notchecked: 'not checked yet' }[data.store.durability] ?? data.store.durability}</dd>
      </dl></${Card}>`}
    </div>
    </div>`;
}

const OpenReplays = ({ replays }) => html`<${Card} title="Replays" aside=${html`<span class="note">${replays.length} under way or paused</span>`}><ul class="stack">${replays.map(r => html`
  <li class="stack tight" key=${r.id}><div class="row between"><a href=${href('deliveries', { subscription: r.subscriptionId })}><${Text}>${r.name}</${Text}></a><span class="note">${r.state === 'paused' ? 'Paused at' : 'Replaying:'} ${count(r.done)} of ${count(r.count)}</span></div><${Meter} label=${`Replayed to ${r.name}`} part=${r.done / Math.max(1, r.count)} /></li>`)}</ul></${Card}>`;

const Figure = ({ k, v, unit, s, to }) => {
  const inner = html`<span class="k">${k}</span><span class="v">${v}${unit && html` <small>${unit}</small>`}</span><span class="s">${s}</span>`;
  return to ? html`<a class="figure" href=${to}>${inner}</a>` : html`<div class="figure">${inner}</div>`;
};

// What can't be sent yet is not offered: first comes what makes it possible.
function whatToDo(p) {
  if (p.code !== 'dead_letters' || !disabled(p.subject)) return { action: p.action };
  return {
    more: byFile(p.subject) ? 'gateway.json disables it: enable it there first.' : 'The subscription is disabled: enable it first.',
    action: enables(p.subject) ? { name: 'Enable it', href: href(['subscriptions', p.subject]) } : null,
  };
}

function Problems({ problems }) {
  useSubscriptions();
  if (!problems || problems.length === 0) {
    return html`<div class="allwell" role="status"><div><strong>Nothing is wrong right now</strong>No subscription fails, nothing waits too long, the store answers.</div></div>`;
  }

  return html`<section aria-label="What is wrong now"><ul class="problems">${problems.map(p => ({ ...p, ...whatToDo(p) })).map(p => html`
    <li key=${p.code + p.subject} class=${`problem ${p.severity}`}>
      <span class="mark" role="img" aria-label=${p.severity === 'critical' ? 'Critical' : 'Warning'}></span>
      <span class="what"><${Text}>${p.title}</${Text}></span>
      <span class="why"><${Text}>${p.detail}</${Text}>${p.more && html` ${p.more}`}${p.since && html` Since <${Time} at=${p.since} /> (<${Time} at=${p.since} relative />).`}</span>
      ${p.action?.href && html`<a class="button act" href=${p.action.href}>${p.action.name}</a>`}
      ${p.action?.command && html`<span class="act command"><code>${p.action.command}</code><${CopyButton} text=${p.action.command} label=${`Copy the command: ${p.action.name.toLowerCase()}`} /></span>`}
    </li>`)}</ul></section>`;
}

function Charts() {
  const range = route.value.query.range === '24h' ? '24h' : '1h';
  const state = useData(() => get('v1/figures', { range }), [range, Math.floor((live.value?.minute ?? 0))]);
  if (state.error && !state.data) return state.error.status === 404 ? null : html`<${Card} flush><${Failed} error=${state.error} retry=${state.reload} /></${Card}>`;
  const f = state.data;
  return html`<section class="stack" aria-label="Figures">
    <div class="row between"><h2>Figures</h2><div class="segments" role="group" aria-label="Time shown">
      <button type="button" aria-pressed=${range === '1h'} onClick=${() => setQuery({ range: '' })}>Last hour</button>
      <button type="button" aria-pressed=${range === '24h'} onClick=${() => setQuery({ range: '24h' })}>Last 24 hours</button></div></div>
    ${!f ? html`<${Card} flush><${Loading} /></${Card}>` : html`<div class="grid charts">
      ${f.calls && html`<${Card} title="Calls by client" aside=${html`<span class="note">of applications to Siro’s API, a second</span>`}><${Chart} label="Calls of applications to Siro’s API a second, by client" times=${f.times} series=${f.calls.byClient} stacked /></${Card}>`}
      ${f.calls && html`<${Card} title="Calls by status" aside=${html`<span class="note">what the gateway refused included, a second</span>`}><${Chart} label="Calls of applications to Siro’s API a second, by status, refused ones included" times=${f.times} series=${f.calls.byStatus} stacked /></${Card}>`}
      ${f.siro && html`<${Card} title="Requests to Siro by client" aside=${html`<span class="note">calls, uploads and the like, a second</span>`}><${Chart} label="Requests to Siro a second, by client" times=${f.times} series=${f.siro.byClient} stacked /></${Card}>`}
      ${f.siro && html`<${Card} title="Requests to Siro by status" aside=${html`<span class="note">what Siro answered, a second</span>`}><${Chart} label="Requests to Siro a second, by Siro’s status" times=${f.times} series=${f.siro.byStatus} stacked /></${Card}>`}
      ${f.latency && html`<${Card} title="Added latency" aside=${html`<span class="note">milliseconds that the gateway adds</span>`}><${Chart} label="Added latency in milliseconds" times=${f.times} series=${f.latency} /></${Card}>`}
      ${f.hub && html`<${Card} title="Events in, deliveries out" aside=${html`<span class="note">a minute</span>`}><${Chart} label="Events in and deliveries out a minute" times=${f.times} series=${f.hub} /></${Card}>`}
    </div>`}
  </section>`;
}
