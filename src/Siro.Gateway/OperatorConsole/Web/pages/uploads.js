import { html, useEffect, useLayoutEffect, useRef, useState } from '../html.js';
import { get, post, call, id, may, slow } from '../api.js';
import { route, href, setQuery, go } from '../router.js';
import { changes } from '../live.js';
import { Title, Card, Table, Time, States, Text, Badge, Button, Failed, Loading, Empty, Field, Errors, Json, Meter, useData, useChanges, useAction, attempt, confirmed, say } from '../ui.js';
import { bytes, plural } from '../format.js';
import { usePages } from './deliveries.js';

const states = ['received', 'signed', 'stored', 'creating', 'created', 'failed', 'uncertain', 'bytes_expired'];

export function Uploads() {
  const { query } = route.value;
  const found = usePages(cursor => get('v1/uploads', { status: query.status, cursor, limit: 50 }), query);
  useChanges(changes.value.uploads, () => { if (found.rows.length <= 60 && !found.loading) found.again(); });
  return html`
    <${Title} title="Uploads" lead="Recordings on their way into Siro." />
    <${Drop} done=${found.again} />
    <div class="filters"><${Field} label="State" id="status"><select id="status" data-search value=${query.status ?? ''} onChange=${e => setQuery({ status: e.target.value })}><option value="">Any</option>${states.map(s => html`<option value=${s}>${s.replace('_', ' ')}</option>`)}</select></${Field}>
      ${query.status && html`<a class="button plain" href=${href('uploads')}>Clear</a>`}</div>
    <${States} names=${states} />
    <${Card} flush>
      ${found.error && found.rows.length === 0 ? html`<${Failed} error=${found.error} retry=${found.again} />` : found.loading && found.rows.length === 0 ? html`<${Loading} lines="6" />`
        : html`<${Table} caption="Uploads" rows=${found.rows} keyOf=${u => u.id} columns=${[
          { name: 'Recording', cell: u => html`<a href=${href(['uploads', u.id])}><${Text}>${u.metadata?.title || u.fileName || u.id}</${Text}></a><span class="sub mono"><${Text}>${u.recordingId ?? u.id}</${Text}></span>` },
          { name: 'State', cell: u => html`<${Badge} state=${u.status} />${u.errors.length > 0 && u.status !== 'created' ? html`<span class="sub"><${Text}>${u.errors.at(-1).detail}</${Text}></span>` : ''}` },
          { name: 'Size', class: 'num', cell: u => html`${bytes(u.bytes)}${u.percent < 100 ? html`<span class="sub">${u.percent} % stored</span>` : ''}` },
          { name: 'Client', cell: u => html`<${Text}>${u.client}</${Text}>` },
          { name: 'Changed', class: 'when', cell: u => html`<${Time} at=${u.updatedAt} />` },
        ]} empty=${query.status ? html`<${Empty} title="No upload is in this state"><p><a href=${href('uploads')}>All uploads</a></p></${Empty}>` : html`<${Empty} title="No uploads yet"><p>Drop a recording above, or send one by <code>POST /v1/uploads</code>. <a href=${href('start')}>First day</a> has the line to copy.</p></${Empty}>`} />
        ${found.rows.length > 0 && html`<div class="foot"><span>${plural(found.rows.length, 'upload')}</span>${found.cursor ? html`<${Button} kind="small" busy=${found.loading} onClick=${found.more}>Older</${Button}>` : html`<span>That is all</span>`}</div>`}`}
    </${Card}>`;
}

const ofRep = e => e.field.startsWith('user');

// What the gateway would refuse is said before the file is sent, in the words of this form.
const wrongOf = (file, rep) => ({
  file: file.size === 0 ? 'This file is empty. Choose one with a recording in it.' : null,
  rep: rep.trim() ? null : 'Enter the rep’s email or Siro id: Siro processes no recording without one.',
});

