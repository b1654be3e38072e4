import { html } from '../html.js';
import { get } from '../api.js';
import { route, href } from '../router.js';
import { Title, Card, Table, Time, Text, Badge, Failed, Loading, Empty, Meter, useData } from '../ui.js';
import { count, plural } from '../format.js';

const sum = refusals => Object.values(refusals).reduce((a, b) => a + b, 0);

export function Clients() {
  const state = useData(() => get('v1/clients'), []);
  return html`
    <${Title} title="Clients" lead="Who may call, what for, and how much. They stand in the configuration and change there." />
    <${Card} flush>${state.error && !state.data ? html`<${Failed} error=${state.error} retry=${state.reload} />` : !state.data ? html`<${Loading} />` : html`<${Table} caption="Clients" rows=${state.data.data} keyOf=${c => c.name} columns=${[
      { name: 'Client', cell: c => html`<a href=${href(['clients', c.name])}><${Text}>${c.name}</${Text}></a><span class="sub">${c.apiKeys ? plural(c.apiKeys, 'key') : ''}${c.apiKeys && c.clientIds.length ? ', ' : ''}${c.clientIds.length ? plural(c.clientIds.length, 'client id') : ''}</span>` },
      { name: 'Permissions', cell: c => html`<${Text}>${c.permissions.join(', ') || 'none'}</${Text}>` },
      { name: 'Budget used', cell: c => c.budget ? html`<${Meter} label=${`Budget used by ${c.name}`} part=${(c.budget.quota - c.budget.remaining) / c.budget.quota} kind=${c.budget.remaining === 0 ? 'bad' : ''} /><span class="sub">${count(c.budget.quota - c.budget.remaining)} of ${count(c.budget.quota)}, weight ${c.weight}</span>` : '–' },
      { name: 'Calls to Siro, 24 h', class: 'num', cell: c => count(c.callsLastDay) },
      { name: 'Refused, any endpoint, 24 h', class: 'num', cell: c => count(sum(c.refusalsLastDay)) },
      { name: 'Last seen', class: 'when', cell: c => c.lastSeenAt ? html`<${Time} at=${c.lastSeenAt} relative />` : 'never' },
    ]} empty=${html`<${Empty} title="No clients" />`} />`}</${Card}>`;
}

export function ClientDetail() {
  const name = route.value.parts[1];
  const state = useData(() => get('v1/clients'), [name]);
  const crumb = html`<a href=${href('clients')}>Clients</a>`;
  const c = state.data?.data.find(x => x.name.toLowerCase() === name.toLowerCase());
  if (!c) return html`<${Title} title="Client" crumb=${crumb} /><${Card} flush>${state.error ? html`<${Failed} error=${state.error} retry=${state.reload} />` : state.data ? html`<${Empty} title="There is no such client" />` : html`<${Loading} />`}</${Card}>`;
  const refused = Object.entries(c.refusalsLastDay);
  return html`
    <${Title} title=${html`<${Text}>${c.name}</${Text}>`} crumb=${crumb}><a class="button" href=${href('operations', { client: c.name })}>What it may call</a></${Title}>
    <div class="grid">
      <${Card} title="Configured"><dl class="pairs">
        <dt>Permissions</dt><dd>${c.permissions.length ? html`<div class="row">${c.permissions.map(p => html`<${Badge} kind="info word">${p}</${Badge}>`)}</div>` : 'None of its own: a token’s roles count'}</dd>
        <dt>Organization</dt><dd><${Text}>${c.organization === '*' ? 'any, by Siro-Organization' : c.organization}</${Text}></dd>
        <dt>Credentials</dt><dd>${plural(c.apiKeys, 'API key')}${c.clientIds.length ? html`; client ids <span class="mono"><${Text}>${c.clientIds.join(', ')}</${Text}></span>` : ''}</dd>
        <dt>May act for</dt><dd><${Text}>${c.users.includes('*') ? 'anyone' : c.users.join(', ') || 'nobody but its default user'}</${Text}></dd>
        ${c.defaultUser && html`<dt>Acts for by default</dt><dd class="mono"><${Text}>${c.defaultUser}</${Text}></dd>`}
        <dt>Weight</dt><dd>${c.weight}</dd><dt>Priority</dt><dd>${c.priority}</dd>
      </dl></${Card}>
      <${Card} title="Seen"><dl class="pairs">
        <dt>Last seen</dt><dd>${c.lastSeenAt ? html`<${Time} at=${c.lastSeenAt} /> (<${Time} at=${c.lastSeenAt} relative />)` : 'Never in 90 days'}</dd>
        <dt>Calls to Siro’s API, 24 h</dt><dd>${count(c.callsLastDay)}</dd>
        ${c.budget && html`<dt>Budget</dt><dd class="stack tight"><span>${count(c.budget.quota - c.budget.remaining)} of ${count(c.budget.quota)} in ${c.budget.windowSeconds} s</span><${Meter} label="Budget used" part=${(c.budget.quota - c.budget.remaining) / c.budget.quota} /></dd>`}
      </dl></${Card}>
      <${Card} title="Refused by the gateway, last 24 hours" aside=${html`<span class="note">at any endpoint</span>`}>${refused.length === 0 ? html`<p class="note">Nothing was refused.</p>` : html`<dl class="pairs">${refused.map(([code, n]) => html`<dt class="mono">${code}</dt><dd>${count(n)}</dd>`)}</dl>`}</${Card}>
    </div>`;
}
