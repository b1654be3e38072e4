import { html, useState, useEffect, useRef } from '../html.js';
import { ended, signIn, signInBy } from '../api.js';
import { useAction, Button } from '../ui.js';
import { Mark } from '../mark.js';
import { duration } from '../format.js';

const refusals = {
  unknown_client: 'The identity provider knows you, but no client of this gateway fits your sign-in. Ask its operator.',
  too_many_attempts: 'There were too many attempts. Wait a few minutes, then try again.',
  store_unavailable: 'The store does not answer, and sessions are kept there. Try again.',
  provider_unavailable: 'The identity provider does not answer now. Sign in by key, or try again.',
};

export function SignIn() {
  const [key, setKey] = useState('');
  const provider = signInBy.value;
  const field = useRef(null);
  const action = useAction(async () => { await signIn(key.trim()); });
  useEffect(() => {
    field.current?.focus();
  }, []);
  const refused = new URLSearchParams(location.search).get('refused');
  const insecure = !window.isSecureContext;
  const error = action.error;
  const text = !error ? null
    : error.code === 'too_many_attempts' ? `Too many attempts. Try again in ${duration(error.retryAfter ?? 60)}.`
    : error.code === 'unknown_api_key' ? 'No client has this key. Check that it was copied whole.'
    : error.message;
  return html`
    <main class="sign" id="main" tabIndex="-1"><div class="card">
      <div class="stack tight">
        <span class="brand"><${Mark} /> Siro.Gateway</span>
        <h1>Sign in</h1>
        ${ended.value ? html`<p class="note" role="status">The session has ended. After signing in you are back where you were.</p>` : html`<p class="note">The console shows what your client may see, and offers what it may do.</p>`}
      </div>
      ${insecure && html`<div class="notice warn" role="alert"><p><strong>This address is not secure.</strong> A session needs https, or localhost. Open the console by its https address.</p></div>`}
      ${refused && html`<div class="notice bad" role="alert"><p>${refusals[refused] ?? 'The sign-in at the identity provider did not succeed. Try again.'}</p></div>`}
      <form onSubmit=${e => { e.preventDefault(); action.start(); }}>
        <input type="text" name="username" autocomplete="username" value="siro-gateway" hidden readOnly />
        <div class="field"><label for="key">API key</label>
          <input id="key" name="password" type="password" ref=${field} autocomplete="current-password" spellcheck=${false} placeholder="sgw_…" value=${key} aria-invalid=${text ? 'true' : undefined} aria-describedby=${text ? 'key-error' : undefined} onInput=${e => setKey(e.target.value)} />
          ${text && html`<p class="wrong" id="key-error" role="alert">${text}</p>`}
        </div>
        <${Button} kind="primary" type="submit" busy=${action.busy} disabled=${key.trim() === '' || action.busy}>${action.busy ? 'Signing in…' : 'Sign in'}</${Button}>
      </form>
      ${provider && html`<div class="or">or</div><a class="button" href=${`console/sign-in/begin?return=${encodeURIComponent(location.hash)}`}>Sign in with ${provider}</a>`}
      <p class="note">No key yet? An operator makes one with <code>siro-gateway api-key create</code>.</p>
    </div></main>`;
}
