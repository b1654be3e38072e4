// A subscription in three steps: where to, what, try it. The same form edits one.
import { html, useEffect, useState } from '../html.js';
import { post, put, id } from '../api.js';
import { route, href, go, setQuery } from '../router.js';
import { readDraft, keepDraft, dropDraft } from '../drafts.js';
import { Title, Card, Field, Button, Errors, Badge, Time, Text, useAction, fieldError, say } from '../ui.js';
import { plural } from '../format.js';
import { types, loadSubscriptions } from './filters.js';
import { SecretDialog, Tried } from './subscription.js';

const steps = ['Where to', 'What', 'Try it'];

// What the browser would round must not be saved: the filter would look for another number.
const unchanged = (_, value) => {
  if (Math.abs(value) > Number.MAX_SAFE_INTEGER && typeof value === 'number') throw new Error(`A browser rounds numbers beyond ${Number.MAX_SAFE_INTEGER}: send a filter with such a number by PUT /v1/subscriptions/{id}.`);
  return value;
};
const newSecret = () => 'whsec_' + btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(24))));

const formOf = existing => existing ? {
  pull: existing.pull, url: existing.url ?? '', description: existing.description ?? '', all: existing.events.includes('*'), events: existing.events.filter(e => e !== '*'),
  filter: existing.filter ? JSON.stringify(existing.filter, null, 2) : '', order: existing.order === 'recording', rate: existing.ratePerSecond ?? '', concurrency: existing.concurrency ?? '',
  timeout: existing.timeout ?? '', enrich: existing.enrich ?? [], secret: '',
} : { pull: false, url: '', description: '', all: false, events: ['recording.ready'], filter: '', order: false, rate: '', concurrency: '', timeout: '', enrich: [], secret: newSecret() };

