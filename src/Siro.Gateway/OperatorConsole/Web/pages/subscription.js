import { html, useState } from '../html.js';
import { get, post, remove, id, may, sends } from '../api.js';
import { route, href, go, setQuery } from '../router.js';
import { changes } from '../live.js';
import { Title, Card, Time, Text, Badge, Button, Failed, Loading, Empty, Json, Code, Answer, CopyButton, Dialog, useData, useChanges, useAction, attempt, confirmed, Errors } from '../ui.js';
import { duration, milliseconds, seconds } from '../format.js';
import { Chart } from '../chart.js';
import { stateOf, why } from './subscriptions.js';
import { SubscriptionForm } from './subscription-form.js';
import { reason } from './event.js';
import { Replays } from './replay.js';
import { snippets } from './snippets.js';

export function SubscriptionDetail() {
  const name = route.value.parts[1];
  if (name === 'new') return html`<${SubscriptionForm} />`;
  return html`<${Detail} key=${name} name=${name} />`;
}

function Detail({ name }) {
  const state = useData(() => get(`v1/subscriptions/${id(name)}`), [name]);
  useChanges(changes.value.subscriptions, state.reload);
  const [secret, setSecret] = useState(null);
  const [tried, setTried] = useState(null);
  const testing = useAction(async () => setTried(await post(`v1/subscriptions/${id(name)}/test`, undefined, sends)));
  const crumb = html`<a href=${href('subscriptions')}>Subscriptions</a>`;
  if (state.error && !state.data) {
    return html`<${Title} title="Subscription" crumb=${crumb} /><${Card} flush>${state.error.code === 'subscription_not_found'
      ? html`<${Empty} title="There is no such subscription"><p>Or it is another client's. <a href=${href('subscriptions')}>To the subscriptions</a></p></${Empty}>` : html`<${Failed} error=${state.error} retry=${state.reload} />`}</${Card}>`;
  }

  if (!state.data) return html`<${Title} title="Subscription" crumb=${crumb} /><${Card} flush><${Loading} /></${Card}>`;
  const s = state.data;
  if (route.value.parts[2] === 'edit' && !s.readOnly) return html`<${SubscriptionForm} existing=${s} />`;
  const change = async (what, done) => { await attempt(() => post(`v1/subscriptions/${id(name)}/${what}`), done); state.reload(); };
  const rotate = async () => {
    const old = !s.secretGrace ? 'The old one signs too for as long as the gateway is set to (Webhooks:SecretGrace, a day unless that was changed), so that the subscriber can change over.'
      : seconds(s.secretGrace) === 0 ? 'The old one signs nothing more: a subscriber that does not have the new one refuses what comes.'
        : `The old one signs too for ${duration(seconds(s.secretGrace))}, so that the subscriber can change over.`;
    if (!await confirmed('Rotate the secret?', `There is a new secret at once, shown once, and deliveries are signed with it. ${old}`, 'Make a new secret')) return;
    const rotated = await attempt(() => post(`v1/subscriptions/${id(name)}/secret`));
    if (rotated) { setSecret(rotated); state.reload(); }
  };
  const erase = async () => {
    if (await confirmed('Delete this subscription?', 'Its deliveries that wait are dropped, and its secret is gone. This can’t be taken back; disabling it can.', 'Delete')
      && await attempt(async () => { await remove(`v1/subscriptions/${id(name)}`); return true; }, 'Deleted.')) go('subscriptions');
  };
  const writes = may('subscriptions:write') && !s.readOnly;
  return html`
    <${Title} title=${html`<${Text}>${s.description || s.id}</${Text}>`} crumb=${crumb}>
      ${may('subscriptions:write') && !s.pull && html`<${Button} busy=${testing.busy} onClick=${testing.start}>${testing.busy ? 'Sending…' : 'Send a test'}</${Button}>`}
      ${writes && html`<a class="button" href=${href(['subscriptions', name, 'edit'])}>Edit</a>`}
      ${may('subscriptions:write') && (!s.readOnly || !s.enabled) && s.disabledReason !== 'configuration' && (s.enabled
        ? html`<${Button} onClick=${() => change('disable', 'Disabled. Its events are kept as skipped.')}>Disable</${Button}>`
        : html`<${Button} kind="primary" onClick=${() => change('enable', 'Enabled.')}>Enable</${Button}>`)}
    </${Title}>
    ${s.failing && s.enabled && html`<${Failing} subscription=${s} />`}
    ${!s.enabled && html`<div class="notice warn" role="status"><p><strong>Disabled</strong>${s.disabledBy ? html` by <${Text}>${s.disabledBy}</${Text}>${s.disabledByPerson ? html`, in a session of the person <span class="mono"><${Text}>${s.disabledByPerson}</${Text}></span>` : ''}` : s.disabledReason ? html`: ${why[s.disabledReason] ?? s.disabledReason}` : ''}${s.disabledAt ? html`, <${Time} at=${s.disabledAt} />` : ''}. Its events are kept as skipped, and can be replayed once it is enabled.</p></div>`}
    ${!s.pull && html`<${Replays} subscription=${name} />`}
    ${(tried || testing.error) && html`<${Tried} result=${tried} error=${testing.error} />`}
    ${s.readOnly && html`<div class="notice"><p><strong>This subscription is defined in gateway.json. Change it there.</strong></p><${Code} text=${configured(s)} label="Copy the lines" /></div>`}
    <div class="grid">
      <${Card} title="Subscription"><dl class="pairs">
        <dt>State</dt><dd><${Badge} state=${stateOf(s)} /></dd>
        <dt>Id</dt><dd class="mono"><${Text}>${s.id}</${Text}></dd>
        <dt>${s.pull ? 'Kind' : 'Address'}</dt><dd>${s.pull ? 'Read by cursor' : html`<span class="mono"><${Text}>${s.url}</${Text}></span>`}</dd>
        <dt>Events</dt><dd><${Text}>${s.events.join(', ')}</${Text}></dd>
        ${s.client && html`<dt>Client</dt><dd><${Text}>${s.client}</${Text}></dd>`}
        ${s.headers && html`<dt>Headers</dt><dd><${Text}>${Object.keys(s.headers).join(', ')}</${Text}></dd>`}
        <dt>Order</dt><dd>${s.order === 'recording' ? 'One recording’s events one after the other' : 'Each as soon as it can'}</dd>
        ${s.ratePerSecond && html`<dt>Rate</dt><dd>at most ${s.ratePerSecond} a second</dd>`}
        ${s.concurrency && html`<dt>At a time</dt><dd>${s.concurrency}</dd>`}
        ${s.timeout && html`<dt>Timeout</dt><dd>${s.timeout}</dd>`}
        ${s.enrich?.length > 0 && html`<dt>Enriched by</dt><dd>${s.enrich.join(', ')}</dd>`}
        <dt>Created</dt><dd><${Time} at=${s.createdAt} /></dd>
        <dt>Changed</dt><dd><${Time} at=${s.updatedAt} /></dd>
      </dl></${Card}>
      ${!s.pull && html`<${Card} title="Secret"><div class="stack">
        <p class="note">Each delivery is signed with it. It is shown when it is made, and never again.</p>
        ${s.previousSecretUntil && html`<div class="notice"><p>The old secret signs too, until <strong><${Time} at=${s.previousSecretUntil} /></strong> (<${Time} at=${s.previousSecretUntil} relative />).</p></div>`}
        ${writes && html`<div class="row"><${Button} onClick=${rotate}>Rotate the secret</${Button}></div>`}
        <p class="row"><a href=${href('deliveries', { subscription: name })}>Its deliveries</a><a href=${href('deliveries', { subscription: name, state: 'dead' })}>Its dead letters</a><a href=${href('events', { subscription: name })}>Its events</a></p>
      </div></${Card}>`}
      ${s.filter && html`<${Card} title="Filter"><${Json} value=${s.filter} label="Filter" /></${Card}>`}
    </div>
    ${!s.pull && html`<${Success} name=${name} />`}
    <${Snippets} subscription=${s} />
    ${writes && html`<div class="row"><${Button} kind="danger" onClick=${erase}>Delete the subscription</${Button}></div>`}
    ${secret && html`<${SecretDialog} subscription=${secret} close=${() => setSecret(null)} />`}`;
}

