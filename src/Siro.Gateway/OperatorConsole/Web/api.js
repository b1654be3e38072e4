// The one way to the gateway: its public API, with the session that the browser keeps.
import { signal } from './html.js';

export const session = signal(undefined); // undefined: not known yet; null: signed out
export const ended = signal(false); // it was signed in, and is no more
export const storeAway = signal(false);
export const unreachable = signal(false);

export class Problem extends Error {
  constructor(status, body) {
    super(body.detail ?? `The gateway answered ${status}.`);
    this.status = status;
    this.code = body.code ?? 'unknown';
    this.errors = body.errors ?? [];
    this.traceId = body.traceId;
    this.body = body;
  }
}

const base = new URL('./', document.baseURI);

// A gateway that hangs keeps its connections: how long an answer is waited for, in seconds. What waits for somebody else's answer names more.
const longest = { read: 10, write: 30 };
export const sends = { within: 330 }; // a subscriber may take five minutes
export const slow = { within: 120 }; // Siro is given a minute; what a filter finds is counted

const silent = (reads, within) => new Problem(0, {
  code: 'unreachable',
  detail: reads ? 'The gateway does not answer. Trying again.'
    : within ? `The gateway has not answered within ${within} seconds. Look whether it was done before you try again.`
      : 'The gateway does not answer. Try again in a moment.',
});

export async function call(method, path, { body, headers = {}, signal: abort, raw, form, within } = {}) {
  const reads = method === 'GET';
  const seconds = within ?? (reads ? longest.read : longest.write);
  const limit = new AbortController();
  const stopped = abort ? AbortSignal.any([abort, limit.signal]) : limit.signal;
  let late = false;
  const timer = setTimeout(() => { late = true; limit.abort(); }, seconds * 1000);
  const failed = e => {
    if (e.name === 'AbortError' && !late) return e;
    // One write that takes too long says nothing of the others.
    if (reads || !late) unreachable.value = true;
    return silent(reads, late && seconds);
  };
  try {
    return await answered(method, path, { body, headers, raw, form, failed, signal: stopped });
  } finally {
    // Only a stream's beginning has a limit.
    clearTimeout(timer);
  }
}

async function answered(method, path, { body, headers, signal: abort, raw, form, failed }) {
  let response;
  try {
    response = await fetch(new URL(path, base), {
      method,
      credentials: 'same-origin',
      cache: 'no-store',
      redirect: 'error',
      headers: { Accept: 'application/json', 'Siro-Console': '1', ...(body !== undefined ? { 'Content-Type': 'application/json' } : {}), ...headers },
      body: form ?? (body === undefined ? undefined : JSON.stringify(body)),
      signal: abort,
    });
  } catch (e) {
    throw failed(e);
  }

  unreachable.value = false;
  const kind = response.headers.get('Content-Type') ?? '';
  if (!response.ok) {
    const problem = new Problem(response.status, kind.includes('json') ? await response.json().catch(() => ({})) : {});
    problem.retryAfter = Number(response.headers.get('Retry-After')) || null;
    if (problem.code === 'store_unavailable') storeAway.value = true;
    if (response.status === 401 && session.value) {
      ended.value = true;
      session.value = null;
    }

    throw problem;
  }

  if (!path.startsWith('health/')) storeAway.value = false;
  if (raw) return response;
  if (!kind.includes('json')) return null;
  try {
    return await response.json();
  } catch (e) {
    throw e.name === 'AbortError' || e.name === 'TypeError' ? failed(e) : e;
  }
}

const query = parameters => {
  const text = new URLSearchParams(Object.entries(parameters ?? {}).filter(([, v]) => v !== undefined && v !== null && v !== '')).toString();
  return text ? '?' + text : '';
};

export const get = (path, parameters, options) => call('GET', path + query(parameters), options);
export const post = (path, body, options) => call('POST', path, { body, ...options });
export const put = (path, body, options) => call('PUT', path, { body, ...options });
export const patch = (path, body, options) => call('PATCH', path, { body, ...options });
export const remove = path => call('DELETE', path);
export const id = text => encodeURIComponent(text);

export const signInBy = signal(null); // the identity provider's name, where there is one

export async function loadSession() {
  const by = await get('console/sign-in');
  signInBy.value = by.provider ?? null;
  if (!by.cookie) {
    session.value = null;
    return;
  }

  try {
    session.value = await get('v1/session');
  } catch (e) {
    if (e.status === 401 || e.status === 404 || e.status === 403) session.value = null;
    else throw e;
  }
}

export async function signIn(key) {
  session.value = await post('v1/session', undefined, { headers: { 'X-Api-Key': key } });
  ended.value = false;
}

export async function signOut() {
  await remove('v1/session');
  ended.value = false;
  session.value = null;
}

export const may = permission => {
  const permissions = session.value?.permissions ?? [];
  return permissions.includes('admin') || permissions.includes(permission);
};
export const isAdmin = () => may('admin');