export function SubscriptionForm({ existing }) {
  // What somebody else has changed meanwhile is not written over with what was entered before.
  const draft = existing ? `subscription.${existing.id}.${existing.updatedAt}` : 'subscription';
  const [kept, setKept] = useState(() => readDraft(draft));
  const [form, set] = useState(() => {
    const fresh = formOf(existing);
    return kept ? { ...fresh, ...kept, secret: kept.secret ?? fresh.secret } : fresh;
  });
  const [changed, setChanged] = useState(false);
  const change = part => {
    setChanged(true);
    set(f => ({ ...f, ...part }));
    // The secret alone changes nothing of what would match.
    if (!('secret' in part)) setPreview(null);
  };
  useEffect(() => { if (changed) keepDraft(draft, form); }, [form, changed]);

  // The step is in the address, so that the browser's own button goes one step back; an empty form begins at the first.
  const asked = Number(route.value.query.step);
  const step = (existing || kept || changed) && (asked === 2 || asked === 3) ? asked - 1 : 0;
  const setStep = next => setQuery({ step: next > 0 ? next + 1 : '' });
  const [made, setMade] = useState(null);
  const [filterError, setFilterError] = useState(null);
  const body = () => {
    let filter;
    if (form.filter.trim()) {
      try { filter = JSON.parse(form.filter, unchanged); } catch (e) { throw Object.assign(new Error('The filter can\'t be read.'), { errors: [{ field: 'filter', message: e.message }] }); }
    }

    return {
      ...(form.pull ? { pull: true } : { url: form.url.trim() }),
      events: form.all ? ['*'] : form.events,
      filter,
      description: form.description.trim() || undefined,
      order: form.order ? 'recording' : 'none',
      ratePerSecond: form.rate === '' ? undefined : Number(form.rate),
      concurrency: form.concurrency === '' ? undefined : Number(form.concurrency),
      timeout: form.timeout || undefined,
      enrich: form.enrich,
      ...(existing?.headers ? { headers: existing.headers } : {}),
      ...(existing?.secretGrace ? { secretGrace: existing.secretGrace } : {}),
      ...(!form.pull && form.secret ? { secret: form.secret } : {}),
    };
  };
  const checking = useAction(async test => ({ ...await post(`v1/subscriptions/preview${test ? '?test=true' : ''}`, body()), at: Date.now() }));
  const [preview, setPreview] = useState(null);
  const check = async test => { const found = await checking.start(test); if (found) setPreview(p => ({ ...p, ...found })); return found; };
  const saving = useAction(async () => {
    const saved = existing ? await put(`v1/subscriptions/${id(existing.id)}`, body()) : await post('v1/subscriptions', body());
    dropDraft(draft);
    await loadSubscriptions();
    if (existing) { say('Saved.'); go(['subscriptions', existing.id]); } else if (saved.pull) go(['subscriptions', saved.id]);
    else setMade(saved);
  });
  useEffect(() => {
    checking.clear();
    saving.clear();
    if (step === 2 && !preview) check(false);
  }, [step]);
  const over = () => { dropDraft(draft); setKept(null); setChanged(false); setPreview(null); set(formOf(existing)); setQuery({ step: '' }, { replace: true }); };
  const next = async () => {
    setFilterError(null);
    // The server judges what a person wrote; a step is left only when its own part is right.
    const found = await check(false);
    if (found) { setStep(step + 1); return; }
  };
  const wrongHere = error => {
    const fields = step === 0 ? ['url', 'pull', 'description'] : ['events', 'filter', 'order', 'enrich', 'ratePerSecond', 'concurrency', 'timeout'];
    return error?.errors?.some(e => fields.some(f => e.field === f || e.field.startsWith(f)));
  };
  const error = checking.error ?? saving.error;
  const crumb = html`<a href=${href('subscriptions')}>Subscriptions</a>`;
  return html`
    <${Title} title=${existing ? 'Edit the subscription' : 'New subscription'} crumb=${crumb} />
    <ol class="steps" aria-label="Steps">${steps.map((name, i) => html`<li aria-current=${i === step ? 'step' : undefined} class=${i < step ? 'done' : ''}>${name}</li>`)}</ol>
    ${kept && html`<div class="notice" role="status"><div class="row between"><span>This is what you entered before. It is not saved yet.${step === 2 && !kept.secret && form.secret && !form.pull ? ' The secret is a new one: secrets are not kept.' : ''}</span><${Button} kind="small" onClick=${over}>Start over</${Button}></div></div>`}
    <${Card}>
      <form class="stack" onSubmit=${e => { e.preventDefault(); if (step < 2) next(); else saving.start(); }}>
        ${step === 0 && html`
          ${!existing && html`<div class="field"><span class="label" id="kind">How do the events get there?</span><div class="choices" role="radiogroup" aria-labelledby="kind">
            <label><input type="radio" name="kind" checked=${!form.pull} onChange=${() => change({ pull: false })} /> The gateway sends them</label>
            <label><input type="radio" name="kind" checked=${form.pull} onChange=${() => change({ pull: true })} /> The application reads them</label></div></div>`}
          ${!form.pull && html`<${Field} label="Address" id="url" error=${fieldError(error, 'url')} hint="Takes POST with JSON, and answers 2xx within its timeout."><input id="url" type="url" required placeholder="https://billing.example.com/siro" value=${form.url} aria-invalid=${fieldError(error, 'url') ? 'true' : undefined} aria-describedby="url-error" onInput=${e => change({ url: e.target.value })} /></${Field}>`}
          <${Field} label="Name" id="description" error=${fieldError(error, 'description')} hint="For people; it may be left out."><input id="description" type="text" maxlength="500" placeholder="Billing" value=${form.description} onInput=${e => change({ description: e.target.value })} /></${Field}>`}
        ${step === 1 && html`
          <div class="field"><span class="label" id="events">Which events?</span><div class="choices" role="group" aria-labelledby="events">
            <label><input type="checkbox" checked=${form.all} onChange=${e => change({ all: e.target.checked })} /> all of them</label>
            ${types.map(t => html`<label><input type="checkbox" disabled=${form.all} checked=${form.all || form.events.includes(t)} onChange=${e => change({ events: e.target.checked ? [...form.events, t] : form.events.filter(x => x !== t) })} /> ${t}</label>`)}</div>
            ${fieldError(error, 'events') && html`<p class="wrong">${fieldError(error, 'events')}</p>`}</div>
          <${Field} label="Filter on the payload" id="filter" error=${fieldError(error, 'filter') ?? filterError} hint=${html`JSON, may be left out: <code>{"siroUserId": {"$in": ["…"]}}</code>. Operators: $eq $in $exists $and $or $not.`}><textarea id="filter" spellcheck=${false} value=${form.filter} aria-invalid=${fieldError(error, 'filter') ? 'true' : undefined} onInput=${e => change({ filter: e.target.value })}></textarea></${Field}>
          <label class="check"><input type="checkbox" checked=${form.order} onChange=${e => change({ order: e.target.checked })} /> <span>One recording’s events one after the other</span></label>
          <div class="field"><span class="label" id="enrich">Add to <code>recording.ready</code></span><div class="choices" role="group" aria-labelledby="enrich">${['summary', 'entityExtractions', 'crm'].map(x => html`<label><input type="checkbox" checked=${form.enrich.includes(x)} onChange=${e => change({ enrich: e.target.checked ? [...form.enrich, x] : form.enrich.filter(y => y !== x) })} /> ${x}</label>`)}</div>${fieldError(error, 'enrich') && html`<p class="wrong">${fieldError(error, 'enrich')}</p>`}</div>
          ${!form.pull && html`<div class="filters">
            <${Field} label="Most a second" id="rate" error=${fieldError(error, 'ratePerSecond')} half><input id="rate" type="number" min="0.001" step="any" value=${form.rate} onInput=${e => change({ rate: e.target.value })} /></${Field}>
            <${Field} label="At a time" id="concurrency" error=${fieldError(error, 'concurrency')} half><input id="concurrency" type="number" min="1" value=${form.concurrency} onInput=${e => change({ concurrency: e.target.value })} /></${Field}>
            <${Field} label="Timeout" id="timeout" error=${fieldError(error, 'timeout')} half><input id="timeout" type="text" placeholder="00:00:20" value=${form.timeout} onInput=${e => change({ timeout: e.target.value })} /></${Field}></div>`}`}
        ${step === 2 && html`
          <${Matches} preview=${preview} />
          ${!form.pull && html`<div class="stack">
            <div class="row between"><div><strong>Send a test</strong><p class="note">One made-up event, signed with ${form.secret ? 'the secret below' : 'the subscription’s secret'}. Nothing is stored.</p></div><${Button} busy=${checking.busy} onClick=${() => check(true)}>${checking.busy ? 'Sending…' : preview?.test ? 'Send again' : 'Send a test'}</${Button}></div>
            ${preview?.test && html`<${Tried} result=${preview.test} />`}
            ${form.secret && html`<${Field} label="Secret" id="secret" error=${fieldError(error, 'secret')} hint="Give it to the subscriber before the test, so that it can verify. It is shown once more when the subscription is saved."><input id="secret" class="mono" type="text" spellcheck=${false} value=${form.secret} onInput=${e => change({ secret: e.target.value })} /></${Field}>`}</div>`}`}
        ${error && !wrongHere(error) && html`<${Errors} error=${error} />`}
        <div class="row between"><span>${step > 0 ? html`<${Button} onClick=${() => setStep(step - 1)}>Back</${Button}>` : html`<a class="button plain" href=${existing ? href(['subscriptions', existing.id]) : href('subscriptions')} onClick=${() => dropDraft(draft)}>Cancel</a>`}</span>
          <${Button} kind="primary" type="submit" busy=${step < 2 ? checking.busy : saving.busy}>${step < 2 ? 'Next' : existing ? 'Save' : 'Create the subscription'}</${Button}></div>
      </form>
    </${Card}>
    ${made && html`<${SecretDialog} subscription=${made} made close=${() => go(['subscriptions', made.id])} />`}`;
}

const Matches = ({ preview }) => {
  if (!preview?.matches) return null;
  const { looked, matched, events } = preview.matches;
  return html`<div class="stack tight"><strong>${looked === 0 ? 'There are no events yet to compare with' : `${matched} of the last ${plural(looked, 'event')} would have matched`}</strong>
    ${events.length > 0 && html`<ul class="stack tight">${events.map(e => html`<li class="row"><${Badge} kind="good">matches</${Badge}><a href=${href(['events', e.id])}>${e.type}</a><span class="mono note"><${Text}>${e.recordingId ?? e.id}</${Text}></span><span class="note"><${Time} at=${e.receivedAt} /></span></li>`)}</ul>`}
    ${looked > 0 && matched === 0 && html`<p class="note">Are the types and the filter what you mean?</p>`}</div>`;
};
