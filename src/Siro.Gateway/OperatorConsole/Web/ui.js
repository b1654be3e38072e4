// Parts that pages are made of.
import { html, signal, useEffect, useRef, useState, Fragment } from './html.js';
import { ago, ahead, exactly, moment, utc, visible } from './format.js';
import { storeAway } from './api.js';

// The moment, to ten seconds; at once where the page comes into sight again.
export const tick = signal(Date.now());
setInterval(() => { if (!document.hidden) tick.value = Date.now(); }, 10000);
document.addEventListener('visibilitychange', () => { if (!document.hidden) tick.value = Date.now(); });

// To the second, for what is about to come.
const second = signal(Date.now());
setInterval(() => { if (!document.hidden) second.value = Date.now(); }, 1000);

const Stamp = ({ at, children }) => html`<time dateTime=${at} title=${`${exactly(at)} here\n${utc(at)}`}>${children}</time>`;

// A moment in the viewer's zone; UTC where the pointer or the keyboard asks.
export const Time = ({ at, relative }) => (at ? html`<${Stamp} at=${at}>${relative ? ago(at, tick.value) : moment(at)}<//>` : html`<span>–</span>`);

// When something is tried next: what is due is not ahead any more.
export const Due = ({ at, word }) => html`<${Stamp} at=${at}>${ahead(at, second.value) === 'now' ? 'due now' : `${word} ${ahead(at, second.value)}`}<//>`;

// Text of somebody else's: never markup, never a direction that leaks into what stands beside it.
export const Text = ({ children, mono }) => html`<bdi class=${mono ? 'text mono' : 'text'}>${visible(children)}</bdi>`;

const kinds = {
  delivered: 'good', created: 'good', done: 'good', enabled: 'good', healthy: 'good', ready: 'good', available: 'good', allowed: 'good',
  dead: 'bad', failed: 'bad', unhealthy: 'bad', refused: 'bad', unavailable: 'bad',
  retrying: 'warn', uncertain: 'warn', needs_rep: 'warn', waiting: 'warn', failing: 'warn', degraded: 'warn', bytes_expired: 'warn', expired: 'warn',
  pending: 'info', replaying: 'info', forwarding: 'info', fetching: 'info', notified: 'info', signed: 'info', stored: 'info', creating: 'info', received: 'info',
};
const words = { needs_rep: 'needs a rep', bytes_expired: 'bytes expired' };

// What a state means, where a pointer rests on it and in the list beside the filter.
export const meanings = {
  pending: 'Not tried yet: it is due, or its turn comes.', retrying: 'An attempt failed. It is tried again on its schedule.', delivered: 'The subscriber answered with 2xx.',
  dead: 'All attempts failed, or the subscriber answered 410. It is kept, and can be sent again.', skipped: 'The subscription was disabled when its turn came. It is kept, and can be sent again.',
  expired: 'Retention removed the event before it could be delivered.',
  received: 'The whole file is here and is audio.', signed: 'Siro gave an address to put it to.', stored: 'The bytes are at Siro’s storage: any replica can finish it.', creating: 'Siro is asked to make the recording.',
  created: 'Siro said the recording’s id.', failed: 'It ended without a recording. Its page says why.', uncertain: 'Siro did not say whether it made the recording. Look before it is created again.',
  bytes_expired: 'The file is gone and no recording was made. Send it again.',
  notified: 'The gateway knows of the call.', waiting: 'The recording is not ready yet. It is asked for again, for up to 6 hours.', fetching: 'The recording is being fetched.', forwarding: 'The recording is on its way into Siro.',
  needs_rep: 'Nothing says who the rep is. Assign one.',
};
export const States = ({ names }) => html`<details class="states"><summary>What the states mean</summary><dl class="pairs">${names.map(s => html`<dt><${Badge} state=${s} /></dt><dd>${meanings[s]}</dd>`)}</dl></details>`;
export const Badge = ({ state, kind, children }) => html`<span class=${`badge ${kind ?? kinds[state] ?? ''}`} title=${meanings[state]}>${children ?? words[state] ?? state}</span>`;

