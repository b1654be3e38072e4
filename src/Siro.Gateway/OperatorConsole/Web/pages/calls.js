import { html, useState } from '../html.js';
import { get, post, patch, id, slow } from '../api.js';
import { route, href, setQuery } from '../router.js';
import { changes } from '../live.js';
import { Title, Card, Table, Time, Due, States, Text, Badge, Button, Failed, Loading, Empty, Field, Errors, useData, useChanges, useAction, attempt, confirmed, fieldError, say } from '../ui.js';
import { plural } from '../format.js';
import { usePages } from './deliveries.js';

const states = ['notified', 'waiting', 'fetching', 'forwarding', 'created', 'needs_rep', 'failed', 'uncertain'];
const stopped = ['needs_rep', 'failed', 'uncertain'];
const person = r => r?.email ?? r?.userId ?? r?.phone ?? r?.externalId;

export function Calls() {
  const { query } = route.value;
  const found = usePages(cursor => get('v1/calls', { status: query.status, cursor, limit: 50 }), query);
  useChanges(changes.value.calls, () => { if (found.rows.length <= 60 && !found.loading) found.again(); });
  const all = useAction(async () => {
    let retried = 0;
    let cursor;
    do {
      const page = await post(`v1/calls/retry?status=${query.status}&limit=200${cursor ? `&cursor=${cursor}` : ''}`, undefined, slow);
      retried += page.retried;
      cursor = page.cursor;
    } while (cursor);
    say(`${plural(retried, 'call')} put back to work.`);
    found.again();
  });
  return html`
    <${Title} title="Calls" lead="Recordings by reference: notified by a provider or an application, fetched, and forwarded to Siro.">
      ${stopped.includes(query.status) && found.rows.length > 0 && html`<${Button} busy=${all.busy} onClick=${async () => { if (query.status !== 'uncertain' || await confirmed('Create all of them again?', 'Siro did not say whether it made these recordings. Where it did, there will be two.', 'Create again')) all.start(); }}>Retry all of these</${Button}>`}
    </${Title}>
    <${Errors} error=${all.error} />
    <div class="filters"><${Field} label="State" id="status"><select id="status" data-search value=${query.status ?? ''} onChange=${e => setQuery({ status: e.target.value })}><option value="">Any</option>${states.map(s => html`<option value=${s}>${s.replace('_', ' ')}</option>`)}</select></${Field}>
      ${query.status && html`<a class="button plain" href=${href('calls')}>Clear</a>`}</div>
    <${States} names=${states} />
    <${Card} flush>
      ${found.error && found.rows.length === 0 ? html`<${Failed} error=${found.error} retry=${found.again} />` : found.loading && found.rows.length === 0 ? html`<${Loading} lines="6" />`
        : html`<${Table} caption="Calls" rows=${found.rows} keyOf=${c => c.id} columns=${[
          { name: 'Call', cell: c => html`<a href=${href(['calls', c.id])}><${Text}>${c.title || c.customer?.name || c.sourceId || c.id}</${Text}></a><span class="sub mono"><${Text}>${c.sourceId ?? c.id}</${Text}></span>` },
          { name: 'State', cell: c => html`<${Badge} state=${c.status} />${c.error ? html`<span class="sub"><${Text}>${c.error.detail}</${Text}></span>` : ''}${c.nextAttemptAt ? html`<span class="sub"><${Due} at=${c.nextAttemptAt} word="next try" /></span>` : ''}` },
          { name: 'Rep', cell: c => person(c.rep) ? html`<${Text}>${person(c.rep)}</${Text}>` : html`<a href=${href(['calls', c.id])}>Assign</a>` },
          { name: 'Source', cell: c => html`<${Text}>${c.source ?? c.client ?? ''}</${Text}>` },
          { name: 'Began', class: 'when', cell: c => html`<${Time} at=${c.startedAt ?? c.createdAt} />` },
        ]} empty=${query.status ? html`<${Empty} title="No call is in this state"><p><a href=${href('calls')}>All calls</a></p></${Empty}>` : html`<${Empty} title="No calls yet"><p>They come from a telephone provider's webhook, or by <code>POST /v1/calls</code>.</p></${Empty}>`} />
        ${found.rows.length > 0 && html`<div class="foot"><span>${plural(found.rows.length, 'call')}</span>${found.cursor ? html`<${Button} kind="small" busy=${found.loading} onClick=${found.more}>Older</${Button}>` : html`<span>That is all</span>`}</div>`}`}
    </${Card}>`;
}

const order = ['notified', 'fetching', 'forwarding', 'created'];
const told = {
  notified: ['Notified', 'The gateway knows of the call.', 'Notified'],
  fetching: ['Fetched', 'The recording is read from where it is.', 'Fetching'],
  forwarding: ['Forwarded', 'It is uploaded to Siro.', 'Forwarding'],
  created: ['Created', 'The recording is in Siro.', 'Created'],
};

