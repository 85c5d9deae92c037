import { beforeEach, describe, expect, it, vi } from 'vitest';

import * as memory from '../src/memory';

const DRAFT: memory.Draft = { contact: 'email', country: 'DE', phone: '', email: 'anna@example.com', username: '' };

const PROGRESS: memory.Progress = {
  person: { username: '+14155550100', contact: 'phone_number', password: 'secret' },
  step: { kind: 'confirmSignUp', medium: 'sms', destination: '' },
  at: 1,
  address: '+14155550100',
  isNew: true,
  hasSwitched: false,
};

function storage() {
  const kept = new Map<string, string>();
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
    kept,
  };
}

let session: ReturnType<typeof storage>;
let local: ReturnType<typeof storage>;

beforeEach(() => {
  vi.stubGlobal('sessionStorage', (session = storage()));
  vi.stubGlobal('localStorage', (local = storage()));
  memory.openFor('one-client');
});

function keepAll(): void {
  memory.keepProgress(PROGRESS);
  memory.keepDraft(DRAFT);
  memory.keepAdding({ sub: 'a-sub', identifier: 'email', value: 'anna@example.com' });
  memory.keepKnown('+14155550100');
}

it('keeps all but the password', () => {
  keepAll();
  expect(memory.draft()).toEqual(DRAFT);
  expect(memory.progress()).toEqual({ ...PROGRESS, person: { username: '+14155550100', contact: 'phone_number' } });
  expect(memory.adding()).toEqual({ sub: 'a-sub', identifier: 'email', value: 'anna@example.com' });
  expect(memory.known()).toBe('+14155550100');
});

it('knows nothing of another client', () => {
  keepAll();
  memory.openFor('another-client');
  expect([memory.draft(), memory.progress(), memory.adding(), memory.known()]).toEqual([null, null, null, null]);
});

it('forgets all but the language', () => {
  keepAll();
  memory.keepLanguage('de');
  memory.forget();
  expect([...session.kept, ...local.kept.values()]).toEqual(['de']);
});

describe('what an older page kept', () => {
  it.each([
    ['no JSON', '{'],
    ['nothing', 'null'],
    ['no step', JSON.stringify({ ...PROGRESS, step: undefined })],
    ['a step that there is no more', JSON.stringify({ ...PROGRESS, step: { kind: 'captcha' } })],
    ['a step that lacks something', JSON.stringify({ ...PROGRESS, step: { kind: 'code', medium: 'sms', destination: '' } })],
  ])('is dropped: %s', (_, kept) => {
    memory.keepProgress(PROGRESS);
    const [key] = session.kept.keys();
    session.kept.set(key!, kept);
    expect(memory.progress()).toBeNull();
  });
});
