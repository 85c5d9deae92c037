/**
 * The calls of a client and their answers, with Amplify. Nothing here knows of the page: it runs in React Native as it is.
 *
 * Every function throws `Refused` and nothing else.
 */

import { Amplify } from 'aws-amplify';
import * as amplify from 'aws-amplify/auth';

import type { Channel, Config, Identifier } from './config';
import { PATIENCE, Refused, refusalOf } from './refusals';

/** What comes next. */
export type Step =
  /** The module's code. Numbers of seconds are from now on; the parameters are those of the README, "What the client is told". */
  | {
      kind: 'code';
      medium: Channel;
      /** Masked, if the pool shows it (`otp.show_destination`), or a constant. */
      destination: string;
      length: number;
      expiresIn: number;
      resendIn: number;
      resendsLeft: number;
      attemptsLeft: number;
    }
  /** A code that Cognito made itself: one of its one-time passwords (`native_otp`). */
  | { kind: 'oneTimePassword'; medium: Channel; destination: string }
  /** A code that Cognito made itself: `sign_up.confirmation = "code"`, or `native_otp`. */
  | { kind: 'confirmSignUp'; medium: Channel; destination: string }
  /** The account has a temporary password of an administrator's: `answer` with one that the person chooses. */
  | { kind: 'newPassword' }
  | { kind: 'signedIn' };

/** Who signs up or in. */
export interface Person {
  /** What they sign in with: number (E.164), address or name. */
  username: string;
  /** Only where `password_required` is set. */
  password?: string;
  /** Which of the two the first code goes to. */
  contact: Identifier;
}

export type Claims = Record<string, unknown>;

let native = false;

/** Call once, before anything else. */
export function configure(config: Config): void {
  native = config.nativeOtp;
  const { userPoolId, userPoolClientId, userPoolEndpoint } = config;
  Amplify.configure({
    Auth: { Cognito: { userPoolId, userPoolClientId, ...(userPoolEndpoint && { userPoolEndpoint }) } },
  });
}

/**
 * Makes the account. No message goes out yet, unless the answer says so.
 *
 * @param attributes `locale` decides the language of the messages; where people choose names, `phone_number` or `email` is needed.
 * @returns what comes before the sign-in; null if nothing does.
 */
export async function signUp(person: Person, attributes: Record<string, string>): Promise<Step | null> {
  const { username, password = native ? undefined : randomPassword() } = person;
  const { nextStep } = await call(
    amplify.signUp({
      username,
      ...(password !== undefined && { password }),
      options: {
        userAttributes: attributes,
        // Cognito's own one-time passwords: the code that confirms the sign-up also signs in.
        ...(native && { autoSignIn: { authFlowType: 'USER_AUTH' as const } }),
      },
    }),
  );
  if (!('codeDeliveryDetails' in nextStep)) return null;
  return { kind: 'confirmSignUp', ...delivered(nextStep.codeDeliveryDetails, person.contact) };
}

/** Asks for a code. */
export async function signIn(person: Person): Promise<Step> {
  const { username, password } = person;
  try {
    const signingIn = amplify.signIn({
      username,
      ...(password !== undefined && { password }),
      options: native
        ? { authFlowType: 'USER_AUTH', preferredChallenge: person.contact === 'email' ? 'EMAIL_OTP' : 'SMS_OTP' }
        : { authFlowType: password === undefined ? 'CUSTOM_WITHOUT_SRP' : 'CUSTOM_WITH_SRP' },
    });
    const { nextStep } = await inTime(signingIn);
    if (nextStep.signInStep === 'CONFIRM_SIGN_UP') return await resendSignUpCode(person); // it waits for Cognito's code
    return stepOf(nextStep, person.contact);
  } catch (error) {
    if ((error as Error).name === 'UserAlreadyAuthenticatedException') return { kind: 'signedIn' }; // in another tab
    const refused = refusalOf(error);
    throw password !== undefined && refused.token === 'SIGN_IN_ENDED' ? new Refused('WRONG_PASSWORD') : refused;
  }
}

/**
 * Answers with what was typed. A wrong code of the module's is no error: the answer is the next step, with one attempt less.
 *
 * @throws Refused SIGN_IN_ENDED after the last attempt; SIGN_IN_LOST if it took too long; CODE_WRONG for Cognito's own codes.
 */
export async function answer(typed: string): Promise<Step> {
  const { nextStep } = await call(amplify.confirmSignIn({ challengeResponse: typed }));
  return stepOf(nextStep, 'phone_number');
}

/**
 * Wishes for another code. The next step's numbers tell what became of it.
 *
 * @param channel another way than the last code's.
 */
export async function resend(channel?: Channel): Promise<Step> {
  const clientMetadata = { action: 'resend', ...(channel && { channel }) };
  const { nextStep } = await call(amplify.confirmSignIn({ challengeResponse: 'resend', options: { clientMetadata } }));
  return stepOf(nextStep, 'phone_number');
}

