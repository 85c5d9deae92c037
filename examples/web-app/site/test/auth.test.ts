// auth.ts with the real Amplify; only the network is not there: each test says what Cognito answers.
import { beforeEach, describe, expect, it, vi } from 'vitest';

import * as auth from '../src/auth';
import type { Config } from '../src/config';

type Answer = { status?: number; body: Record<string, unknown> };

let answers: Answer[];
let calls: { target: string; body: Record<string, any> }[];

const CONFIG = {
  region: 'eu-central-1',
  userPoolId: 'eu-central-1_AbCdEf123',
  userPoolClientId: '1example23456789',
  userPoolEndpoint: 'http://127.0.0.1:1/',
} as Config;

const PERSON: auth.Person = { username: '+14155550100', contact: 'phone_number' };

const CHALLENGE = {
  delivery_medium: 'SMS',
  destination: '+***',
  code_length: '6',
  expires_in: '300',
  resend_in: '30',
  resends_left: '3',
  attempts_left: '3',
  USERNAME: 'a-sub',
};

const challenge = (told: Partial<typeof CHALLENGE> = {}): Answer => ({
  body: { ChallengeName: 'CUSTOM_CHALLENGE', Session: 'session', ChallengeParameters: { ...CHALLENGE, ...told } },
});

const refusal = (type: string, message: string): Answer => ({ status: 400, body: { __type: type, message } });

beforeEach(() => {
  answers = [];
  calls = [];
  vi.stubGlobal('fetch', async (_url: unknown, { headers, body }: { headers: Record<string, string>; body: string }) => {
    calls.push({ target: headers['x-amz-target']!.split('.')[1]!, body: JSON.parse(body) });
    const answer = answers.shift();
    if (!answer) throw new TypeError('Failed to fetch');
    return new Response(JSON.stringify(answer.body), { status: answer.status ?? 200 });
  });
  auth.configure(CONFIG);
});

describe('sign-up', () => {
  it('needs nothing but the number, and sends a password that fits every policy', async () => {
    answers = [{ body: { UserConfirmed: true, UserSub: 'a-sub' } }];
    expect(await auth.signUp(PERSON, { locale: 'de' })).toBeNull();
    expect(calls[0]).toMatchObject({
      target: 'SignUp',
      body: { Username: '+14155550100', UserAttributes: [{ Name: 'locale', Value: 'de' }] },
    });
    for (const kind of [/[a-z]/, /[A-Z]/, /\d/, /[^\w]/, /^.{40,}$/]) expect(calls[0]!.body.Password).toMatch(kind);
  });

  it('waits for a code where Cognito sends one', async () => {
    const details = { AttributeName: 'phone_number', DeliveryMedium: 'SMS', Destination: '+*******0100' };
    answers = [{ body: { UserConfirmed: false, UserSub: 'a-sub', CodeDeliveryDetails: details } }];
    expect(await auth.signUp(PERSON, {})).toEqual({ kind: 'confirmSignUp', medium: 'sms', destination: '+*******0100' });
  });

  it('says why it was refused', async () => {
    answers = [refusal('UserLambdaValidationException', 'PreSignUp failed with error SIGN_UP_RETRY retry_after=20.')];
    await expect(auth.signUp(PERSON, {})).rejects.toMatchObject({ token: 'SIGN_UP_RETRY', retryAfter: 20 });
  });
});

describe("the code of Cognito's that confirms a sign-up", () => {
  const confirmed = refusal('NotAuthorizedException', 'User cannot be confirmed. Current status is CONFIRMED');

  it.each([
    ['leads on to the sign-in', { body: {} }],
    ['leads on where an answer was lost, too', confirmed],
  ])('%s', async (_, answer) => {
    answers = [answer, challenge()];
    expect(await auth.confirmSignUp(PERSON, '123456')).toMatchObject({ kind: 'code' });
    expect(calls.map(({ target }) => target)).toEqual(['ConfirmSignUp', 'InitiateAuth']);
  });

  it.each([
    ['CodeMismatchException', 'CODE_WRONG'],
    ['ExpiredCodeException', 'CODE_EXPIRED'],
  ])('%s is %s', async (name, token) => {
    answers = [refusal(name, 'Invalid code provided, please request a code again.')];
    await expect(auth.confirmSignUp(PERSON, '123456')).rejects.toMatchObject({ token });
  });
});