const longest = 200;

// The answer's first line, of which control characters are kept as they would be written.
const firstLine = answer => {
  const line = (answer ?? '').split(/\\u000[ad]/).map(l => l.trim()).find(l => l) ?? '';
  return line.length > longest ? [...line].slice(0, longest).join('') + '…' : line;
};

// What its newest failed delivery met, and whether anything is sent without somebody's doing.
function Failing({ subscription: s }) {
  const state = useData(async () => {
    if (!may('events:read')) return {};
    const [retrying, pending, dead] = await Promise.all(['retrying', 'pending', 'dead'].map(async status =>
      (await get('v1/deliveries', { subscription: s.id, status, limit: 1 })).data[0]));
    const newest = retrying ?? dead;
    const failed = newest && (await get(`v1/deliveries/${id(newest.id)}`)).attempts?.findLast(a => a.error);
    return { failed, event: newest?.eventId, waits: Boolean(retrying ?? pending), dead: Boolean(dead) };
  }, [s.id]);
  useChanges(changes.value.deliveries, state.reload);
  const { failed, event, waits, dead } = state.data ?? {};
  const line = firstLine(failed?.answer);
  return html`<div class="notice bad" role="status"><p><strong>No attempt has succeeded since ${s.failingSince ? html`<${Time} at=${s.failingSince} />` : 'it began to fail'}.</strong></p>
    ${failed && html`<p>Its newest failed delivery, <${Time} at=${failed.at} />: ${reason(failed.error).toLowerCase()}${failed.status ? html` (${failed.status})` : ''}${line ? html`: <${Text} mono>${line}</${Text}>` : '.'} <a href=${href(['events', event])}>All its attempts</a></p>`}
    ${waits ? html`<p>Deliveries are tried again on their schedule. <a href=${href('deliveries', { subscription: s.id, state: 'retrying' })}>What waits</a></p>`
      : dead ? html`<p>Nothing is tried again by itself. <a href=${href('deliveries', { subscription: s.id, state: 'dead' })}>Replay the dead letters</a> once the endpoint works.</p>` : ''}</div>`;
}

