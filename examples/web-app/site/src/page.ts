/** What all steps of the page share: showing one of them, saying what went wrong, announcing, being busy. */

import { clock, countdown } from './countdown';
import { type Key, language, t } from './i18n';
import { Refused, refusalOf } from './refusals';

export type StepName = 'opening' | 'start' | 'code' | 'account' | 'broken';

/** What a person can do about a refusal: one button. */
export interface WayOn {
  label: Key;
  act: () => void;
  /** Whether it only stands beside the form's own button, and need not wait as that has to. */
  isAside?: boolean;
}

/** Returns the element of index.html with that id. */
export function byId<Kind extends HTMLElement = HTMLElement>(id: string): Kind {
  return document.getElementById(id) as Kind;
}

/**
 * Shows one step, and takes the focus there, so that a screen reader goes along. Answers to what another asked come to nothing.
 *
 * @param focus what gets it; else the heading, but not when the page has just been opened.
 */
export function showStep(name: StepName, focus?: HTMLElement): void {
  clearRefusal();
  setBusy(null);
  const section = byId(name);
  const isFirst = document.body.dataset.step === 'opening';
  document.body.dataset.step = name;
  for (const each of document.querySelectorAll<HTMLElement>('main > section')) each.hidden = each !== section;
  section.querySelector('.refusal-place')?.append(byId('refusal-box'));
  if (focus || !isFirst) (focus ?? byId(`${name}-title`)).focus();
  nameTab();
}

/** Calls the tab what the step is called. */
export function nameTab(): void {
  document.title = byId(`${document.body.dataset.step}-title`).textContent ?? '';
}

/** Fills in the words that never change within a language. */
export function fillWords(): void {
  for (const each of document.querySelectorAll<HTMLElement>('[data-i18n]')) each.textContent = t(each.dataset.i18n as Key);
}

/** Has a screen reader say something that is there to be seen. */
export function announce(text: string): void {
  byId('announcer').textContent = text;
}

/** Says under a field what is wrong with it, or takes that back (null). */
export function fieldError(input: HTMLElement, text: string | null): void {
  const error = byId(input.getAttribute('aria-describedby')?.split(' ').find((id) => id.endsWith('-error')) ?? '');
  error.textContent = text ?? '';
  error.hidden = text === null;
  if (text === null) input.removeAttribute('aria-invalid');
  else input.setAttribute('aria-invalid', 'true');
}

/** Says it also to who is in the field already, where a screen reader does not read it again. */
export function sayAt(input: HTMLInputElement, text: string): void {
  fieldError(input, text);
  announce(text);
  input.focus();
}

let stopWaiting = (): void => undefined;
let shown: { refused: Refused; way: WayOn | null; until: number } | null = null;

/**
 * Says in plain words what was refused, with the way on beside it. The way opens by itself when `retryAfter` is over.
 *
 * @param way what leads on; null where the form itself is.
 */
export function showRefusal(refused: Refused, way: WayOn | null): void {
  shown = { refused, way, until: Date.now() + (refused.retryAfter ?? 0) * 1000 };
  if (refused.token === 'UNKNOWN' || refused.token === 'NOT_SET_UP') console.error(refused.cause);
  // The form's own button makes room for the way on (style.css): whoever has just pressed it goes along.
  const isReplaced = way !== null && !way.isAside && document.activeElement?.matches('form > .primary');
  renderRefusal();
  if (isReplaced) byId('refusal-action').focus();
}

/** Says it again, in the language that has just been chosen. */
export function renderRefusal(): void {
  if (!shown) return;
  const { refused, way, until } = shown;
  stopWaiting();
  const box = byId('refusal-box');
  const action = byId<HTMLButtonElement>('refusal-action');
  box.hidden = false;
  box.dataset.token = refused.token;
  action.hidden = way === null;
  byId('refusal').textContent = t(`refusal.${refused.token}`);
  const waits = until > Date.now();
  const note = document.createElement('span');
  if (waits) {
    note.textContent = ` ${t('waitFor', { time: inWords(Math.ceil((until - Date.now()) / 1000)) })}`;
    if (way && !way.isAside) note.className = 'visually-hidden'; // that way counts the seconds itself
    byId('refusal').append(note);
  }
  if (!way) return;
  action.className = way.isAside ? 'secondary' : 'primary';
  action.onclick = () => {
    if (action.ariaDisabled === 'true') return;
    clicked = action;
    way.act();
    clicked = null;
  };
  stopWaiting = countdown(way.isAside ? 0 : until, (seconds) => {
    // Not `disabled`: whoever has the focus there would lose it.
    action.ariaDisabled = String(seconds > 0);
    action.textContent = seconds > 0 ? t('waiting', { label: t(way.label), clock: clock(seconds) }) : t(way.label);
    if (!waits || way.isAside || seconds > 0) return;
    note.remove();
    announce(t('nowPossible'));
  });
}

/** Takes the refusal away. */
export function clearRefusal(): void {
  stopWaiting();
  shown = null;
  byId('refusal').textContent = '';
  byId('refusal-box').hidden = byId('refusal-action').hidden = true;
}

/** The button of what is under way. */
let underWay: { busy: HTMLElement } | null = null;
let clicked: HTMLElement | null = null;

/**
 * Asks, with a button that says so, and goes on with the answer or shows what is refused. Meanwhile further clicks do nothing.
 *
 * @param button which one, unless it was the refusal's own: that stays until it is known what came of it.
 * @param goOn not called where another step has come to be shown in the meantime.
 * @param wayOn which way leads on from a refusal; undefined where it has said all itself.
 */
export async function working<Answer>(
  button: HTMLElement,
  ask: () => Promise<Answer>,
  goOn: (answer: Answer) => void,
  wayOn: (refused: Refused) => WayOn | null | undefined,
): Promise<void> {
  if (underWay) return;
  const mine = { busy: clicked ?? button };
  setBusy(mine);
  if (clicked === null) clearRefusal();
  placeRefusal(mine.busy);
  const before = shown;
  let next: () => void;
  try {
    const answer = await ask();
    next = () => {
      goOn(answer);
      if (shown === before) clearRefusal();
    };
  } catch (error) {
    const refused = refusalOf(error);
    next = () => {
      const way = wayOn(refused);
      if (way !== undefined) showRefusal(refused, way);
    };
  }
  if (underWay !== mine) return;
  setBusy(null);
  next();
}

function setBusy(now: typeof underWay): void {
  const busy = (now ?? underWay)?.busy;
  busy?.classList.toggle('busy', now !== null);
  if (now) busy?.closest('form')?.setAttribute('aria-busy', 'true');
  else busy?.closest('form')?.removeAttribute('aria-busy');
  underWay = now;
}

/** Moves the refusal to where the button is, so that it is not out of sight. */
function placeRefusal(button: HTMLElement): void {
  const place = button.closest(':has(> .refusal-place)')?.querySelector('.refusal-place');
  const box = byId('refusal-box');
  if (place && !place.contains(box)) place.append(box);
}

function inWords(seconds: number): string {
  const [value, unit] = seconds < 100 ? [seconds, 'second'] : [Math.ceil(seconds / 60), 'minute'];
  return new Intl.NumberFormat(language(), { style: 'unit', unit, unitDisplay: 'long' }).format(value as number);
}