describe('sign-in', () => {
  it('asks for a code without a password', async () => {
    answers = [challenge()];
    expect(await auth.signIn(PERSON)).toEqual({
      kind: 'code',
      medium: 'sms',
      destination: '+***',
      length: 6,
      expiresIn: 300,
      resendIn: 30,
      resendsLeft: 3,
      attemptsLeft: 3,
    });
    expect(calls[0]).toMatchObject({
      target: 'InitiateAuth',
      body: { AuthFlow: 'CUSTOM_AUTH', AuthParameters: { USERNAME: '+14155550100' } },
    });
  });

  it('goes on with the next attempt after a wrong code, and ends after the last', async () => {
    answers = [challenge(), challenge({ attempts_left: '2' }), refusal('NotAuthorizedException', 'Incorrect username or password.')];
    await auth.signIn(PERSON);
    expect(await auth.answer('000000')).toMatchObject({ kind: 'code', attemptsLeft: 2 });
    expect(calls[1]!.body.ChallengeResponses).toEqual({ USERNAME: 'a-sub', ANSWER: '000000' });
    await expect(auth.answer('111111')).rejects.toMatchObject({ token: 'SIGN_IN_ENDED' });
  });

  it('wishes for another code, and for another channel', async () => {
    answers = [challenge(), challenge({ resends_left: '2' }), challenge({ resends_left: '1', delivery_medium: 'EMAIL' })];
    await auth.signIn(PERSON);
    expect(await auth.resend()).toMatchObject({ resendsLeft: 2, medium: 'sms' });
    expect(await auth.resend('email')).toMatchObject({ resendsLeft: 1, medium: 'email' });
    expect(calls.slice(1).map(({ body }) => body.ClientMetadata)).toEqual([{ action: 'resend' }, { action: 'resend', channel: 'email' }]);
  });

  it('of an account that waits for the code of its sign-up has that sent again', async () => {
    answers = [
      refusal('UserNotConfirmedException', 'User is not confirmed.'),
      { body: { CodeDeliveryDetails: { DeliveryMedium: 'EMAIL', Destination: 'a***@e***' } } },
    ];
    expect(await auth.signIn({ username: 'anna@example.com', contact: 'email' })).toEqual({
      kind: 'confirmSignUp',
      medium: 'email',
      destination: 'a***@e***',
    });
    expect(calls[1]!.target).toBe('ResendConfirmationCode');
  });

  it('is over when Cognito says that the session is', async () => {
    answers = [challenge(), refusal('NotAuthorizedException', 'Invalid session for the user, session is expired.')];
    await auth.signIn(PERSON);
    await expect(auth.answer('000000')).rejects.toMatchObject({ token: 'SIGN_IN_LOST' });
  });

  it('without a network says so', async () => {
    vi.useFakeTimers(); // Amplify tries three times
    const refused = expect(auth.signIn(PERSON)).rejects.toMatchObject({ token: 'NO_NETWORK' });
    await vi.runAllTimersAsync();
    await refused;
    vi.useRealTimers();
    expect(calls.length).toBe(3);
  });
});

describe('a call that hangs', () => {
  it.each([
    ['signUp', () => auth.signUp(PERSON, {})],
    ['signIn', () => auth.signIn(PERSON)],
    ['confirmSignUp', () => auth.confirmSignUp(PERSON, '123456')],
  ])('is given up: %s', async (_, call) => {
    vi.stubGlobal('fetch', () => new Promise(() => undefined));
    vi.useFakeTimers();
    const refused = expect(call()).rejects.toMatchObject({ token: 'NO_NETWORK' });
    await vi.advanceTimersByTimeAsync(20_000);
    await refused;
    vi.useRealTimers();
  });
});

it('nobody is signed in before', async () => {
  expect(await auth.claims()).toBeNull();
  expect(await auth.idToken()).toBeNull();
});
