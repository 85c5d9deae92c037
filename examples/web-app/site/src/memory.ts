/** What this browser keeps: what is being typed, the sign-in under way, who signed in here last. Never a code or a password. */

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

const PROGRESS = 'sign-in.progress';
const DRAFT = 'sign-in.draft';
const SIGNED_IN = 'sign-in.signed-in';
const KNOWN = 'sign-in.known';
const LANGUAGE = 'sign-in.language';

/** Keeps a sign-in over a reload of this tab. */
export function keepProgress(progress: Progress | null): void {
  if (progress === null) return write(sessionStorage, PROGRESS, null);
  const { password: _, ...person } = progress.person;
  write(sessionStorage, PROGRESS, JSON.stringify({ ...progress, person }));
}

export function progress(): Progress | null {
  const kept = read(sessionStorage, PROGRESS);
  return kept === null ? null : (JSON.parse(kept) as Progress);
}

/** Keeps what is being typed over a reload of this tab. */
export function keepDraft(draft: Draft): void {
  write(sessionStorage, DRAFT, JSON.stringify(draft));
}

export function draft(): Draft | null {
  const kept = read(sessionStorage, DRAFT);
  return kept === null ? null : (JSON.parse(kept) as Draft);
}

/** Keeps that somebody is signed in: should their tokens be worth nothing the next time, the page can say so. */
export function keepSignedIn(isSignedIn: boolean): void {
  write(localStorage, SIGNED_IN, isSignedIn ? 'yes' : null);
}

export function wasSignedIn(): boolean {
  return read(localStorage, SIGNED_IN) !== null;
}

/** Keeps who has an account: the next time they need not sign up first. */
export function keepKnown(username: string | null): void {
  write(localStorage, KNOWN, username);
}

export function known(): string | null {
  return read(localStorage, KNOWN);
}

export function keepLanguage(language: string): void {
  write(localStorage, LANGUAGE, language);
}

export function language(): string | null {
  return read(localStorage, LANGUAGE);
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
