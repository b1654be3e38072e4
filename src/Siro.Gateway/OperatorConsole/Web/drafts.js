// What was entered into a form and not sent yet. It outlives going back, a reload, and a session that ends before the form is sent; another
// client that signs in does not get it. Secrets and headers' values stay in this page's memory: the browser's storage never has them.
import { session } from './api.js';

const prefix = 'siro-gateway.draft.';
const secrets = new Map();
const owner = () => { const { organization, client, person } = session.value ?? {}; return JSON.stringify([organization, client, person ?? null]); };

export function keepDraft(name, { secret, headers = [], ...values }) {
  secrets.set(name, { secret, headers });
  const named = headers.map(h => ({ ...h, value: '' }));
  try { sessionStorage.setItem(prefix + name, JSON.stringify({ owner: owner(), values: { ...values, headers: named } })); } catch { /* no storage: the form works without */ }
}

export function readDraft(name) {
  try {
    const kept = JSON.parse(sessionStorage.getItem(prefix + name));
    return kept?.owner === owner() ? { ...kept.values, ...secrets.get(name) } : null;
  } catch {
    return null;
  }
}

export function dropDraft(name) {
  secrets.delete(name);
  try { sessionStorage.removeItem(prefix + name); } catch { /* nothing is kept */ }
}

// Signing out leaves nothing for who sits down next.
export function dropDrafts() {
  secrets.clear();
  try { Object.keys(sessionStorage).filter(key => key.startsWith(prefix)).forEach(key => sessionStorage.removeItem(key)); } catch { /* nothing is kept */ }
}
