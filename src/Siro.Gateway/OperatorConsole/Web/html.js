// What every module needs of the libraries, in one place.
import { h } from './lib/preact.js';
import htm from './lib/htm.js';
import { visible } from './format.js';

export { Fragment, render, createContext } from './lib/preact.js';
export { useState, useEffect, useRef, useMemo, useCallback, useLayoutEffect } from './lib/hooks.js';
export { signal, computed, effect, batch } from './lib/signals.js';

// Whatever text a page shows passes here: no name, type or answer of somebody else's can turn the writing around it or hide a part of itself.
const shown = child => (typeof child === 'string' ? visible(child) : Array.isArray(child) ? child.map(shown) : child);
const said = ['title', 'aria-label', 'placeholder', 'data-label'];
const saying = props => (said.some(name => typeof props[name] === 'string')
  ? { ...props, ...Object.fromEntries(said.filter(name => typeof props[name] === 'string').map(name => [name, visible(props[name])])) } : props);
export const html = htm.bind((type, props, ...children) => h(type, typeof type === 'string' && props ? saying(props) : props, ...children.map(shown)));
