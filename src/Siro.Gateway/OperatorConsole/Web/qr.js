// A code to scan, drawn as one path; its encoder is loaded when the first one is shown.
import { html, useEffect, useState } from './html.js';

export function Qr({ text }) {
  const [path, setPath] = useState(null);
  useEffect(() => {
    let gone = false;
    import('./lib/qrcode.js').then(({ default: make }) => {
      if (gone) return;
      const code = make(0, 'M');
      code.addData(text, 'Byte');
      code.make();
      const n = code.getModuleCount();
      let d = '';
      for (let y = 0; y < n; y++) for (let x = 0; x < n; x++) if (code.isDark(y, x)) d += `M${x} ${y}h1v1h-1z`;
      setPath({ d, n });
    });
    return () => { gone = true; };
  }, [text]);
  if (!path) return html`<svg viewBox="0 0 1 1"></svg>`;
  return html`<svg viewBox=${`0 0 ${path.n} ${path.n}`} role="img" aria-label="The link as a code to scan" shape-rendering="crispEdges"><path d=${path.d} fill="#000" /></svg>`;
}
