import { html } from './html.js';

export const Mark = () => html`<svg viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" rx="8" fill="#0f6f68" /><path d="M7 11h11a4 4 0 0 1 0 8H7m18-8h-3m3 8h-3" fill="none" stroke="#fff" stroke-width="2.6" stroke-linecap="round" /></svg>`;
