// Where the reader is: #/events?type=recording.ready. The page itself has one address, so it works behind any prefix, and what is
// looked for stays out of access logs.
import { signal, computed } from './html.js';

const parse = () => {
  const raw = location.hash.replace(/^#\/?/, '');
  const [path, query = ''] = raw.split('?');
  return { parts: path.split('/').filter(Boolean).map(safeDecode), query: Object.fromEntries(new URLSearchParams(query)) };
};

function safeDecode(text) {
  try { return decodeURIComponent(text); } catch { return text; }
}

export const route = signal(parse());
export const page = computed(() => route.value.parts[0] ?? 'overview');
addEventListener('hashchange', () => {
  const before = page.value + '/' + route.value.parts.slice(1).join('/');
  route.value = parse();
  if (before !== page.value + '/' + route.value.parts.slice(1).join('/')) {
    scrollTo(0, 0);
    // Who reads by ear or by keyboard goes on at the new page's beginning.
    requestAnimationFrame(() => document.querySelector('main')?.focus({ preventScroll: true }));
  }
});

export function href(parts, query = {}) {
  const path = (Array.isArray(parts) ? parts : [parts]).map(encodeURIComponent).join('/');
  const text = new URLSearchParams(Object.entries(query).filter(([, v]) => v !== undefined && v !== null && v !== '')).toString();
  return '#/' + path + (text ? '?' + text : '');
}

export const go = (parts, query) => { location.hash = href(parts, query); };

// Filters change the address: the back button undoes them, a copied link has them.
export function setQuery(changes, { replace = false } = {}) {
  // The address itself, and not what was made of it: two changes in one moment both hold.
  const now = parse();
  const next = href(now.parts.length ? now.parts : ['overview'], { ...now.query, ...changes });
  if (next === location.hash) return;
  if (replace) {
    history.replaceState(null, '', next);
    route.value = parse();
  } else {
    location.hash = next;
  }
}