export const Button = ({ kind = '', busy, children, ...rest }) =>
  html`<button type="button" class=${`button ${kind}`} disabled=${busy || rest.disabled} aria-busy=${busy ? 'true' : undefined} ...${rest}>${children}</button>`;

export function CopyButton({ text, label = 'Copy', name = 'Copy' }) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Where the clipboard is not given, the text is at least selected.
      const area = document.createElement('textarea');
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand('copy');
      area.remove();
    }

    setDone(true);
    setTimeout(() => setDone(false), 1600);
  };
  return html`<button type="button" class="button small copy" onClick=${copy} aria-label=${done ? 'Copied' : label}>${done ? 'Copied' : name}</button>`;
}

export const Code = ({ text, wide, label = 'Copy' }) => html`
  <div class=${wide ? 'code wide' : 'code'}><pre tabIndex="0" aria-label=${label.replace(/^Copy /, '')}><code dir="ltr">${visible(text)}</code></pre><${CopyButton} text=${text} label=${label} /></div>`;

// What an endpoint answered. Where it went on, neither what is shown nor what is copied passes for all of it.
const earlier = 1024;
export function Answer({ attempt: { answer, answerTruncated } }) {
  if (!answer) return null;
  if (!answerTruncated) return html`<${Code} text=${answer} label="Copy the answer" />`;
  const part = `the first ${answer.length > earlier ? 4 : 1} KB`;
  return html`<div class="code"><pre tabIndex="0" aria-label="the answer’s beginning"><code dir="ltr">${visible(answer)}</code></pre>
    <${CopyButton} text=${answer} label=${`Copy ${part} of the answer`} name=${`Copy ${part}`} />
    <p class="note">This is ${part} of the answer. The gateway keeps no more of it.</p></div>`;
}

const most = 20000;
// JSON, indented; what is long is shown in part until somebody asks for all of it.
export function Json({ value, raw, label = 'Payload' }) {
  const [all, setAll] = useState(false);
  let text;
  if (raw !== undefined) text = raw;
  else text = JSON.stringify(value, null, 2) ?? '';
  const shown = all ? text : text.slice(0, most);
  return html`
    <div class="code">
      <pre tabIndex="0" aria-label=${label}><code dir="ltr">${shown.length <= most && raw === undefined ? colored(visible(shown)) : visible(shown)}</code></pre>
      <${CopyButton} text=${text} label=${`Copy ${label.toLowerCase()}`} />
      ${text.length > shown.length && html`<p class="row note"><span>The first ${most} of ${text.length} characters.</span><${Button} kind="small" onClick=${() => setAll(true)}>Show all</${Button}></p>`}
    </div>`;
}

const token = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
function colored(text) {
  const parts = [];
  let at = 0;
  for (const m of text.matchAll(token)) {
    if (m.index > at) parts.push(text.slice(at, m.index));
    if (m[1]) {
      parts.push(html`<span class=${m[2] ? 'j-key' : 'j-text'}>${m[1]}</span>`);
      if (m[2]) parts.push(m[2]);
    } else {
      parts.push(html`<span class="j-word">${m[0]}</span>`);
    }

    at = m.index + m[0].length;
  }

  parts.push(text.slice(at));
  return parts;
}

