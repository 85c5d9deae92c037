/**
 * What this browser keeps, for each app client: what is being typed, what waits for a code, who is signed in. Signing out
 * forgets it all. Never a code or a password.
 */

import type { Person, Step } from './auth';
import type { Identifier } from './config';

/** Somebody has asked for a code. */
export interface Entered {
  person: Person;
  step: Step;
  /** When the step arrived, in milliseconds since 1970. */
  at: number;
  /** Number or address as it was typed; '' where only a name was. */
  address: string;
  /** Whether the account was made just now: it has no other channel yet. */
  isNew: boolean;
  /** Whether another channel than the first was wished for, which the account may not have. */
  hasSwitched: boolean;
}

/** A sign-in that waits for something to be typed. */
export type Progress = Entered & { step: Exclude<Step, { kind: 'signedIn' }> };

/** What stands in the fields of the first step. */
export interface Draft {
  contact: Identifier;
  country: string;
  phone: string;
  email: string;
  username: string;
}

/** A number or an address that waits for the code which proves it. */
export interface Adding {
  /** Whose it will be. */
  sub: unknown;
  identifier: Identifier;
  value: string;
}

type Name = 'progress' | 'draft' | 'adding' | 'known';

const LANGUAGE = 'sign-in.language';

let client = '';

/** Call once, before anything but the language: what belongs to another pool is none of this one's. */
export function openFor(userPoolClientId: string): void {
  client = userPoolClientId;
}

/** Keeps a sign-in over a reload of this tab. */
export function keepProgress(progress: Progress | null): void {
  if (progress === null) return write(sessionStorage, keyOf('progress'), null);
  const { password: _, ...person } = progress.person;
  write(sessionStorage, keyOf('progress'), JSON.stringify({ ...progress, person }));
}

export function progress(): Progress | null {
  const kept = parse<Progress>('progress', PROGRESS);
  return kept && matches(kept.step, STEPS[kept.step.kind]) ? kept : null;
}

/** Keeps what is being typed over a reload of this tab. */
export function keepDraft(draft: Draft): void {
  write(sessionStorage, keyOf('draft'), JSON.stringify(draft));
}

export function draft(): Draft | null {
  return parse('draft', DRAFT);
}

/** Keeps what is being added over a reload of this tab: a phone drops it while the person reads the mail. */
export function keepAdding(adding: Adding | null): void {
  write(sessionStorage, keyOf('adding'), adding && JSON.stringify(adding));
}

export function adding(): Adding | null {
  return parse('adding', ADDING);
}

/** Keeps who is signed in: should their tokens be worth nothing the next time, the page can say so and fill them in. */
export function keepKnown(username: string | null): void {
  write(localStorage, keyOf('known'), username);
}

export function known(): string | null {
  return read(localStorage, keyOf('known'));
}

/** Calls `act` when somebody signs in or out in another tab. */
export function whenKnownChanges(act: () => void): void {
  addEventListener('storage', ({ key }) => {
    if (key === keyOf('known') || key === null) act();
  });
}

/** Forgets all but the language: who uses this browser next is somebody else. */
export function forget(): void {
  for (const name of ['progress', 'draft', 'adding'] as const) write(sessionStorage, keyOf(name), null);
  keepKnown(null);
}

export function keepLanguage(language: string): void {
  write(localStorage, LANGUAGE, language);
}

export function language(): string | null {
  return read(localStorage, LANGUAGE);
}

function keyOf(name: Name): string {
  return `sign-in.${client}.${name}`;
}

// What an older page kept may look otherwise: it is dropped, unless it has everything that these have.

const DRAFT: Draft = { contact: 'email', country: '', phone: '', email: '', username: '' };
const ADDING: Adding = { sub: '', identifier: 'email', value: '' };
const DELIVERED = { medium: '', destination: '' };
const COUNTS = { length: 0, expiresIn: 0, resendIn: 0, resendsLeft: 0, attemptsLeft: 0 };
const STEPS = { code: { ...DELIVERED, ...COUNTS }, oneTimePassword: DELIVERED, confirmSignUp: DELIVERED, newPassword: {} };
const PROGRESS = {
  person: { username: '', contact: '' },
  step: { kind: '' },
  at: 0,
  address: '',
  isNew: false,
  hasSwitched: false,
};

function parse<Kept>(name: Name, example: object): Kept | null {
  try {
    const kept: unknown = JSON.parse(read(sessionStorage, keyOf(name)) ?? 'null');
    return matches(kept, example) ? (kept as Kept) : null;
  } catch {
    return null;
  }
}

/** Whether a value has all that the example has, each of the same type. */
function matches(value: unknown, example: unknown): boolean {
  if (typeof value !== typeof example || value === null) return false;
  if (typeof example !== 'object') return true;
  return Object.entries(example as object).every(([key, each]) => matches((value as Record<string, unknown>)[key], each));
}

// A browser may forbid storage altogether: then a reload starts anew, and nothing else is lost.

function read(storage: Storage, key: string): string | null {
  try {
    return storage.getItem(key);
  } catch {
    return null;
  }
}

function write(storage: Storage, key: string, value: string | null): void {
  try {
    if (value === null) storage.removeItem(key);
    else storage.setItem(key, value);
  } catch {
    // see above
  }
}
