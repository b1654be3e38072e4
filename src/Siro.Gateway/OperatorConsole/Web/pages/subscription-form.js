// A subscription in three steps: where to, what, try it. The same form edits one.
import { html, useEffect, useState } from '../html.js';
import { post, put, id, may, sends, session } from '../api.js';
import { route, href, go, setQuery } from '../router.js';
import { readDraft, keepDraft, dropDraft } from '../drafts.js';
import { Title, Card, Field, Button, Empty, Errors, Badge, Time, Text, useAction, fieldError, say } from '../ui.js';
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
  extra: existing.events.filter(e => e !== '*' && !types.includes(e)), headers: Object.keys(existing.headers ?? {}).map(name => ({ name, value: '', kept: true })),
  filter: existing.filter ? JSON.stringify(existing.filter, null, 2) : '', order: existing.order === 'recording', rate: existing.ratePerSecond ?? '', concurrency: existing.concurrency ?? '',
  timeout: existing.timeout ?? '', enrich: existing.enrich ?? [], secret: '',
} : { pull: false, url: '', description: '', all: false, events: ['recording.ready'], extra: [], headers: [], filter: '', order: false, rate: '', concurrency: '', timeout: '', enrich: [], secret: newSecret() };

export function SubscriptionForm({ existing }) {
  if (may('subscriptions:write')) return html`<${Form} existing=${existing} />`;
  return html`<${Title} title=${existing ? 'Edit the subscription' : 'New subscription'} crumb=${html`<a href=${href('subscriptions')}>Subscriptions</a>`} />
    <${Card} flush><${Empty} title="You may not make or change subscriptions"><p>It needs the permission <code>subscriptions:write</code>. An operator gives it at <code>Clients:${session.value.client}:Permissions</code>${session.value.person ? ', and your roles at the identity provider must hold it' : ''}.</p><a href=${href('subscriptions')}>To the subscriptions</a></${Empty}></${Card}>`;
}

// What the API shows of a header's value, and takes as "as it is".
const redacted = '[redacted]';
const wrong = (message, field, why) => Object.assign(new Error(message), { errors: [{ field, message: why }] });

// An object cannot say that one name stands there twice, and a value that was not entered is none.
function headersOf(rows) {
  const given = rows.filter(h => h.name.trim() || h.value);
  const names = given.map(h => h.name.trim().toLowerCase());
  const twice = given.find((h, i) => names.indexOf(names[i]) !== i);
  const bare = given.find(h => !h.name.trim() || (!h.value && !h.kept));
  if (twice) throw wrong('A header stands there twice.', 'headers', `Remove one of ${twice.name.trim()}.`);
  if (bare) throw wrong('A header is not complete.', 'headers', bare.name.trim() ? `Enter the value of ${bare.name.trim()}, or remove it.` : 'Enter the name of the header, or remove it.');
  return Object.fromEntries(given.map(h => [h.name.trim(), h.kept && !h.value ? redacted : h.value]));
}

// A plain number means seconds.
const timeOf = text => (/^\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : text.trim() || undefined);

