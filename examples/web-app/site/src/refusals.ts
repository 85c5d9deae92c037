/** From what a call threw to one word that the page has a sentence for. */

/** What the module's triggers say: lambda_src/cognito_otp/refusals.py; a test compares. */
export const MODULE_TOKENS = [
  'PHONE_NUMBER_TAKEN',
  'EMAIL_TAKEN',
  'USERNAME_TAKEN',
  'SIGN_UP_PENDING',
  'SIGN_UP_RETRY',
  'PHONE_NUMBER_INVALID',
  'EMAIL_INVALID',
  'USERNAME_INVALID',
  'PHONE_NUMBER_REQUIRED',
  'EMAIL_REQUIRED',
  'ONE_IDENTIFIER_ONLY',
  'COUNTRY_NOT_ALLOWED',
  'SIGN_UP_THROTTLED',
  'SIGN_UP_REFUSED',
  'OTP_THROTTLED',
  'SERVICE_UNAVAILABLE',
] as const;

/** What Cognito says itself, and what happens on the way to it. */
export const OTHER_TOKENS = [
  'ACCOUNT_EXISTS',
  'NO_ACCOUNT',
  'ACCOUNT_DISABLED',
  'SIGN_UP_CLOSED',
  'WRONG_PASSWORD',
  'PASSWORD_TOO_WEAK',
  'PASSWORD_RESET_REQUIRED',
  'CODE_WRONG',
  'CODE_EXPIRED',
  'CODE_NOT_SENT',
  'SIGN_IN_ENDED',
  'SIGN_IN_LOST',
  'SIGNED_OUT',
  'TOO_MANY_REQUESTS',
  'NO_NETWORK',
  'INPUT_INVALID',
  'NOT_SET_UP',
  'UNKNOWN',
] as const;

/** Milliseconds after which an answer is not waited for any longer: Cognito gives a trigger three tries of five seconds. */
export const PATIENCE = 20_000;

export type Token = (typeof MODULE_TOKENS)[number] | (typeof OTHER_TOKENS)[number];

/** A call was refused, or did not get through. */
export class Refused extends Error {
  /**
   * @param token what the page has a sentence for.
   * @param retryAfter seconds until the same call can pass, where that is known.
   */
  constructor(
    readonly token: Token,
    readonly retryAfter?: number,
    options?: ErrorOptions,
  ) {
    super(token, options);
  }
}

const EXCEPTIONS: Record<string, Token> = {
  AliasExistsException: 'ACCOUNT_EXISTS',
  CodeDeliveryFailureException: 'CODE_NOT_SENT',
  CodeMismatchException: 'CODE_WRONG',
  ExpiredCodeException: 'CODE_EXPIRED',
  ForbiddenException: 'TOO_MANY_REQUESTS', // a rule of the web firewall's
  InternalErrorException: 'SERVICE_UNAVAILABLE',
  InvalidLambdaResponseException: 'SERVICE_UNAVAILABLE',
  InvalidPasswordException: 'PASSWORD_TOO_WEAK',
  LimitExceededException: 'TOO_MANY_REQUESTS',
  NetworkError: 'NO_NETWORK', // Amplify's name for a fetch that failed
  PasswordResetRequiredException: 'PASSWORD_RESET_REQUIRED',
  ResourceNotFoundException: 'NOT_SET_UP', // no such client
  SignInException: 'SIGN_IN_LOST', // Amplify's: confirmSignIn without a sign-in
  TooManyFailedAttemptsException: 'TOO_MANY_REQUESTS',
  TooManyRequestsException: 'TOO_MANY_REQUESTS',
  UnexpectedLambdaException: 'SERVICE_UNAVAILABLE',
  UserLambdaValidationException: 'SERVICE_UNAVAILABLE', // with no token that is known
  UserNotFoundException: 'NO_ACCOUNT',
  UserUnAuthenticatedException: 'SIGNED_OUT', // Amplify's: no tokens any more
  UsernameExistsException: 'ACCOUNT_EXISTS',
};

/** Returns the refusal that an error of a call stands for. */
export function refusalOf(error: unknown): Refused {
  if (error instanceof Refused) return error;
  const { name = '', message = '' } = (error ?? {}) as Partial<Error>;
  const [, word, seconds] = /\b([A-Z]+(?:_[A-Z]+)+)(?: retry_after=(\d+))?/.exec(message) ?? [];
  const said = MODULE_TOKENS.find((token) => token === word);
  if (said) return new Refused(said, seconds === undefined ? undefined : Number(seconds), { cause: error });
  return new Refused(tokenOf(name, message), undefined, { cause: error });
}

function tokenOf(name: string, message: string): Token {
  if (name === 'NotAuthorizedException') return notAuthorized(message);
  if (name === 'InvalidParameterException') return invalidParameter(message);
  return EXCEPTIONS[name] ?? 'UNKNOWN';
}

// The messages below are Cognito's; there is nothing else to tell them apart by.

function notAuthorized(message: string): Token {
  if (/session/i.test(message)) return 'SIGN_IN_LOST';
  if (/disabled/i.test(message)) return 'ACCOUNT_DISABLED';
  if (/SignUp is not permitted/i.test(message)) return 'SIGN_UP_CLOSED';
  if (/token/i.test(message)) return 'SIGNED_OUT';
  return 'SIGN_IN_ENDED';
}

function invalidParameter(message: string): Token {
  if (/^username cannot/i.test(message)) return 'USERNAME_INVALID';
  if (/phone/i.test(message)) return 'PHONE_NUMBER_INVALID';
  if (/email/i.test(message)) return 'EMAIL_INVALID';
  if (/password/i.test(message)) return 'PASSWORD_TOO_WEAK';
  if (/username/i.test(message)) return 'USERNAME_INVALID';
  return 'INPUT_INVALID';
}
