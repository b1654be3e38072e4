import { html, useState } from '../html.js';
import { get, isAdmin } from '../api.js';
import { route, href, setQuery } from '../router.js';
import { Title, Card, Table, Text, Badge, Failed, Loading, Empty, Field, useData } from '../ui.js';
import { plural } from '../format.js';

export function Operations() {
  const { query } = route.value;
  const state = useData(() => get('v1/operations', { q: query.q, client: query.client }), [query.q, query.client]);
  const clients = useData(async () => (isAdmin() ? (await get('v1/clients')).data : []), []);
  const [draft, setDraft] = useState(query.q ?? '');
  const rows = state.data?.data ?? [];
  const shown = query.allowed ? rows.filter(r => String(r.allowed) === query.allowed) : rows;
  return html`
    <${Title} title="Operations" lead="Siro’s published operations: where the gateway has them, what each needs, and whether this client would be let in." />
    <div class="filters">
      <${Field} label="Search" id="search" wide><input id="search" type="search" data-search placeholder="recordings, GET users, platform:write …" value=${draft} onInput=${e => { setDraft(e.target.value); setQuery({ q: e.target.value }, { replace: true }); }} /></${Field}>
      ${isAdmin() && html`<${Field} label="Client" id="client"><select id="client" value=${query.client ?? ''} onChange=${e => setQuery({ client: e.target.value })}><option value="">this one</option>${(clients.data ?? []).map(c => html`<option value=${c.name}>${c.name}</option>`)}</select></${Field}>`}
      <${Field} label="Let in" id="allowed"><select id="allowed" value=${query.allowed ?? ''} onChange=${e => setQuery({ allowed: e.target.value })}><option value="">all</option><option value="true">allowed</option><option value="false">refused</option></select></${Field}>
    </div>
    <${Card} flush>${state.error && !state.data ? html`<${Failed} error=${state.error} retry=${state.reload} />` : !state.data ? html`<${Loading} lines="8" />` : html`<${Table} caption="Operations" rows=${shown} keyOf=${o => o.method + o.route} columns=${[
      { name: 'Operation', cell: o => html`<span class="mono">${o.method} <${Text}>${o.route}</${Text}></span>` },
      { name: 'Permission', class: 'word', cell: o => html`<span class="mono">${o.permission}</span>` },
      { name: 'Token', class: 'words', cell: o => o.token === 'organization' ? 'organization' : `user, ${o.scope}` },
      { short: 'Let in', class: 'word', name: `Would ${state.data.client} be let in?`, cell: o => html`<${Badge} state=${o.allowed ? 'allowed' : 'refused'} />` },
    ]} empty=${html`<${Empty} title="No operation fits"><p>What is not published needs the host’s read for GET, else admin.</p></${Empty}>`} />
      ${shown.length > 0 && html`<div class="foot"><span>${plural(shown.length, 'operation')}</span></div>`}`}</${Card}>`;
}
export { href };