// Files and who spoke: each is sent as any application would send it, with its progress, one after the other.
function Drop({ done }) {
  const [files, setFiles] = useState([]);
  const now = useRef(files);
  now.current = files;
  const several = useRef(false);
  const file = files[0];
  const [over, setOver] = useState(false);
  const [sent, setSent] = useState(0);
  const [rep, setRep] = useState('');
  const [title, setTitle] = useState('');
  const [checked, setChecked] = useState(false);
  const input = useRef(null);
  const sending = useAction(() => new Promise((resolve, reject) => {
    // fetch tells nothing of what has been sent.
    const request = new XMLHttpRequest();
    request.open('POST', new URL('v1/uploads', new URL('./', document.baseURI)));
    request.setRequestHeader('Siro-Console', '1');
    request.setRequestHeader('Accept', 'application/json');
    let watch;
    const expect = within => {
      clearTimeout(watch);
      watch = setTimeout(() => { request.abort(); reject(new Error('The gateway does not answer. Try again: the same file is recognized.')); }, within * 1000);
    };
    request.upload.onprogress = e => { expect(60); setSent(e.total ? e.loaded / e.total : 0); };
    // Siro is given a minute before the gateway answers without it.
    request.upload.onload = () => expect(180);
    request.onloadend = () => clearTimeout(watch);
    request.onerror = () => reject(new Error('The connection broke off. Try again: the same file is recognized.'));
    request.onload = () => {
      let answer = {};
      try { answer = JSON.parse(request.responseText); } catch { /* no JSON: the status says enough */ }
      if (request.status < 300) resolve(answer);
      else reject(Object.assign(new Error(answer.detail ?? `The gateway answered ${request.status}.`), { code: answer.code, errors: answer.errors ?? [] }));
    };
    const form = new FormData();
    if (rep.trim()) form.append(rep.includes('@') ? 'userEmail' : 'userId', rep.trim());
    if (title.trim()) form.append('title', title.trim());
    form.append('file', file);
    setSent(0);
    expect(60);
    request.send(form);
  }));
  useLayoutEffect(() => setTitle(file ? file.name.replace(/\.[^.]+$/, '') : ''), [file]);
  const next = () => { sending.clear(); setChecked(false); setFiles(f => f.slice(1)); };
  const wrong = file && checked ? wrongOf(file, rep) : {};
  const start = async () => {
    const found = wrongOf(file, rep);
    setChecked(true);
    sending.clear();
    if (found.file || found.rep) return;
    const answer = await sending.start();
    if (answer) {
      const alone = !several.current && now.current.length === 1;
      next();
      say(answer.recordingId ? 'The recording is in Siro.' : 'The bytes are stored; the rest goes on by itself.');
      done();
      if (answer.id && alone) go(['uploads', answer.id]);
    }
  };
  const take = given => {
    const all = [...now.current, ...given];
    several.current = all.length > 1 || (several.current && now.current.length > 0);
    setFiles(all);
    input.current.value = '';
  };
  const errors = sending.error?.errors ?? [];

  // What a field says beside itself is not said again below.
  const rest = sending.error && (errors.length === 0 || !errors.every(ofRep)) ? { message: sending.error.message, errors: errors.filter(e => !ofRep(e)) } : null;
  return html`<div class=${over ? 'drop over' : 'drop'} onDragOver=${e => { e.preventDefault(); setOver(true); }} onDragLeave=${() => setOver(false)} onDrop=${e => { e.preventDefault(); setOver(false); take(e.dataTransfer.files); }}>
    <input ref=${input} id="file" type="file" multiple accept=".mp3,.aac,.adts,.wav,.wave,audio/mpeg,audio/aac,audio/wav" class="visually-hidden" tabIndex="-1" aria-label="Recording" onChange=${e => take(e.target.files)} />
    ${!file ? html`<span>Drop recordings here (MP3, AAC or WAV) to upload them, or</span><${Button} onClick=${() => input.current.click()}>Choose files</${Button}>`
      : html`<strong><${Text}>${file.name}</${Text}></strong><span>${bytes(file.size)}</span>
        ${files.length > 1 && html`<p class="note">${plural(files.length - 1, 'more file')} after this one: <${Text}>${files.slice(1, 6).map(f => f.name).join(', ') + (files.length > 6 ? ' …' : '')}</${Text}></p>`}
        <div class="filters">
          <${Field} label="Rep (email or Siro id)" id="rep" wide hint="Siro processes no recording without one." error=${wrong.rep ?? errors.find(ofRep)?.message}><input id="rep" type="text" placeholder="rep@example.com" value=${rep} onInput=${e => setRep(e.target.value)} /></${Field}>
          <${Field} label="Title" id="title" wide><input id="title" type="text" value=${title} onInput=${e => setTitle(e.target.value)} /></${Field}></div>
        ${sending.busy && html`<${Meter} label="Sent" part=${sent} />`}
        ${wrong.file && html`<div class="notice bad" role="alert"><p><strong>${wrong.file}</strong></p></div>`}
        <${Errors} error=${rest} />
        <div class="row"><${Button} onClick=${next} disabled=${sending.busy}>Not this one</${Button}><${Button} kind="primary" busy=${sending.busy} onClick=${start}>${sending.busy ? `Sending, ${Math.round(sent * 100)} %` : 'Upload'}</${Button}></div>`}
  </div>`;
}

const order = ['received', 'signed', 'stored', 'creating', 'created'];
const told = {
  received: ['Received', 'The whole file is here and is audio.'], signed: ['Address signed', 'Siro gave an address to put it to.'],
  stored: ['Bytes stored', 'They are at Siro’s storage: any replica can finish it.'], creating: ['Creating', 'Siro is asked to make the recording.'], created: ['Created', 'Siro said the recording’s id.'],
};

