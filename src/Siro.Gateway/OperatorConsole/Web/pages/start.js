import { html, useEffect, useState } from '../html.js';
import { get, post, may, session } from '../api.js';
import { href } from '../router.js';
import { Title, Card, Code, Field, Button, Errors, Failed, Text, Loading, useData, useAction, say } from '../ui.js';
import { Qr } from '../qr.js';

const origin = () => new URL('./', document.baseURI).href.replace(/\/$/, '');

export function Start() {
  const me = useData(() => get('v1/me'), []);
  const [language, choose] = useState('curl');
  const lines = code(origin(), rep(me.data));
  const allowed = lines[language].filter(([, , permission]) => !permission || may(permission));
  const rest = lines[language].filter(line => !allowed.includes(line));
  return html`
    <${Title} title="First day" lead=${`What ${session.value.client} can do here, ready to copy. Put the API key into SIRO_GATEWAY_KEY first.`} />
    <${Card} title="First calls" flush><div class="body stack">
      <div class="tabs" role="tablist" aria-label="Language">${Object.keys(lines).map(k => html`<button type="button" role="tab" aria-selected=${k === language ? 'true' : 'false'} onClick=${() => choose(k)}>${k}</button>`)}</div>
      ${allowed.map(([title, text, , note]) => html`<div class="stack tight"><h3>${title}</h3><${Code} text=${text} wide label=${`Copy: ${title}`} />${note && html`<p class="note">${note}</p>`}</div>`)}
      ${rest.length > 0 && html`<div class="notice"><p><strong>The rest needs permissions that you do not have.</strong> An operator gives them at <code>Clients:${session.value.client}:Permissions</code>${session.value.person ? ', and your roles at the identity provider must hold them' : ''}.</p>
        <ul class="stack tight">${rest.map(([title, , permission]) => html`<li><code>${permission}</code>: ${title}</li>`)}</ul></div>`}
      <p class="note">Everything else stands in the <a href="docs">API’s description</a>; what of Siro’s this client may call, among the <a href=${href('operations')}>operations</a>.</p>
    </div></${Card}>
    <div class="grid">
      <${Card} title="You">${me.data ? html`<dl class="pairs">
        <dt>Client</dt><dd><${Text}>${me.data.client}</${Text}></dd><dt>Organization</dt><dd><${Text}>${me.data.organization}</${Text}></dd>
        <dt>Permissions</dt><dd><${Text}>${me.data.permissions.join(', ') || 'none'}</${Text}></dd>
        ${me.data.actingUser && html`<dt>Acts for by default</dt><dd class="mono"><${Text}>${me.data.actingUser}</${Text}></dd>`}
        ${me.data.budget && html`<dt>Budget left</dt><dd>${me.data.budget.organization?.remaining ?? '–'}</dd>`}
      </dl>` : me.error ? html`<${Failed} error=${me.error} retry=${me.reload} />` : html`<${Loading} lines="3" />`}</${Card}>
      ${may('subscriptions:write') && html`<${TestEvent} />`}
    </div>
    ${may('links:read') && html`<${DeepLink} />`}`;
}

function TestEvent() {
  const [sent, setSent] = useState(null);
  const sending = useAction(async () => { const made = await post('v1/events/test'); setSent(made); say('The test event is in the log.'); });
  return html`<${Card} title="A test event"><div class="stack"><p>Where the sandbox runs, this puts a made-up <code>recording.ready</code> into the log and sends it to every subscription that takes it.</p>
    <div class="row"><${Button} busy=${sending.busy} onClick=${sending.start}>Send a test event</${Button}>${sent && html`<a href=${href(['events', sent.id])}>See it</a>`}</div>
    ${sending.error?.code === 'not_a_sandbox' ? html`<div class="notice"><p>This gateway talks to Siro itself, so made-up events are not put into its log. A subscription can be tried by <a href=${href('subscriptions')}>Send a test</a>.</p></div>` : html`<${Errors} error=${sending.error} />`}</div></${Card}>`;
}

