/** One button for people who are new and people who are not. */

import { type Person, type Step, signIn, signUp } from './auth';
import { Refused, type Token } from './refusals';

/** `either`: sign up, and sign in if there is an account. */
export type Wish = 'either' | 'signUp' | 'signIn';

const MEANS_AN_ACCOUNT: readonly Token[] = ['ACCOUNT_EXISTS', 'PHONE_NUMBER_TAKEN', 'EMAIL_TAKEN', 'SIGN_UP_PENDING'];

const RETRIES = 2;
const LONGEST_WAIT = 5; // seconds that a person waits without being told so

/**
 * Signs up, signs in, or both.
 *
 * @param attributes of a new account.
 * @param onSignedUp called as soon as the account is there, which may be before this fails: then go on with `signIn`.
 * @throws Refused
 */
export async function enter(
  person: Person,
  attributes: Record<string, string>,
  wish: Wish,
  onSignedUp: () => void,
): Promise<Step> {
  if (wish !== 'signIn') {
    try {
      const step = await signUpPatiently(person, attributes);
      onSignedUp();
      if (step) return step;
    } catch (error) {
      if (wish !== 'either' || !(error instanceof Refused) || !MEANS_AN_ACCOUNT.includes(error.token)) throw error;
    }
  }
  return signIn(person);
}

/** SIGN_UP_RETRY: an account in the way is being removed, or the same person tapped twice. Mostly two seconds are enough. */
async function signUpPatiently(person: Person, attributes: Record<string, string>): Promise<Step | null> {
  for (let retries = 0; ; retries += 1) {
    try {
      return await signUp(person, attributes);
    } catch (error) {
      const wait = error instanceof Refused && error.token === 'SIGN_UP_RETRY' ? error.retryAfter : undefined;
      if (wait === undefined || wait > LONGEST_WAIT || retries === RETRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, wait * 1000));
    }
  }
}
