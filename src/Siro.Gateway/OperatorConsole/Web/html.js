// What every module needs of the libraries, in one place.
import { h } from './lib/preact.js';
import htm from './lib/htm.js';

export { Fragment, render, createContext } from './lib/preact.js';
export { useState, useEffect, useRef, useMemo, useCallback, useLayoutEffect } from './lib/hooks.js';
export { signal, computed, effect, batch } from './lib/signals.js';
export const html = htm.bind(h);
