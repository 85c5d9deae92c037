import { beforeEach, describe, expect, it, vi } from 'vitest';

import * as auth from '../src/auth';
import { enter } from '../src/enter';
import { Refused, type Token } from '../src/refusals';

vi.mock('../src/auth');

const PERSON: auth.Person = { username: '+14155550100', contact: 'phone_number' };
const CODE = { kind: 'oneTimePassword', medium: 'sms', destination: '' } as const;
const CONFIRM = { kind: 'confirmSignUp', medium: 'sms', destination: '' } as const;

const refuse = (token: Token, retryAfter?: number) => () => Promise.reject(new Refused(token, retryAfter));
const signUp = vi.mocked(auth.signUp);
const signIn = vi.mocked(auth.signIn);
const onSignedUp = vi.fn();

beforeEach(() => {
  vi.resetAllMocks();
  signUp.mockResolvedValue(null);
  signIn.mockResolvedValue(CODE);
});

describe('whoever is new', () => {
  it('signs up and in', async () => {
    expect(await enter(PERSON, { locale: 'de' }, 'either', onSignedUp)).toBe(CODE);
    expect(signUp).toHaveBeenCalledWith(PERSON, { locale: 'de' });
    expect(onSignedUp).toHaveBeenCalledOnce();
  });

  it('confirms first where Cognito sends a code', async () => {
    signUp.mockResolvedValue(CONFIRM);
    expect(await enter(PERSON, {}, 'either', onSignedUp)).toBe(CONFIRM);
    expect(signIn).not.toHaveBeenCalled();
  });

  it('has an account also if the sign-in then fails', async () => {
    signIn.mockImplementation(refuse('NO_NETWORK'));
    await expect(enter(PERSON, {}, 'either', onSignedUp)).rejects.toMatchObject({ token: 'NO_NETWORK' });
    expect(onSignedUp).toHaveBeenCalledOnce();
  });
});

describe('whoever has an account', () => {
  it.each(['ACCOUNT_EXISTS', 'PHONE_NUMBER_TAKEN', 'EMAIL_TAKEN', 'SIGN_UP_PENDING'] as const)('signs in after %s', async (token) => {
    signUp.mockImplementation(refuse(token));
    expect(await enter(PERSON, {}, 'either', onSignedUp)).toBe(CODE);
    expect(onSignedUp).not.toHaveBeenCalled();
  });

  it('is told so who wants a new one', async () => {
    signUp.mockImplementation(refuse('PHONE_NUMBER_TAKEN'));
    await expect(enter(PERSON, {}, 'signUp', onSignedUp)).rejects.toMatchObject({ token: 'PHONE_NUMBER_TAKEN' });
    expect(signIn).not.toHaveBeenCalled();
  });

  it('signs in at once who says so', async () => {
    expect(await enter(PERSON, {}, 'signIn', onSignedUp)).toBe(CODE);
    expect(signUp).not.toHaveBeenCalled();
  });
});

describe('SIGN_UP_RETRY', () => {
  beforeEach(() => void vi.useFakeTimers());

  it('is tried again after a short wait', async () => {
    signUp.mockImplementationOnce(refuse('SIGN_UP_RETRY', 2));
    const entered = enter(PERSON, {}, 'either', onSignedUp);
    await vi.advanceTimersByTimeAsync(1900);
    expect(signUp).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(200);
    expect(await entered).toBe(CODE);
  });

  it.each([
    ['a long wait', 20, 1],
    ['the third time', 2, 3],
  ])('is told after %s', async (_, seconds, times) => {
    signUp.mockImplementation(refuse('SIGN_UP_RETRY', seconds));
    const entered = expect(enter(PERSON, {}, 'either', onSignedUp)).rejects.toMatchObject({ retryAfter: seconds });
    await vi.advanceTimersByTimeAsync(10_000);
    await entered;
    expect(signUp).toHaveBeenCalledTimes(times);
  });
});
