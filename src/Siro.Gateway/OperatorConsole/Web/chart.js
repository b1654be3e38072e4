// A chart: uPlot, loaded when the first one is shown. Who can't see it gets the same numbers as words.
import { html, useEffect, useRef, useState } from './html.js';
import { decimal, moment, plural } from './format.js';

let library = null;
const load = () => (library ??= new Promise((done, failed) => {
  const sheet = document.createElement('link');
  sheet.rel = 'stylesheet';
  sheet.href = new URL('./lib/uplot.css', import.meta.url);
  sheet.onload = () => import('./lib/uplot.js').then(m => done(m.default), failed);
  sheet.onerror = () => failed(new Error('The chart could not be loaded.'));
  document.head.append(sheet);
}));

// No finer than what a label tells apart: minutes, and as many digits as the steps between lines have.
const minutes = [1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720, 1440].map(m => m * 60);
const clock = seconds => {
  const date = new Date(seconds * 1000);
  const midnight = date.getHours() === 0 && date.getMinutes() === 0;
  return date.toLocaleString(undefined, midnight ? { day: 'numeric', month: 'short' } : { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
};
const digits = step => Math.min(6, (String(step).split('.')[1] ?? '').length);

// One call in a minute is not none a second.
const figure = v => (v && Math.abs(v) < 1 ? v.toLocaleString('en', { maximumSignificantDigits: 2 }) : decimal(v));

// One name has one color on every page: what is known, a color of its own, and clients the one that they got first.
const known = { delivered: 1, 'events in': 4, 'failed attempts': 5, '2xx': 1, '3xx': 4, '4xx': 3, '5xx': 5, 'no answer': 2, '1xx': 6, p50: 1, p95: 3, p99: 5, 'average answer': 4, others: 6 };
const given = new Map();
export function colors(names) {
  const of = name => known[name] ?? given.get(name);
  const used = new Set();
  const out = new Map();
  // Two clients that met nowhere before may have the same: the later one takes another here.
  for (const name of names.filter(of)) if (!used.has(of(name))) { used.add(of(name)); out.set(name, of(name)); }
  for (const name of names.filter(n => !out.has(n))) {
    const free = [1, 2, 3, 4, 5, 6].filter(n => !used.has(n));
    const fresh = free.find(n => ![...given.values()].includes(n)) ?? free[0] ?? 6;
    if (!of(name)) given.set(name, fresh);
    used.add(fresh);
    out.set(name, fresh);
  }

  return names.map(name => out.get(name));
}

const color = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export function Chart({ times, series, label, stacked }) {
  const box = useRef(null);
  const plot = useRef(null);
  const [error, setError] = useState(null);
  const names = Object.keys(series);
  const shade = colors(names);
  const empty = names.length === 0 || names.every(n => series[n].every(v => !v));
  useEffect(() => {
    if (empty) return undefined;
    let gone = false;
    let observer;
    const draw = uPlot => {
      // The chart's place can be gone before its effect is told: the library and a new theme arrive when they like.
      if (gone || !box.current) return;
      plot.current?.destroy();
      const data = [times.map(t => Date.parse(t) / 1000)];
      const sums = times.map(() => 0);
      for (const name of names) data.push(series[name].map((v, i) => (v === null ? null : stacked ? (sums[i] += v) : v)));
      const axis = { stroke: color('--quiet'), grid: { stroke: color('--line'), width: 1 }, ticks: { show: false }, font: '12px system-ui, sans-serif' };
      plot.current = new uPlot({
        width: box.current.clientWidth,
        height: 170,
        padding: [8, 20, 0, 0],
        cursor: { y: false, points: { size: 6 } },
        legend: { show: false },
        scales: { y: { range: (u, low, high) => [0, Math.max(high * 1.08, 1)] } },
        axes: [{ ...axis, size: 26, incrs: minutes, space: 64, values: (u, at) => at.map((s, i) => (i === 0 && at.at(-1) - s === 86400 ? '' : clock(s))) }, { ...axis, size: 46, values: (u, at, axis, space, step) => at.map(v => v.toLocaleString('en', { maximumFractionDigits: digits(step) })) }],
        series: [{}, ...names.map((n, i) => ({ label: n, stroke: color(`--c${shade[i]}`), width: 1.8, points: { show: (u, s, from, to) => { const v = u.data[s]; let n = 0; for (let j = 0; j < v.length && n < 2; j++) if (v[j] !== null) n++; return n === 1; }, size: 6 }, fill: stacked ? color(`--c${shade[i]}`) + '22' : undefined, spanGaps: true }))],
        hooks: { setCursor: [u => setAt(u.cursor.idx)] },
      }, data, box.current);
    };
    const [setAt] = [i => { if (!gone) setHover(i); }];
    load().then(uPlot => {
      if (gone || !box.current) return;
      draw(uPlot);
      let width = box.current.clientWidth;
      observer = new ResizeObserver(() => {
        if (box.current && box.current.clientWidth !== width) {
          width = box.current.clientWidth;
          plot.current?.setSize({ width, height: 170 });
        }
      });
      observer.observe(box.current);
    }, setError);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    const redraw = () => load().then(draw, () => {});
    scheme.addEventListener('change', redraw);
    return () => { gone = true; observer?.disconnect(); scheme.removeEventListener('change', redraw); plot.current?.destroy(); plot.current = null; };
  }, [JSON.stringify(series), times[0], stacked]);
  const [hover, setHover] = useState(null);
  if (error) return html`<p class="note">${error.message}</p>`;
  if (empty) return html`<p class="note blank">Nothing was counted in this time.</p>`;
  const at = hover ?? times.length - 1;
  return html`<figure class="chart">
    <div class="plot" ref=${box} role="img" aria-label=${`${label}. ${names.map(n => `${n}: now ${figure(series[n].at(-1))}, at most ${figure(Math.max(...series[n].map(v => v ?? 0)))}`).join('; ')}`}></div>
    <figcaption class="legend"><span>${moment(times[at])}</span>${names.map((n, i) => html`<span><i class=${`k${shade[i]}`}></i><bdi>${n}</bdi> ${figure(series[n][at])}</span>`)}</figcaption>
  </figure>`;
}
export { plural };