export const Loading = ({ lines = 5 }) => html`<div class="bones" role="status" aria-label="Loading">${Array.from({ length: lines }, () => html`<i></i>`)}</div>`;
export const Empty = ({ title, children }) => html`<div class="empty"><strong>${title}</strong>${children}</div>`;
// Whoever asks the same again gets the same again, unless it was only not the time for it.
const isFinal = error => error.status >= 400 && error.status < 500 && error.status !== 408 && error.status !== 429;
const titles = { permission_missing: 'This client may not see this', store_unavailable: 'The store does not answer', unreachable: 'Nothing comes from the gateway', invalid_path: 'This link leads nowhere', invalid_query: 'This can’t be looked for' };
const advice = { invalid_path: 'Its address can’t be read: a part of it was lost or changed on the way. Copy it again, or start from the menu.' };
export const Failed = ({ error, retry }) => html`
  <div class="failed" role="alert">
    <strong>${titles[error.code] ?? 'This could not be read'}</strong>
    <p class="text">${visible(advice[error.code] ?? error.message)}</p>
    ${error.traceId && !isFinal(error) && html`<p class="note">Trace <span class="mono">${error.traceId}</span></p>`}
    ${retry && !isFinal(error) && html`<${Button} onClick=${retry}>Try again</${Button}>`}
  </div>`;

// What is wrong with each field says more than that something is.
export const Errors = ({ error }) => error && html`
  <div class="notice bad" role="alert">${error.errors?.length > 0
    ? html`<ul>${error.errors.map(e => html`<li><code>${visible(e.field)}</code> ${visible(fieldWords(e))}</li>`)}</ul>`
    : html`<p><strong>${visible(error.message)}</strong></p>`}</div>`;

// The API speaks of members; whoever fills in a form sees none.
const fieldWords = e => (e.field === 'events' && e.code === 'invalid_events' ? 'Choose at least one type of event, or all of them.' : e.message);
export const fieldError = (error, field) => {
  const found = error?.errors?.find(e => e.field === field || e.field.startsWith(field + '.') || e.field.startsWith(field + '['));
  return found && fieldWords(found);
};

// Reads something, reads it again when its address or what happens changes it, keeps what was there meanwhile.
export function useData(load, keys) {
  const [state, set] = useState({ data: undefined, error: null, loading: true });
  const version = useRef(0);
  const retry = useRef(null);
  const read = async fresh => {
    const mine = ++version.current;
    clearTimeout(retry.current);
    set(s => ({ ...(fresh ? { data: undefined, error: null } : s), loading: true }));
    try {
      const data = await load();
      if (mine === version.current) set({ data, error: null, loading: false });
    } catch (error) {
      if (mine !== version.current || error.name === 'AbortError') return;
      set(s => ({ data: s.data, error, loading: false }));
      if (error.code === 'store_unavailable' || error.code === 'unreachable' || error.status === 429) {
        retry.current = setTimeout(() => read(false), (error.retryAfter ?? 2) * 1000);
      }
    }
  };
  useEffect(() => {
    read(true);
    return () => { version.current++; clearTimeout(retry.current); };
  }, keys);
  return { ...state, reload: () => read(false) };
}

// Reads again when the gateway says that something changed, at most every two seconds.
export function useChanges(number, reload) {
  const first = useRef(number);
  const timer = useRef(null);
  const latest = useRef(reload);
  latest.current = reload;
  useEffect(() => {
    if (number === first.current) return;
    first.current = number;
    timer.current ??= setTimeout(() => { timer.current = null; if (!document.hidden) latest.current(); }, 700);
  }, [number]);
  useEffect(() => () => clearTimeout(timer.current), []);
}

// What is being done, and how it went; the button shows it.
export function useAction(run) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(null);
  const start = async (...given) => {
    setBusy(true);
    setError(null);
    try {
      return await run(...given);
    } catch (e) {
      setError(e);
      return undefined;
    } finally {
      setBusy(false);
    }
  };
  return { busy, error, start, clear: () => setError(null) };
}

export const toasts = signal([]);
let toast = 0;
export function say(text, kind = '') {
  const id = ++toast;
  toasts.value = [...toasts.value, { id, text, kind }];
  setTimeout(() => { toasts.value = toasts.value.filter(t => t.id !== id); }, kind === 'bad' ? 9000 : 4500);
}
export const Toasts = () => html`<div class="toasts" role="status" aria-live="polite">${toasts.value.map(t => html`<div key=${t.id} class=${`toast ${t.kind}`}>${visible(t.text)}</div>`)}</div>`;

