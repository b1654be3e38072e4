// The console's frame: who is signed in, where the reader is, what holds over all pages.
import { html, render, signal, useEffect } from './html.js';
import { route, page, href } from './router.js';
import { session, storeAway, unreachable, loadSession, signOut, may, isAdmin } from './api.js';
import { liveState } from './live.js';
import { dropDrafts } from './drafts.js';
import { Toasts, Question, Dialog, Button, Failed, attempt } from './ui.js';
import { Mark } from './mark.js';
import { SignIn } from './pages/signin.js';
import { Overview } from './pages/overview.js';
import { Events } from './pages/events.js';
import { EventDetail } from './pages/event.js';
import { Deliveries } from './pages/deliveries.js';
import { Subscriptions } from './pages/subscriptions.js';
import { SubscriptionDetail } from './pages/subscription.js';
import { Uploads, UploadDetail } from './pages/uploads.js';
import { Calls, CallDetail } from './pages/calls.js';
import { Clients, ClientDetail } from './pages/clients.js';
import { Operations } from './pages/operations.js';
import { Start } from './pages/start.js';

const pages = [
  { path: 'overview', name: 'Overview', view: Overview, if: () => true },
  { path: 'events', name: 'Events', group: 'Webhooks', view: Events, detail: EventDetail, if: () => may('events:read') },
  { path: 'deliveries', name: 'Deliveries', view: Deliveries, if: () => may('events:read') },
  { path: 'subscriptions', name: 'Subscriptions', view: Subscriptions, detail: SubscriptionDetail, if: () => may('events:read') || may('subscriptions:write') },
  { path: 'uploads', name: 'Uploads', group: 'Recordings', view: Uploads, detail: UploadDetail, if: () => may('uploads:write') },
  { path: 'calls', name: 'Calls', view: Calls, detail: CallDetail, if: () => may('calls:write') },
  { path: 'clients', name: 'Clients', group: 'Access', view: Clients, detail: ClientDetail, if: isAdmin },
  { path: 'operations', name: 'Operations', view: Operations, if: () => true },
  { path: 'start', name: 'First day', group: 'Help', view: Start, if: () => true },
];

const help = signal(false);
const menu = signal(false);
const bootError = signal(null);

function Nav() {
  const here = page.value;
  const shown = pages.filter(p => p.if());
  return html`<nav class="nav" aria-label="Pages">${shown.map(p => html`
    ${p.group && html`<span class="group">${p.group}</span>`}
    <a href=${href(p.path)} aria-current=${here === p.path ? 'page' : undefined} onClick=${() => { menu.value = false; }}>${p.name}</a>`)}</nav>`;
}

const states = { on: 'Live', lost: 'Reconnecting…', off: 'Not live' };

function Side() {
  const who = session.value;
  return html`<div class=${menu.value ? 'side open' : 'side'}>
    <a class="brand" href=${href('overview')}><${Mark} /> Siro.Gateway</a>
    <button type="button" class="button small menu" aria-expanded=${menu.value ? 'true' : 'false'} onClick=${() => { menu.value = !menu.value; }}>Menu</button>
    <${Nav} />
    <div class="who">
      <span class=${`live ${liveState.value}`}><i></i>${states[liveState.value]}</span>
      <div><div class="name">${who.person ?? who.client}</div><div class="sub">${who.person ? `as ${who.client}, ` : ''}${who.organization}${isAdmin() ? ', admin' : ''}</div></div>
      <div class="row"><${Button} kind="small" onClick=${() => attempt(async () => { await signOut(); dropDrafts(); })}>Sign out</${Button}><${Button} kind="small plain" onClick=${() => { help.value = true; }}>Keyboard</${Button}></div>
    </div>
  </div>`;
}

