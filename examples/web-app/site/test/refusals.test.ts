import { describe, expect, it } from 'vitest';

import { MODULE_TOKENS, OTHER_TOKENS, Refused, refusalOf } from '../src/refusals';

const thrown = (name: string, message: string) => refusalOf(Object.assign(new Error(message), { name }));

describe('tokens', () => {
  it.each(MODULE_TOKENS)('%s is read from the message that Cognito makes of it', (token) => {
    const refused = thrown('UserLambdaValidationException', `PreSignUp failed with error ${token}.`);
    expect(refused.token).toBe(token);
    expect(refused.retryAfter).toBeUndefined();
  });

  it('come with the seconds to wait', () => {
    const refused = thrown('UserLambdaValidationException', 'CreateAuthChallenge failed with error OTP_THROTTLED retry_after=42.');
    expect(refused).toMatchObject({ token: 'OTP_THROTTLED', retryAfter: 42 });
  });
});

describe("Cognito's and Amplify's own errors", () => {
  it.each([
    ['UsernameExistsException', 'User already exists', 'ACCOUNT_EXISTS'],
    ['InvalidParameterException', 'Invalid phone number format.', 'PHONE_NUMBER_INVALID'],
    ['InvalidParameterException', 'Invalid email address format.', 'EMAIL_INVALID'],
    ['InvalidParameterException', 'Username cannot be of email format, since user pool is configured for email alias.', 'USERNAME_INVALID'],
    ['InvalidParameterException', 'something new', 'INPUT_INVALID'],
    ['InvalidPasswordException', 'Password did not conform with policy: Password not long enough', 'PASSWORD_TOO_WEAK'],
    ['NotAuthorizedException', 'Incorrect username or password.', 'SIGN_IN_ENDED'],
    ['NotAuthorizedException', 'Invalid session for the user, session is expired.', 'SIGN_IN_LOST'],
    ['NotAuthorizedException', 'Invalid session for the user, session can only be used once.', 'SIGN_IN_LOST'],
    ['NotAuthorizedException', 'User is disabled.', 'ACCOUNT_DISABLED'],
    ['NotAuthorizedException', 'SignUp is not permitted for this user pool', 'SIGN_UP_CLOSED'],
    ['NotAuthorizedException', 'Access Token has been revoked', 'SIGNED_OUT'],
    ['UserLambdaValidationException', 'PreSignUp failed with error Something else.', 'SERVICE_UNAVAILABLE'],
    ['CodeMismatchException', 'Invalid verification code provided, please try again.', 'CODE_WRONG'],
    ['ExpiredCodeException', 'Invalid code provided, please request a code again.', 'CODE_EXPIRED'],
    ['TooManyRequestsException', 'Rate exceeded', 'TOO_MANY_REQUESTS'],
    ['SignInException', 'An error occurred during the sign in process.', 'SIGN_IN_LOST'],
    ['NetworkError', 'A network error has occurred.', 'NO_NETWORK'],
    ['SomethingNew', 'that nobody has heard of', 'UNKNOWN'],
  ])('%s: %s', (name, message, token) => {
    expect(OTHER_TOKENS.includes(token as never) || MODULE_TOKENS.includes(token as never)).toBe(true);
    expect(thrown(name, message).token).toBe(token);
  });

  it('keep what was thrown, and survive what is no error', () => {
    const cause = new TypeError('x is not a function');
    expect(refusalOf(cause)).toMatchObject({ token: 'UNKNOWN', cause });
    expect(refusalOf(undefined).token).toBe('UNKNOWN');
    const refused = new Refused('NO_NETWORK');
    expect(refusalOf(refused)).toBe(refused);
  });
});