function Form({ existing }) {
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
  const body = (now = form) => {
    let filter;
    if (now.filter.trim()) {
      try { filter = JSON.parse(now.filter, unchanged); } catch (e) { throw wrong('The filter can\'t be read.', 'filter', e.message); }
    }

    return {
      ...(now.pull ? { pull: true } : { url: now.url.trim() }),
      events: now.all ? ['*'] : now.events,
      filter,
      description: now.description.trim() || undefined,
      order: now.order ? 'recording' : 'none',
      ratePerSecond: now.rate === '' ? undefined : Number(now.rate),
      concurrency: now.concurrency === '' ? undefined : Number(now.concurrency),
      timeout: timeOf(now.timeout),
      enrich: now.enrich,
      headers: headersOf(now.headers),
      ...(existing?.secretGrace ? { secretGrace: existing.secretGrace } : {}),
      ...(!now.pull && now.secret ? { secret: now.secret } : {}),
    };
  };
  const checking = useAction(async (test, now) => ({ ...await post(`v1/subscriptions/preview${test ? '?test=true' : ''}`, body(now), test ? sends : undefined), at: Date.now() }));
  const [preview, setPreview] = useState(null);
  const check = async (test, now) => { const found = await checking.start(test, now); if (found) setPreview(p => ({ ...p, ...found })); return found; };
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
  const [typed, setTyped] = useState('');
  const addType = () => {
    const type = typed.trim();
    if (!type) return form;
    const part = type === '*' ? { all: true }
      : { extra: types.includes(type) || form.extra.includes(type) ? form.extra : [...form.extra, type], events: form.events.includes(type) ? form.events : [...form.events, type] };
    setTyped('');
    change(part);
    return { ...form, ...part };
  };
  const next = async () => {
    setFilterError(null);
    // What was typed and not added is meant all the same. The server judges it; a step is left only when its own part is right.
    const found = await check(false, step === 1 ? addType() : form);
    if (found) { setStep(step + 1); return; }
  };
  const wrongHere = error => {
    const fields = step === 0 ? ['url', 'pull', 'description'] : ['events', 'filter', 'headers', 'order', 'enrich', 'ratePerSecond', 'concurrency', 'timeout'];
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
            ${[...types, ...form.extra].map(t => html`<label><input type="checkbox" disabled=${form.all} checked=${form.all || form.events.includes(t)} onChange=${e => change({ events: e.target.checked ? [...form.events, t] : form.events.filter(x => x !== t) })} /> ${t}</label>`)}</div>
            <div class="row"><input type="text" class="short" aria-label="Another type or pattern" placeholder="Another: quotes.sent, quotes.*" spellcheck=${false} disabled=${form.all} value=${typed} onInput=${e => setTyped(e.target.value)} onKeyDown=${e => { if (e.key === 'Enter' && typed.trim()) { e.preventDefault(); addType(); } }} /><${Button} disabled=${form.all || !typed.trim()} onClick=${addType}>Add</${Button}></div>
            ${fieldError(error, 'events') ? html`<p class="wrong">${fieldError(error, 'events')}</p>` : html`<p class="hint">A pattern ends in <code>.*</code> and takes all that begin so.</p>`}</div>
          <${Field} label="Filter on the payload" id="filter" error=${fieldError(error, 'filter') ?? filterError} hint=${html`JSON, may be left out: <code>{"siroUserId": {"$in": ["…"]}}</code>. Operators: $eq $in $exists $and $or $not.`}><textarea id="filter" spellcheck=${false} value=${form.filter} aria-invalid=${fieldError(error, 'filter') ? 'true' : undefined} onInput=${e => change({ filter: e.target.value })}></textarea></${Field}>
          <label class="check"><input type="checkbox" checked=${form.order} onChange=${e => change({ order: e.target.checked })} /> <span>One recording’s events one after the other</span></label>
          <div class="field"><span class="label" id="enrich">Add to <code>recording.ready</code></span><div class="choices" role="group" aria-labelledby="enrich">${['summary', 'entityExtractions', 'crm'].map(x => html`<label><input type="checkbox" checked=${form.enrich.includes(x)} onChange=${e => change({ enrich: e.target.checked ? [...form.enrich, x] : form.enrich.filter(y => y !== x) })} /> ${x}</label>`)}</div>${fieldError(error, 'enrich') && html`<p class="wrong">${fieldError(error, 'enrich')}</p>`}</div>
          ${!form.pull && html`<${Headers} rows=${form.headers} change=${headers => change({ headers })} error=${fieldError(error, 'headers')} />
          <div class="filters limits">
            <${Field} label="Most a second" id="rate" error=${fieldError(error, 'ratePerSecond')} hint="Deliveries a second, 0.001 to 1000. Empty: no limit."><input id="rate" type="number" max="1000" min="0.001" step="any" value=${form.rate} onInput=${e => change({ rate: e.target.value })} /></${Field}>
            <${Field} label="At a time" id="concurrency" error=${fieldError(error, 'concurrency')} hint="Deliveries at once, 1 to 100. Empty: 8, or 2 while it fails and 32 while it is fast."><input id="concurrency" type="number" min="1" max="100" value=${form.concurrency} onInput=${e => change({ concurrency: e.target.value })} /></${Field}>
            <${Field} label="Timeout" id="timeout" error=${fieldError(error, 'timeout')} hint="Seconds, or hh:mm:ss, 0.1 s to 5 min. Empty: the gateway’s own (Webhooks:Timeout, 20 s unless that was changed)."><input id="timeout" type="text" placeholder="20" value=${form.timeout} onInput=${e => change({ timeout: e.target.value })} /></${Field}></div>`}`}
        ${step === 2 && html`
          <${Matches} preview=${preview} />
          ${!form.pull && html`<div class="stack">
            <div class="row between"><div><strong>Send a test</strong><p class="note">One made-up event, signed with ${form.secret ? 'the secret below' : 'the subscription’s secret'}. Nothing is stored.${form.headers.some(h => h.kept && !h.value) ? ` Headers whose value is kept go as ${redacted} here; the subscription’s page sends a test with their values.` : ''}</p></div><${Button} busy=${checking.busy} onClick=${() => check(true)}>${checking.busy ? 'Sending…' : preview?.test ? 'Send another test' : 'Send a test'}</${Button}></div>
            ${preview?.test && html`<${Tried} result=${preview.test} />`}
            ${form.secret && html`<${Field} label="Secret" id="secret" error=${fieldError(error, 'secret')} hint="Give it to the subscriber before the test, so that it can verify. It is shown once more when the subscription is saved."><input id="secret" class="mono" type="text" spellcheck=${false} value=${form.secret} onInput=${e => change({ secret: e.target.value })} /></${Field}>`}</div>`}`}
        ${error && !wrongHere(error) && html`<${Errors} error=${error} />`}
        <div class="row between"><span>${step > 0 ? html`<${Button} onClick=${() => setStep(step - 1)}>Back</${Button}>` : html`<a class="button plain" href=${existing ? href(['subscriptions', existing.id]) : href('subscriptions')} onClick=${() => dropDraft(draft)}>Cancel</a>`}</span>
          <${Button} kind="primary" type="submit" busy=${step < 2 ? checking.busy : saving.busy}>${step < 2 ? 'Next' : existing ? 'Save' : 'Create the subscription'}</${Button}></div>
      </form>
    </${Card}>
    ${made && html`<${SecretDialog} subscription=${made} made close=${() => go(['subscriptions', made.id])} />`}`;
}

function Headers({ rows, change, error }) {
  const set = (i, part) => change(rows.map((h, j) => (i === j ? { ...h, ...part } : h)));
  return html`<div class="field"><span class="label" id="headers">Headers that are sent along</span>
    ${rows.length > 0 && html`<ul class="stack tight" aria-labelledby="headers">${rows.map((h, i) => html`<li class="row pair">
      <input type="text" class="mono" aria-label=${`Name of header ${i + 1}`} placeholder="X-Token" spellcheck=${false} maxlength="100" readOnly=${h.kept} value=${h.name} onInput=${e => set(i, { name: e.target.value })} />
      <input type="text" class="mono" aria-label=${h.name ? `Value of ${h.name}` : `Value of header ${i + 1}`} placeholder=${h.kept ? 'kept as it is; type to change it' : 'value'} spellcheck=${false} autocomplete="off" maxlength="2048" value=${h.value} onInput=${e => set(i, { value: e.target.value })} />
      <${Button} onClick=${() => change(rows.filter((_, j) => j !== i))} aria-label=${h.name ? `Remove ${h.name}` : `Remove header ${i + 1}`}>Remove</${Button}></li>`)}</ul>`}
    <div class="row"><${Button} kind="small" disabled=${rows.length >= 20} onClick=${() => change([...rows, { name: '', value: '' }])}>Add a header</${Button}></div>
    ${error ? html`<p class="wrong">${error}</p>` : html`<p class="hint">At most 20. Values are stored encrypted and not shown again.</p>`}</div>`;
}

const Matches = ({ preview }) => {
  if (!preview?.matches) return null;
  const { looked, matched, events } = preview.matches;
  return html`<div class="stack tight"><strong>${looked === 0 ? 'There are no events yet to compare with' : `${matched} of the last ${plural(looked, 'event')} would have matched`}</strong>
    ${events.length > 0 && html`<ul class="stack tight">${events.map(e => html`<li class="row"><${Badge} kind="good">matches</${Badge}><a href=${href(['events', e.id])}>${e.type}</a><span class="mono note"><${Text}>${e.recordingId ?? e.id}</${Text}></span><span class="note"><${Time} at=${e.receivedAt} /></span></li>`)}</ul>`}
    ${looked > 0 && matched === 0 && html`<p class="note">Are the types and the filter what you mean?</p>`}</div>`;
};