function Bars() {
  if (unreachable.value) return html`<div class="bar bad" role="alert"><strong>The gateway does not answer.</strong> <span>What you see may be old. Trying again…</span></div>`;
  if (storeAway.value) return html`<div class="bar warn" role="alert"><strong>The store does not answer.</strong> <span>The gateway keeps proxying with the tokens it has; events, uploads and this page wait. It comes back by itself.</span></div>`;
  return null;
}

function Help() {
  return html`<${Dialog} title="Keyboard" close=${() => { help.value = false; }}>
    <dl class="keys">
      <dt><kbd>/</kbd></dt><dd>Search on this page, or among events</dd>
      <dt><kbd>g</kbd> <kbd>o</kbd></dt><dd>Overview</dd>
      <dt><kbd>g</kbd> <kbd>e</kbd></dt><dd>Events</dd>
      <dt><kbd>g</kbd> <kbd>d</kbd></dt><dd>Deliveries</dd>
      <dt><kbd>g</kbd> <kbd>s</kbd></dt><dd>Subscriptions</dd>
      <dt><kbd>g</kbd> <kbd>u</kbd></dt><dd>Uploads</dd>
      <dt><kbd>?</kbd></dt><dd>This help</dd>
      <dt><kbd>Esc</kbd></dt><dd>Close</dd>
    </dl>
    <div class="row end"><${Button} onClick=${() => { help.value = false; }}>Close</${Button}></div>
  </${Dialog}>`;
}

const jumps = { o: 'overview', e: 'events', d: 'deliveries', s: 'subscriptions', u: 'uploads' };
let pressedG = 0;
addEventListener('keydown', e => {
  if (e.ctrlKey || e.metaKey || e.altKey || !session.value || document.querySelector('dialog[open]')) return;
  if (/^(INPUT|TEXTAREA|SELECT)$/.test(e.target.tagName)) {
    if (e.key === 'Escape') e.target.blur();
    return;
  }

  if (e.key === '/') {
    e.preventDefault();
    const field = document.querySelector('[data-search]');
    if (field) field.focus();
    else if (may('events:read')) location.hash = href('events', { focus: 1 });
  } else if (e.key === '?') {
    help.value = true;
  } else if (e.key === 'g') {
    pressedG = Date.now();
  } else if (jumps[e.key] && Date.now() - pressedG < 1200) {
    location.hash = href(jumps[e.key]);
  }
});

function App() {
  useEffect(() => {
    const found = pages.find(p => p.path === page.value);
    document.title = session.value && found ? `${found.name} · Siro.Gateway` : 'Siro.Gateway';
  }, [page.value, session.value]);
  if (bootError.value) return html`<main class="sign"><div class="card"><${Failed} error=${bootError.value} retry=${boot} /></div></main>`;
  if (session.value === undefined) return html`<p class="boot" role="status">Siro.Gateway</p>`;
  if (session.value === null) return html`<${SignIn} /><${Toasts} />`;
  const { parts } = route.value;
  const found = pages.find(p => p.path === (parts[0] ?? 'overview') && p.if());
  const View = !found ? Missing : parts.length > 1 && found.detail ? found.detail : found.view;
  return html`
    <a class="skip" href="#main" onClick=${e => { e.preventDefault(); document.querySelector('main').focus(); }}>To the page</a>
    <div class="frame"><${Side} />
      <div class="main"><${Bars} /><main id="main" tabIndex="-1"><${View} key=${parts.slice(0, 2).join('/')} /></main></div>
    </div>
    <${Toasts} /><${Question} />${help.value && html`<${Help} />`}`;
}

const Missing = () => html`<div class="card"><div class="empty"><strong>There is no such page, or this client may not see it.</strong><a href=${href('overview')}>To the overview</a></div></div>`;

async function boot() {
  bootError.value = null;
  try {
    await loadSession();
  } catch (e) {
    bootError.value = e;
    setTimeout(boot, (e.retryAfter ?? 2) * 1000);
  }
}

render(html`<${App} />`, document.getElementById('app'));
boot();
