import { html, useState } from '../html.js';
import { get, post, id, may } from '../api.js';
import { route, href } from '../router.js';
import { changes } from '../live.js';
import { Title, Card, Time, Due, Text, Badge, Button, Failed, Loading, Empty, Answer, useData, useChanges, attempt } from '../ui.js';
import { bytes, milliseconds, plural } from '../format.js';
import { EnableFirst, disabled, nameOf, useSubscriptions } from './filters.js';
import { Payload } from './payload.js';

const errors = {
  timeout: 'No answer in time', connect: 'No connection could be made', address_forbidden: 'The address is not allowed', redirect: 'It answered with a redirect, which is not followed',
  status: 'It answered with an error', broken_answer: 'The answer broke off', unsigned: 'There is no secret to sign with',
};
export const reason = error => errors[error] ?? error;

export function EventDetail() {
  const event = route.value.parts[1];
  useSubscriptions();
  const state = useData(() => get(`v1/events/${id(event)}`), [event]);
  useChanges(changes.value.deliveries, state.reload);
  if (state.error && !state.data) {
    return html`<${Title} title="Event" crumb=${html`<a href=${href('events')}>Events</a>`} /><${Card} flush>${state.error.code === 'event_not_found'
      ? html`<${Empty} title="There is no such event"><p>Or its retention is over. <a href=${href('events')}>To the events</a></p></${Empty}>`
      : html`<${Failed} error=${state.error} retry=${state.reload} />`}</${Card}>`;
  }

  if (!state.data) return html`<${Title} title="Event" crumb=${html`<a href=${href('events')}>Events</a>`} /><${Card} flush><${Loading} /></${Card}>`;
  const e = state.data;
  return html`
    <${Title} title=${e.type} crumb=${html`<a href=${href('events')}>Events</a>`} />
    <div class="grid">
      <${Card} title="Event"><dl class="pairs">
        <dt>Id</dt><dd class="mono"><${Text}>${e.id}</${Text}></dd>
        <dt>Received</dt><dd><${Time} at=${e.receivedAt} /> (<${Time} at=${e.receivedAt} relative />)</dd>
        <dt>Source</dt><dd>${e.source}</dd>
        ${e.recordingId && html`<dt>Recording</dt><dd><a class="mono" href=${href('events', { recordingId: e.recordingId })}><${Text}>${e.recordingId}</${Text}></a></dd>`}
        <dt>Size</dt><dd>${bytes(e.bytes)}</dd>
      </dl></${Card}>
      <${Card} title="Deliveries" aside=${html`<span class="note">${plural(e.deliveries.length, 'subscription')}</span>`}>
        ${e.deliveries.length === 0 ? html`<p class="note">No subscription takes this event, or its deliveries are not retained any more.</p>`
          : html`<ul class="stack">${e.deliveries.map(d => html`<${Delivery} key=${d.id} delivery=${d} reload=${state.reload} open=${e.deliveries.length === 1 || route.value.query.delivery === d.id} />`)}</ul>`}
      </${Card}>
    </div>
    <${Payload} event=${event} />`;
}

function Delivery({ delivery, reload, open: first }) {
  const [open, setOpen] = useState(first);
  const [busy, setBusy] = useState(false);
  const resend = async () => {
    setBusy(true);
    await attempt(() => post(`v1/deliveries/${id(delivery.id)}/retry`), 'It is due now, and sent as its subscription’s limits allow.');
    setBusy(false);
    reload();
  };
  const waits = delivery.status === 'retrying' && Date.parse(delivery.nextAttemptAt) > Date.now();
  const settled = waits || !['pending', 'retrying'].includes(delivery.status);
  return html`<li class="stack tight">
    <div class="row between">
      <div class="row"><${Badge} state=${delivery.status} /><a href=${href(['subscriptions', delivery.subscriptionId])}><${Text}>${nameOf(delivery.subscriptionId)}</${Text}></a></div>
      <div class="row">
        <${Button} kind="small" aria-expanded=${open ? 'true' : 'false'} onClick=${() => setOpen(!open)}>${plural(delivery.attemptCount, 'attempt')}</${Button}>
        ${may('subscriptions:write') && settled && !disabled(delivery.subscriptionId) && html`<${Button} kind="small" busy=${busy} onClick=${resend}>${waits ? 'Send now' : 'Send again'}</${Button}>`}
      </div>
    </div>
    ${disabled(delivery.subscriptionId) && html`<p class="note">This subscription is disabled: nothing is sent to it. <${EnableFirst} id=${delivery.subscriptionId} /></p>`}
    ${delivery.nextAttemptAt && html`<p class="note">Next attempt: <${Due} at=${delivery.nextAttemptAt} word="" /> (<${Time} at=${delivery.nextAttemptAt} />)</p>`}
    ${open && html`<${Attempts} id=${delivery.id} version=${`${delivery.status}${delivery.attemptCount}`} />`}
  </li>`;
}

export function Attempts({ id: delivery, version }) {
  const state = useData(() => get(`v1/deliveries/${id(delivery)}`), [delivery, version]);
  if (state.error && !state.data) return html`<${Failed} error=${state.error} retry=${state.reload} />`;
  if (!state.data) return html`<${Loading} lines="3" />`;
  const attempts = state.data.attempts ?? [];
  if (attempts.length === 0) return html`<p class="note">Not tried yet.</p>`;
  return html`<ol class="timeline">${[...attempts].reverse().map(a => html`
    <li class=${a.error ? 'bad' : 'good'}><div>
      <div class="row"><strong>${a.status ?? 'No answer'}</strong><span class="note">${a.error ? reason(a.error) : 'Delivered'} in ${milliseconds(a.durationMs)}, <${Time} at=${a.at} />${a.replay ? ', a replay' : ''}</span></div>
      <${Answer} attempt=${a} />
    </div></li>`)}</ol>`;
}