/** Confirms a sign-up with Cognito's code and goes on to sign in. */
export async function confirmSignUp(person: Person, code: string): Promise<Step> {
  try {
    const { nextStep } = await inTime(amplify.confirmSignUp({ username: person.username, confirmationCode: code }));
    if (nextStep.signUpStep !== 'COMPLETE_AUTO_SIGN_IN') return await signIn(person);
  } catch (error) {
    // Confirmed before: the answer to the last try was lost.
    if (/status is CONFIRMED/.test((error as Error).message)) return signIn(person);
    throw refusalOf(error);
  }
  const signedIn = await call(amplify.autoSignIn());
  return stepOf(signedIn.nextStep, person.contact);
}

/** Has Cognito send its code again, for an account that is not confirmed. */
export async function resendSignUpCode(person: Person): Promise<Step> {
  const details = await call(amplify.resendSignUpCode({ username: person.username }));
  return { kind: 'confirmSignUp', ...delivered(details, person.contact) };
}

/** Returns what the ID token says, renewed if it has expired; null if nobody is signed in. */
export async function claims(): Promise<Claims | null> {
  const session = await call(amplify.fetchAuthSession());
  return session.tokens?.idToken?.payload ?? null;
}

/** Returns the ID token, for an API's `Authorization: Bearer`; null if nobody is signed in. */
export async function idToken(): Promise<string | null> {
  const session = await call(amplify.fetchAuthSession());
  return session.tokens?.idToken?.toString() ?? null;
}

/** Gives the account another number or address. Cognito sends a code of its own there; `confirmIdentifier` takes it. */
export async function addIdentifier(identifier: Identifier, value: string): Promise<void> {
  await call(amplify.updateUserAttributes({ userAttributes: { [identifier]: value } }));
}

/** Has Cognito send the code for `addIdentifier` again. */
export async function resendIdentifierCode(identifier: Identifier): Promise<void> {
  await call(amplify.sendUserAttributeVerificationCode({ userAttributeKey: identifier }));
}

/** Proves the number or address, which then is in the ID token. */
export async function confirmIdentifier(identifier: Identifier, code: string): Promise<void> {
  await call(amplify.confirmUserAttribute({ userAttributeKey: identifier, confirmationCode: code }));
  await call(amplify.fetchAuthSession({ forceRefresh: true }));
}

/** Forgets the tokens, and revokes the refresh token if the network is there. */
export async function signOut(): Promise<void> {
  await call(amplify.signOut());
}

async function call<Answer>(pending: Promise<Answer>): Promise<Answer> {
  try {
    return await inTime(pending);
  } catch (error) {
    throw refusalOf(error);
  }
}

/** Amplify waits for ever. Whatever comes after this has given up comes to nothing. */
async function inTime<Answer>(pending: Promise<Answer>): Promise<Answer> {
  let timer: ReturnType<typeof setTimeout>;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Refused('NO_NETWORK')), PATIENCE);
  });
  return Promise.race([pending, late]).finally(() => clearTimeout(timer));
}

function stepOf(next: amplify.SignInOutput['nextStep'], contact: Identifier): Step {
  switch (next.signInStep) {
    case 'DONE':
      return { kind: 'signedIn' };
    case 'CONFIRM_SIGN_IN_WITH_CUSTOM_CHALLENGE': {
      const told = next.additionalInfo ?? {};
      return {
        kind: 'code',
        medium: told.delivery_medium === 'EMAIL' ? 'email' : 'sms',
        destination: told.destination ?? '',
        length: Number(told.code_length),
        expiresIn: Number(told.expires_in),
        resendIn: Number(told.resend_in),
        resendsLeft: Number(told.resends_left),
        attemptsLeft: Number(told.attempts_left),
      };
    }
    case 'CONFIRM_SIGN_IN_WITH_SMS_CODE':
    case 'CONFIRM_SIGN_IN_WITH_EMAIL_CODE':
      return { kind: 'oneTimePassword', ...delivered(next.codeDeliveryDetails, contact) };
    case 'CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED':
      return { kind: 'newPassword' };
    case 'RESET_PASSWORD':
      throw new Refused('PASSWORD_RESET_REQUIRED');
    default: // a factor of Cognito's own (`mfa_configuration`), for which this page has no field
      throw new Refused('UNKNOWN', undefined, { cause: next.signInStep });
  }
}

function delivered(
  details: { destination?: string; deliveryMedium?: string } | undefined,
  contact: Identifier,
): { medium: Channel; destination: string } {
  const fallback = contact === 'email' ? 'EMAIL' : 'SMS';
  return {
    medium: (details?.deliveryMedium ?? fallback) === 'EMAIL' ? 'email' : 'sms',
    destination: details?.destination ?? '',
  };
}

/** SignUp insists on a password. This one nobody knows, and no client of the pool takes it. React Native needs a polyfill of `crypto`. */
function randomPassword(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(24));
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${hex}-aA1`; // one of each kind that a password policy may ask for
}