export function CallDetail() {
  const name = route.value.parts[1];
  const state = useData(() => get(`v1/calls/${id(name)}`), [name]);
  useChanges(changes.value.calls, state.reload);
  const [rep, setRep] = useState('');
  const assigning = useAction(async () => {
    const text = rep.trim();
    await patch(`v1/calls/${id(name)}`, { rep: text.includes('@') ? { email: text } : /^\+?[\d ()-]{6,}$/.test(text) ? { phone: text } : { userId: text } });
    say('The rep is assigned; the call goes on.');
    state.reload();
  });
  const crumb = html`<a href=${href('calls')}>Calls</a>`;
  const c = state.data;
  if (!c) return html`<${Title} title="Call" crumb=${crumb} /><${Card} flush>${state.error ? state.error.status === 404 ? html`<${Empty} title="There is no such call"><p>Or it is another client's.</p></${Empty}>` : html`<${Failed} error=${state.error} retry=${state.reload} />` : html`<${Loading} />`}</${Card}>`;
  const again = async () => {
    if (c.status === 'uncertain' && !await confirmed('Create it again?', 'Siro did not say whether it made the recording. If it did, there will be two.', 'Create again')) return;
    await attempt(() => post(`v1/calls/${id(name)}/retry`, undefined, slow), 'It goes on.');
    state.reload();
  };
  const reached = { notified: 0, needs_rep: 0, waiting: 1, fetching: 1, forwarding: 2, created: 3 }[c.status] ?? (c.uploadId ? 2 : 1);
  const changeable = !['created', 'forwarding', 'uncertain'].includes(c.status);
  return html`
    <${Title} title=${html`<${Text}>${c.title || c.customer?.name || c.sourceId || 'Call'}</${Text}>`} crumb=${crumb}>
      ${stopped.includes(c.status) && html`<${Button} kind=${c.status === 'needs_rep' ? '' : 'primary'} onClick=${again}>${c.status === 'uncertain' ? 'Create again' : 'Retry'}</${Button}>`}
    </${Title}>
    ${c.error && html`<div class=${['failed', 'needs_rep'].includes(c.status) ? 'notice bad' : 'notice warn'} role="status"><p><strong><${Text}>${c.error.detail}</${Text}></strong></p><p class="note mono">${c.error.code}${c.nextAttemptAt ? html`, next try <${Time} at=${c.nextAttemptAt} />` : ''}</p></div>`}
    ${changeable && html`<${Card} title=${c.status === 'needs_rep' ? 'Who was the rep?' : 'Assign another rep'}><form class="filters" onSubmit=${e => { e.preventDefault(); assigning.start(); }}>
      <${Field} label="Email, telephone number or Siro id" id="rep" wide error=${fieldError(assigning.error, 'rep')}><input id="rep" type="text" required placeholder=${person(c.rep) ?? 'rep@example.com'} value=${rep} onInput=${e => setRep(e.target.value)} /></${Field}>
      <${Button} kind="primary" type="submit" busy=${assigning.busy}>Assign rep</${Button}></form>${assigning.error && !fieldError(assigning.error, 'rep') && html`<${Errors} error=${assigning.error} />`}</${Card}>`}
    <div class="grid">
      <${Card} title="Steps"><ol class="timeline">${order.map((s, i) => html`<li class=${i < reached || c.status === 'created' ? 'good' : i === reached ? (['failed'].includes(c.status) ? 'bad' : ['needs_rep', 'uncertain', 'waiting'].includes(c.status) ? 'warn' : 'info') : ''}><div><div class="row"><strong>${told[s][i === reached && c.status !== 'created' ? 2 : 0]}</strong>${i === 0 ? html`<span class="note"><${Time} at=${c.createdAt} /></span>` : i === reached ? html`<span class="note"><${Time} at=${c.updatedAt} /></span>` : ''}</div><span class="note">${told[s][1]}</span>${i === reached && i < 3 ? html`<div class="row"><${Badge} state=${c.status} /></div>` : ''}</div></li>`)}</ol></${Card}>
      <${Card} title="Call"><dl class="pairs">
        <dt>State</dt><dd><${Badge} state=${c.status} /></dd>
        <dt>Id</dt><dd class="mono">${c.id}</dd>
        ${c.sourceId && html`<dt>Provider's id</dt><dd class="mono"><${Text}>${c.sourceId}</${Text}></dd>`}
        <dt>Source</dt><dd><${Text}>${c.source ?? 'an application'}</${Text}>, client <${Text}>${c.client}</${Text}></dd>
        <dt>Rep</dt><dd><${Text}>${person(c.rep) ?? 'nobody yet'}</${Text}></dd>
        ${c.customer && html`<dt>Customer</dt><dd><${Text}>${[c.customer.name, c.customer.phone].filter(Boolean).join(', ') || '–'}</${Text}></dd>`}
        ${c.uploadId && html`<dt>Upload</dt><dd><a class="mono" href=${href(['uploads', c.uploadId])}>${c.uploadId}</a></dd>`}
        ${c.recordingId && html`<dt>Recording</dt><dd><a class="mono" href=${href('events', { recordingId: c.recordingId })}><${Text}>${c.recordingId}</${Text}></a></dd>`}
        <dt>Tries</dt><dd>${c.attempts}</dd>
        ${c.startedAt && html`<dt>Began</dt><dd><${Time} at=${c.startedAt} /></dd>`}
        <dt>Changed</dt><dd><${Time} at=${c.updatedAt} /></dd>
      </dl></${Card}>
    </div>`;
}