export function UploadDetail() {
  const upload = route.value.parts[1];
  const state = useData(() => get(`v1/uploads/${id(upload)}`), [upload]);
  useChanges(changes.value.uploads, state.reload);
  const u = state.data;
  const under = u && !['created', 'failed', 'uncertain', 'bytes_expired'].includes(u.status);
  useEffect(() => {
    if (!under) return undefined;
    const timer = setInterval(state.reload, 1000);
    return () => clearInterval(timer);
  }, [under]);
  const crumb = html`<a href=${href('uploads')}>Uploads</a>`;
  if (!u) return html`<${Title} title="Upload" crumb=${crumb} /><${Card} flush>${state.error ? state.error.status === 404 ? html`<${Empty} title="There is no such upload"><p>Or it is another client's.</p></${Empty}>` : html`<${Failed} error=${state.error} retry=${state.reload} />` : html`<${Loading} />`}</${Card}>`;
  const again = async () => {
    if (u.status === 'uncertain' && !await confirmed('Create it again?', 'Siro did not say whether it made the recording. If it did, there will be two.', 'Create again')) return;
    await attempt(() => post(`v1/uploads/${id(upload)}/retry`, undefined, slow), 'It goes on.');
    state.reload();
  };
  const reached = order.indexOf(u.status) >= 0 ? order.indexOf(u.status) : u.bytesStored === u.bytes ? 3 : 0;
  return html`
    <${Title} title=${html`<${Text}>${u.metadata?.title || u.fileName || 'Upload'}</${Text}>`} crumb=${crumb}>
      ${u.retryable && html`<${Button} kind="primary" onClick=${again}>${u.status === 'uncertain' ? 'Create again' : 'Retry'}</${Button}>`}
    </${Title}>
    ${u.status === 'uncertain' && html`<div class="notice warn" role="status"><p><strong>Siro may have made the recording, or not.</strong> Look at what may be it before you create it again.</p>
      ${u.likelyMatches?.length > 0 ? html`<ul class="stack tight">${u.likelyMatches.map(m => html`<li class="mono"><${Text}>${m.id ?? m.recordingId ?? JSON.stringify(m)}</${Text}></li>`)}</ul>` : html`<p>No recording of the organization looks like it.</p>`}</div>`}
    <div class="grid">
      <${Card} title="Steps"><ol class="timeline">${order.map((s, i) => {
        const done = i < reached || u.status === 'created' || (i === reached && u.status === s);
        const here = i === reached && u.status !== 'created';
        const failed = here && ['failed', 'uncertain', 'bytes_expired'].includes(u.status);
        return html`<li class=${failed ? (u.status === 'uncertain' ? 'warn' : 'bad') : done ? (here ? 'info' : 'good') : ''}><div><div class="row"><strong>${told[s][0]}</strong>${u.stepTimes?.[s] && (done || here) ? html`<span class="note"><${Time} at=${u.stepTimes[s]} /></span>` : here ? html`<span class="note"><${Time} at=${u.updatedAt} /></span>` : ''}</div>
          <span class="note">${told[s][1]}</span>${s === 'stored' && u.bytesStored > 0 && u.percent < 100 ? html`<${Meter} label="Stored" part=${u.percent / 100} />` : ''}
          ${failed && html`<div class="row"><${Badge} state=${u.status} /></div>`}</div></li>`;
      })}</ol></${Card}>
      <${Card} title="Upload"><dl class="pairs">
        <dt>State</dt><dd><${Badge} state=${u.status} /></dd>
        <dt>Id</dt><dd class="mono">${u.id}</dd>
        ${u.recordingId && html`<dt>Recording</dt><dd><a class="mono" href=${href('events', { recordingId: u.recordingId })}><${Text}>${u.recordingId}</${Text}></a></dd>`}
        <dt>File</dt><dd><${Text}>${u.fileName ?? '–'}</${Text}>, ${u.fileType}, ${bytes(u.bytes)}</dd>
        <dt>SHA-256</dt><dd class="mono">${u.sha256}</dd>
        <dt>Client</dt><dd><${Text}>${u.client}</${Text}> for <span class="mono"><${Text}>${u.actingUser}</${Text}></span></dd>
        <dt>Tries</dt><dd>${u.attempts}</dd>
        <dt>Received</dt><dd><${Time} at=${u.createdAt} /></dd>
        <dt>Changed</dt><dd><${Time} at=${u.updatedAt} /></dd>
      </dl></${Card}>
    </div>
    ${u.errors.length > 0 && html`<${Card} title="What went wrong"><ul class="stack">${[...u.errors].reverse().map(e => html`<li class="stack tight"><div class="row"><strong><${Text}>${e.detail}</${Text}></strong></div><span class="note mono">${e.code}${e.siroStatus ? `, Siro answered ${e.siroStatus}` : ''}</span>${e.siro ? html`<${Json} value=${e.siro} label="Siro's answer" />` : ''}</li>`)}</ul></${Card}>`}
    ${u.warnings.length > 0 && html`<${Card} title="Warnings"><ul class="stack tight">${u.warnings.map(w => html`<li><${Text}>${w.message ?? w.detail ?? JSON.stringify(w)}</${Text}></li>`)}</ul></${Card}>`}
    ${u.metadata && html`<${Card} title="Metadata"><${Json} value=${u.metadata} label="Metadata" /></${Card}>`}`;
}
export { may, call };
