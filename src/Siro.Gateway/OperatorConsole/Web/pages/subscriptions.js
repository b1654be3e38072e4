import { html, useState } from '../html.js';
import { may } from '../api.js';
import { route, href, setQuery } from '../router.js';
import { changes } from '../live.js';
import { Title, Card, Table, Time, Text, Badge, Failed, Loading, Empty, Field, useData, useChanges } from '../ui.js';
import { plural } from '../format.js';
import { loadSubscriptions } from './filters.js';

export const stateOf = s => (!s.enabled ? 'disabled' : s.failing ? 'failing' : 'enabled');
export const why = { gone: 'its endpoint answered 410', failing: 'nothing succeeded for days', requested: 'disabled by hand', configuration: 'gateway.json says so' };

export function Subscriptions() {
  const { query } = route.value;
  const state = useData(loadSubscriptions, []);
  useChanges(changes.value.subscriptions, state.reload);
  const [draft, setDraft] = useState(query.q ?? '');
  const shown = (state.data ?? []).filter(s => !query.q || `${s.id} ${s.url ?? ''} ${s.description ?? ''} ${s.client ?? ''} ${s.events.join(' ')}`.toLowerCase().includes(query.q.toLowerCase()))
    .filter(s => !query.state || stateOf(s) === query.state);
  return html`
    <${Title} title="Subscriptions" lead="Who gets which events, and where they are sent.">
      ${may('subscriptions:write') && html`<a class="button primary" href=${href(['subscriptions', 'new'])}>New subscription</a>`}
    </${Title}>
    <div class="filters">
      <${Field} label="Search" id="search" wide><input id="search" type="search" data-search placeholder="Name, address, client or event type" value=${draft} onInput=${e => { setDraft(e.target.value); setQuery({ q: e.target.value }, { replace: true }); }} /></${Field}>
      <${Field} label="State" id="state"><select id="state" value=${query.state ?? ''} onChange=${e => setQuery({ state: e.target.value })}><option value="">Any</option><option value="enabled">enabled</option><option value="failing">failing</option><option value="disabled">disabled</option></select></${Field}>
    </div>
    <${Card} flush>
      ${state.error && !state.data ? html`<${Failed} error=${state.error} retry=${state.reload} />` : !state.data ? html`<${Loading} lines="6" />`
        : html`<${Table} caption="Subscriptions" rows=${shown} keyOf=${s => s.id} columns=${[
          { name: 'Subscription', cell: s => html`<a href=${href(['subscriptions', s.id])}><${Text}>${s.description || s.id}</${Text}></a><span class="sub mono"><${Text}>${s.pull ? 'read by cursor' : s.url}</${Text}></span>` },
          { name: 'State', cell: s => html`<${Badge} state=${stateOf(s)} kind=${s.enabled ? undefined : s.disabledReason === 'requested' || s.disabledReason === 'configuration' ? '' : 'bad'} />${!s.enabled && s.disabledReason ? html`<span class="sub">${s.disabledBy ? html`by <${Text}>${s.disabledBy}</${Text}>` : why[s.disabledReason] ?? s.disabledReason}</span>` : ''}` },
          { name: 'Events', cell: s => html`<${Text}>${s.events.join(', ')}</${Text}>${s.filter ? html`<span class="sub">filtered</span>` : ''}` },
          { name: 'Client', cell: s => html`${s.client ? html`<${Text}>${s.client}</${Text}>` : '–'}${s.readOnly ? html`<span class="sub">gateway.json</span>` : ''}` },
          { name: 'Changed', class: 'when', cell: s => html`<${Time} at=${s.updatedAt} />` },
        ]} empty=${(state.data ?? []).length === 0
          ? html`<${Empty} title="No subscriptions yet"><p>A subscription sends events to an address, or keeps them to be read. It takes three steps, and you can try it before you save.</p>${may('subscriptions:write') && html`<a class="button primary" href=${href(['subscriptions', 'new'])}>New subscription</a>`}</${Empty}>`
          : html`<${Empty} title="No subscription fits"><p><a href=${href('subscriptions')}>Clear the filters</a></p></${Empty}>`} />
        ${shown.length > 0 && html`<div class="foot"><span>${plural(shown.length, 'subscription')}</span></div>`}`}
    </${Card}>`;
}