function DeepLink() {
  const [form, set] = useState({ title: '', conversationType: '' });
  const [link, setLink] = useState(null);
  const making = useAction(async () => setLink(await get('v1/links/record', { action: 'start', ...form })));
  const change = part => set(f => ({ ...f, ...part }));
  return html`<${Card} title="A link that starts a recording"><div class="grid">
    <form class="stack" onSubmit=${e => { e.preventDefault(); making.start(); }}>
      <${Field} label="Title" id="title"><input id="title" type="text" placeholder="Kitchen, first visit" value=${form.title} onInput=${e => change({ title: e.target.value })} /></${Field}>
      <${Field} label="Conversation type" id="type"><input id="type" type="text" placeholder="The rep’s default" value=${form.conversationType} onInput=${e => change({ conversationType: e.target.value })} /></${Field}>
      <${Errors} error=${making.error} />
      <div class="row"><${Button} kind="primary" type="submit" busy=${making.busy}>Make the link</${Button}></div>
    </form>
    ${link && html`<div class="stack"><${Code} text=${link.webLink} label="Copy the link" /><div class="qr"><${Qr} text=${link.webLink} /></div><p class="note">Scan it with the telephone that has Siro’s app.</p>${link.warnings?.map(w => html`<p class="note"><${Text}>${w.message ?? w}</${Text}></p>`)}</div>`}
  </div></${Card}>`;
}

// Whose recording the line makes: only of a user that Siro knows something follows.
const rep = me => (/^[\w@.+-]+$/.test(me?.actingUser ?? '')
  ? { field: 'userId', value: me.actingUser, note: 'The recording is made for the user that you act for by default. Siro sends its events once it has processed the recording; until then there are none.' }
  : { field: 'userEmail', value: 'REP-EMAIL', note: 'Put the email of one of your reps for REP-EMAIL: Siro processes no recording of somebody else. It sends its events once it has processed the recording; until then there are none.' });

// A title, the lines, the permission that they need (none for what every client may do), and what to know about them.
const code = (at, rep) => ({
  curl: [
    ['Who am I, and what is left of the budget?', `curl -H "X-Api-Key: $SIRO_GATEWAY_KEY" ${at}/v1/me`],
    ['Siro’s own API, with the right token put in', `curl -H "X-Api-Key: $SIRO_GATEWAY_KEY" ${at}/external/v1/core/recordings`, 'external:read'],
    ['A recording into Siro', `curl -H "X-Api-Key: $SIRO_GATEWAY_KEY" -F ${rep.field}=${rep.value} -F title=Visit -F file=@call.mp3 ${at}/v1/uploads`, 'uploads:write', rep.note],
  ],
  'C#': [
    ['Who am I, and what is left of the budget?', `var http = new HttpClient { BaseAddress = new Uri("${at}/") };
http.DefaultRequestHeaders.Add("X-Api-Key", Environment.GetEnvironmentVariable("SIRO_GATEWAY_KEY"));
Console.WriteLine(await http.GetStringAsync("v1/me"));`],
    ['Siro’s own API, with the right token put in', `Console.WriteLine(await http.GetStringAsync("external/v1/core/recordings"));`, 'external:read'],
    ['A recording into Siro', `using var form = new MultipartFormDataContent
{
    { new StringContent("${rep.value}"), "${rep.field}" },
    { new StringContent("Visit"), "title" },
    { new StreamContent(File.OpenRead("call.mp3")), "file", "call.mp3" },
};
using var answer = await http.PostAsync("v1/uploads", form);
Console.WriteLine(await answer.Content.ReadAsStringAsync());`, 'uploads:write', rep.note],
  ],
  Node: [
    ['Who am I, and what is left of the budget?', `const headers = { 'X-Api-Key': process.env.SIRO_GATEWAY_KEY };
console.log(await (await fetch('${at}/v1/me', { headers })).json());`],
    ['Siro’s own API, with the right token put in', `console.log(await (await fetch('${at}/external/v1/core/recordings', { headers })).json());`, 'external:read'],
    ['A recording into Siro', `import { openAsBlob } from 'node:fs';

const form = new FormData();
form.append('${rep.field}', '${rep.value}');
form.append('title', 'Visit');
form.append('file', await openAsBlob('call.mp3'), 'call.mp3');
console.log(await (await fetch('${at}/v1/uploads', { method: 'POST', headers, body: form })).json());`, 'uploads:write', rep.note],
  ],
});
export { useEffect };
