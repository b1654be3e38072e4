// Numbers, times and foreign text, made readable.
const whole = new Intl.NumberFormat('en');
const one = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

export const count = n => (n === null || n === undefined ? '–' : whole.format(n));
export const plural = (n, word, words = word + 's') => `${count(n)} ${n === 1 ? word : words}`;
export const decimal = n => (n === null || n === undefined || Number.isNaN(n) ? '–' : one.format(n));

export function bytes(n) {
  if (n === null || n === undefined) return '–';
  if (n < 1000) return `${n} B`;
  if (n < 1e6) return `${one.format(n / 1e3)} kB`;
  return n < 1e9 ? `${one.format(n / 1e6)} MB` : `${one.format(n / 1e9)} GB`;
}

export function milliseconds(n) {
  if (n === null || n === undefined) return '–';
  if (n < 1) return `${one.format(n)} ms`;
  if (n < 1000) return `${Math.round(n)} ms`;
  return n < 60000 ? `${one.format(n / 1000)} s` : duration(n / 1000);
}

export function duration(seconds) {
  if (seconds === null || seconds === undefined) return '–';
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ${Math.floor(s / 60) % 60} min`;
  return `${Math.floor(s / 86400)} d ${Math.floor(s / 3600) % 24} h`;
}

// Seconds of a time as the API writes it: 1.02:03:04, days before the point.
export function seconds(text) {
  const [, days = 0, h, m, s] = /^(?:(\d+)\.)?(\d+):(\d+):(\d+(?:\.\d+)?)$/.exec(text) ?? [];
  return h === undefined ? null : Number(days) * 86400 + Number(h) * 3600 + Number(m) * 60 + Number(s);
}

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const long = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23' });

export const utc = time => new Date(time).toISOString().replace('T', ' ').replace(/\.(\d{3})\d*Z|Z$/, (_, ms) => (ms ? `.${ms}` : '') + ' UTC');
export const moment = time => {
  const date = new Date(time);
  return date.toDateString() === new Date().toDateString() ? clock.format(date) : day.format(date);
};
export const exactly = time => long.format(new Date(time));

export function ago(time, now = Date.now()) {
  const seconds = (now - new Date(time).getTime()) / 1000;
  if (seconds < -5) return `in ${duration(-seconds)}`;
  if (seconds < 5) return 'now';
  return `${duration(seconds)} ago`;
}

// Of what is to come: once its moment is past, it is due, and no longer in so many seconds.
export function ahead(time, now = Date.now()) {
  const seconds = (new Date(time).getTime() - now) / 1000;
  return seconds < 1 ? 'now' : `in ${duration(seconds)}`;
}

// Marks that change the direction of what follows, and control characters, are shown as what they are.
const hidden = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;
export const visible = text => String(text ?? '').replace(hidden, c => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0'));

export function shorten(text, most) {
  const shown = visible(text);
  return shown.length <= most ? shown : shown.slice(0, most - 1) + '…';
}