export async function attempt(action, done) {
  try {
    const result = await action();
    if (done) say(typeof done === 'function' ? done(result) : done);
    return result;
  } catch (e) {
    say(e.errors?.length > 0 ? e.errors.map(fieldWords).join('; ') : e.message, 'bad');
    return undefined;
  }
}

// What is shown this once stays until its own button is pressed: neither Esc nor a click beside it throws it away.
export function Dialog({ title, close, children, once }) {
  const box = useRef(null);
  useEffect(() => {
    const now = box.current;
    now.showModal();
    // A browser heeds the page's refusal of a cancel only once; of the key itself always.
    const stay = e => { if (e.key === 'Escape') e.preventDefault(); };
    if (once) addEventListener('keydown', stay, true);
    return () => { removeEventListener('keydown', stay, true); now.close(); };
  }, []);
  const ended = () => { if (!once) close(); else if (box.current?.isConnected && !box.current.open) box.current.showModal(); };
  return html`<dialog ref=${box} aria-label=${title} onCancel=${e => once && e.preventDefault()} onClose=${ended} onClick=${e => !once && e.target === box.current && close()}><div class="inner"><h2>${title}</h2>${children}</div></dialog>`;
}

export const question = signal(null);
// Asked only before what can't be taken back.
export const confirmed = (title, text, action) => new Promise(answer => { question.value = { title, text, action, answer }; });
export function Question() {
  const asked = question.value;
  if (!asked) return null;
  const end = answer => { question.value = null; asked.answer(answer); };
  return html`<${Dialog} title=${asked.title} close=${() => end(false)}>
    <p>${asked.text}</p>
    <div class="row end"><${Button} onClick=${() => end(false)}>Cancel</${Button}><${Button} kind="danger" onClick=${() => end(true)}>${asked.action}</${Button}></div>
  </${Dialog}>`;
}

export function Table({ columns, rows, keyOf, empty, caption, fresh }) {
  if (rows.length === 0) return empty;
  return html`<table class="table"><caption class="visually-hidden">${caption}</caption>
    <thead><tr>${columns.map(c => html`<th scope="col" class=${c.class}>${c.name}</th>`)}</tr></thead>
    <tbody>${rows.map(r => html`<tr key=${keyOf(r)} class=${fresh?.(r) ? 'fresh' : undefined}>${columns.map((c, i) => html`<td class=${c.class} data-label=${i === 0 ? undefined : c.short || c.name || undefined}>${c.cell(r)}</td>`)}</tr>`)}</tbody></table>`;
}

export const Field = ({ label, id, hint, error, wide, half, children }) => html`
  <div class=${`field ${wide ? 'wide' : ''} ${half ? 'half' : ''}`}><label for=${id}>${label}</label>${children}${error ? html`<p class="wrong" id=${`${id}-error`}>${visible(error)}</p>` : hint && html`<p class="hint">${hint}</p>`}</div>`;

export const Card = ({ title, aside, children, flush }) => html`
  <section class="card" aria-label=${typeof title === 'string' ? title : undefined}>${title && html`<header><h2>${title}</h2>${aside}</header>`}${flush ? children : html`<div class="body">${children}</div>`}</section>`;

export const Title = ({ title, lead, crumb, children }) => html`
  <div class="title"><div>${crumb && html`<p class="crumb">${crumb}</p>`}<h1>${title}</h1>${lead && html`<p class="lead">${lead}</p>`}</div>${children && html`<div class="row actions">${children}</div>`}</div>`;

export const Meter = ({ part, label, kind }) => html`<div class=${`meter ${kind ?? ''}`} role="meter" aria-label=${label} aria-valuemin="0" aria-valuemax="100" aria-valuenow=${Math.round(part * 100)}><i style=${{ width: `${Math.min(100, Math.max(0, part * 100))}%` }}></i></div>`;
export { Fragment, storeAway };
