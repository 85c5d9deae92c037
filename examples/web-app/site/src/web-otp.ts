/**
 * WebOTP: Chrome on Android reads the code from the text message, if its last line names this page's domain (the module's
 * `sms.web_otp_domain`). Elsewhere nothing happens; Safari offers the code by `autocomplete="one-time-code"` alone.
 * https://developer.mozilla.org/docs/Web/API/WebOTP_API
 */

/**
 * Waits for a code by text message.
 *
 * @param signal ends the waiting.
 * @returns the code; null where there is no WebOTP, or the person says no.
 */
export async function receiveCode(signal: AbortSignal): Promise<string | null> {
  if (!('OTPCredential' in window)) return null;
  try {
    const request = { otp: { transport: ['sms'] }, signal } as CredentialRequestOptions;
    const received = (await navigator.credentials.get(request)) as (Credential & { code?: string }) | null;
    return received?.code ?? null;
  } catch {
    return null;
  }
}
