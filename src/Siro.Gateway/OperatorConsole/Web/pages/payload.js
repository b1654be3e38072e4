// A payload as it was delivered. What the indented view adds can't be selected: what is copied, by the button or by hand, is what was
// delivered, and so what the search finds. Nothing is parsed and written again: digits and members stay as they are.
import { html, useMemo, useState, signal } from '../html.js';
import { get, id } from '../api.js';
import { Card, Button, CopyButton, Failed, Loading, useData } from '../ui.js';
import { visible } from '../format.js';

const most = 20000;
const deepest = 40;
const indented = signal(false);

async function read(event) {
  const response = await get(`v1/events/${id(event)}/payload`, undefined, { raw: true, headers: { Accept: '*/*' } });
  const bytes = await response.arrayBuffer();
  try {
    return { bytes, text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes), whole: true };
  } catch {
    return { bytes, text: new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes), whole: false };
  }
}

function isJson(text) {
  try { JSON.parse(text); return true; } catch { return false; }
}

const token = /("(?:[^"\\]|\\[^])*"?)|([{[])|([}\]])|(,)|(:)|(\s+)|([^\s{}[\],:"]+)/g;
const colon = /\s*:/y;

// JSON in its own words, colored; with lines and blanks between them where they are wanted.
function laidOut(text, withLines) {
  const parts = [];
  let depth = 0;
  let breaks = false; // the next word begins a line
  let opened = false; // the word before opened something
  let named = false; // the word before was a member's colon
  let spaced = false; // white space of the payload's own stands between
  const add = blanks => { if (withLines) parts.push(html`<span class="added">${blanks}</span>`); };
  const line = () => add('\n' + '  '.repeat(Math.min(depth, deepest)));
  for (const found of text.matchAll(token)) {
    const [all, string, opens, closes, comma, member, blank, word] = found;
    if (blank) {
      parts.push(all);
      spaced = true;
      continue;
    }

    if (closes) {
      depth--;
      if (!opened) line();
    } else if (breaks) line();
    else if (named && !spaced) add(' ');
    if (string) {
      colon.lastIndex = found.index + all.length;
      parts.push(html`<span class=${colon.test(text) ? 'j-key' : 'j-text'}>${visible(all)}</span>`);
    } else if (word) parts.push(html`<span class="j-word">${visible(all)}</span>`);
    else parts.push(all);
    if (opens) depth++;
    breaks = Boolean(opens || comma);
    [opened, named, spaced] = [Boolean(opens), Boolean(member), false];
  }

  return parts;
}

function save(bytes, name) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([bytes]));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

export function Payload({ event }) {
  const state = useData(() => read(event), [event]);
  const [all, setAll] = useState(false);
  const payload = state.data;
  const json = useMemo(() => Boolean(payload) && isJson(payload.text), [payload]);
  if (!payload) return html`<${Card} title="Payload">${state.error ? html`<${Failed} error=${state.error} retry=${state.reload} />` : html`<${Loading} />`}</${Card}>`;

  // One that has lines of its own needs no others.
  const oneLine = json && !/[\r\n]/.test(payload.text.trim());
  const withLines = oneLine && indented.value;
  const shown = all ? payload.text : payload.text.slice(0, most);
  return html`<${Card} title="Payload" aside=${oneLine ? html`<div class="segments" role="group" aria-label="View of the payload">
      <button type="button" aria-pressed=${!withLines} onClick=${() => { indented.value = false; }}>As delivered</button>
      <button type="button" aria-pressed=${withLines} onClick=${() => { indented.value = true; }}>Indented</button></div>` : html`<span class="note">as delivered</span>`}>
    <div class="stack">
      ${!payload.whole && html`<div class="notice warn" role="status"><p><strong>The payload is not valid UTF-8.</strong> \ufffd stands where its bytes are no text. It was delivered with the bytes as they came: save them to see them.</p>
        <div class="row"><${Button} kind="small" onClick=${() => save(payload.bytes, `${event}.payload`)}>Save the bytes</${Button}></div></div>`}
      ${!json && html`<p class="note">The payload is not valid JSON.</p>`}
      <div class="code"><pre tabIndex="0" aria-label="Payload"><code dir="ltr">${json && (withLines || shown.length <= most) ? laidOut(shown, withLines) : visible(shown)}</code></pre>
        <${CopyButton} text=${payload.text} label="Copy payload" />
        ${payload.text.length > shown.length && html`<p class="row note"><span>The first ${most} of ${payload.text.length} characters.</span><${Button} kind="small" onClick=${() => setAll(true)}>Show all</${Button}></p>`}
      </div>
    </div></${Card}>`;
}