export const SecretDialog = ({ subscription, close, made }) => html`<${Dialog} once title=${made ? 'The subscription is there' : 'The new secret'} close=${close}>
  <p>${made ? 'This is its secret.' : 'This is the new secret.'} It is shown this once: keep it where the subscriber reads it.</p>
  <${Code} text=${subscription.secret} label="Copy the secret" />
  ${subscription.previousSecretUntil && html`<p>The old one signs too, until <${Time} at=${subscription.previousSecretUntil} /> (<${Time} at=${subscription.previousSecretUntil} relative />).</p>`}
  <div class="row end"><${Button} kind="primary" onClick=${close}>I have it</${Button}></div>
</${Dialog}>`;

export function Tried({ result, error }) {
  if (error) return html`<${Errors} error=${error} />`;
  return html`<div class=${result.delivered ? 'notice good' : 'notice bad'} role="status">
    <p><strong>${result.delivered ? `It answered ${result.status}` : result.status ? `It answered ${result.status}` : reason(result.error)}</strong> in ${milliseconds(result.durationMs)}${result.delivered ? ': the endpoint takes deliveries.' : result.error && result.status ? `: ${reason(result.error).toLowerCase()}.` : '.'}</p>
    <${Answer} attempt=${result} /></div>`;
}

function Success({ name }) {
  const range = route.value.query.range === '24h' ? '24h' : '1h';
  const state = useData(() => get('v1/figures', { subscription: name, range }), [name, range]);
  if (!state.data) return state.error ? html`<${Card} flush><${Failed} error=${state.error} retry=${state.reload} /></${Card}>` : html`<${Card} flush><${Loading} lines="3" /></${Card}>`;
  return html`<section class="stack" aria-label="Success and latency">
    <div class="row between"><h2>Success and latency</h2><div class="segments" role="group" aria-label="Time shown">
      <button type="button" aria-pressed=${range === '1h'} onClick=${() => setQuery({ range: '' })}>Last hour</button>
      <button type="button" aria-pressed=${range === '24h'} onClick=${() => setQuery({ range: '24h' })}>Last 24 hours</button></div></div>
    <div class="grid charts"><${Card} title="Attempts" aside=${html`<span class="note">a minute</span>`}><${Chart} label="Attempts a minute" times=${state.data.times} series=${state.data.hub} /></${Card}>
    <${Card} title="Answer time" aside=${html`<span class="note">milliseconds</span>`}><${Chart} label="Answer time in milliseconds" times=${state.data.times} series=${state.data.latency} /></${Card}></div>
  </section>`;
}

function Snippets({ subscription }) {
  const all = snippets(subscription);
  const [chosen, choose] = useState(Object.keys(all)[0]);
  return html`<${Card} title=${subscription.pull ? 'Read the events' : 'Verify a delivery'}>
    <div class="stack"><div class="tabs" role="tablist" aria-label="Language">${Object.keys(all).map(k => html`<button type="button" role="tab" aria-selected=${k === chosen ? 'true' : 'false'} onClick=${() => choose(k)}>${k}</button>`)}</div>
    <${Code} text=${all[chosen]} wide label="Copy the snippet" /></div></${Card}>`;
}

const configured = s => JSON.stringify({
  Webhooks: { Subscriptions: { [s.id]: Object.fromEntries(Object.entries({
    Url: s.url ?? undefined, Pull: s.pull || undefined, Events: s.events, Filter: s.filter ?? undefined, RatePerSecond: s.ratePerSecond ?? undefined, Concurrency: s.concurrency ?? undefined,
    Timeout: s.timeout ?? undefined, Order: s.order === 'recording' ? 'recording' : undefined, Description: s.description ?? undefined,
  }).filter(([, v]) => v !== undefined)) } },
}, null, 2);
export { CopyButton };
