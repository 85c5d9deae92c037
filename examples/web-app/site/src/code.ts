/** The second step: the code that was sent. */

import { answer, confirmSignUp, resend, resendSignUpCode, signIn, type Step } from './auth';
import type { Channel, Config } from './config';
import { clock, countdown } from './countdown';
import { type Key, leftToRight, t } from './i18n';
import { type Entered, keepProgress, type Progress } from './memory';
import { announce, byId, clearRefusal, fieldError, nameTab, sayAt, showRefusal, showStep, type WayOn, working } from './page';
import { showPhoneNumber } from './phone';
import { Refused } from './refusals';
import { receiveCode } from './web-otp';

const form = byId<HTMLFormElement>('code-form');
const input = byId<HTMLInputElement>('code-input');
const button = byId('code-submit');
const resendButton = byId('resend');
const otherButton = byId('other-channel');

/** Milliseconds for which Amplify keeps a sign-in over a reload (its signInStore). */
const KEPT = 3 * 60 * 1000;

/** Seconds until Cognito is asked for another of its own codes; it does not say how long it wants to wait. */
const RESEND_COGNITOS = 30;

export class CodeStep {
  private progress!: Progress;
  private isOver = false;
  private stopListening = (): void => undefined;
  private stopClocks: (() => void)[] = [];

  /**
   * @param onSignedIn called with the right code.
   * @param onBack called with what to fill in again, and whether only the password is missing there.
   */
  constructor(
    private readonly config: Config,
    private readonly onSignedIn: () => void,
    private readonly onBack: (identifier: string, isWithoutPassword: boolean) => void,
  ) {
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.submit();
    });
    input.addEventListener('input', (event) => this.typed(event as InputEvent));
    resendButton.addEventListener('click', () => void this.resend());
    otherButton.addEventListener('click', () => void this.resend(this.otherChannel() ?? undefined));
    byId('back').addEventListener('click', () => this.back());
  }

  /** Asks for the code of a sign-in that has just begun, or goes on. */
  show(entered: Entered): void {
    if (!this.take(entered)) return;
    input.value = '';
    showStep('code', input);
    this.watchTime();
    announce(byId('code-sent').textContent ?? '');
  }

  /** Goes on after a reload, if Amplify still can. */
  resume(progress: Progress): void {
    this.show(progress);
    const isAmplifys = progress.step.kind !== 'confirmSignUp';
    if (!this.isOver && isAmplifys && Date.now() - progress.at > KEPT) this.end(new Refused('SIGN_IN_LOST'));
  }

  /** Fills in the words. */
  render(): void {
    const { step, person } = this.progress;
    const isPassword = step.kind === 'newPassword';
    const isConfirmation = step.kind === 'confirmSignUp';
    byId('code-title').textContent = t(this.title());
    byId('code-sent').textContent = this.sentTo();
    byId('code-label').textContent = isPassword
      ? t('code.label.newPassword')
      : step.kind === 'code'
        ? t('code.label.digits', { count: step.length })
        : t('code.label');
    button.textContent = t(isConfirmation ? 'code.submit.confirm' : 'code.submit');
    input.type = isPassword ? 'password' : 'text';
    input.inputMode = isPassword ? 'text' : 'numeric';
    input.autocomplete = isPassword ? 'new-password' : 'one-time-code';
    byId('attempts-left').textContent = step.kind === 'code' ? t('code.attemptsLeft', { count: step.attemptsLeft }) : '';
    byId('back').textContent = t(
      this.config.names || this.progress.address === '' ? 'back' : `code.back.${person.contact}`,
    );
    this.renderResend();
  }

  private title(): Key {
    if (this.isOver) return 'code.title.over';
    const { kind } = this.progress.step;
    return kind === 'newPassword' ? 'code.title.newPassword' : kind === 'confirmSignUp' ? 'code.title.confirm' : 'code.title';
  }

  private renderResend(): void {
    const { step } = this.progress;
    const none = step.kind === 'code' && step.resendsLeft === 0;
    const other = this.otherChannel();
    byId('code-others').hidden = this.isOver || step.kind === 'newPassword';
    resendButton.hidden = none;
    otherButton.hidden = byId('other-hint').hidden = other === null;
    if (other) otherButton.textContent = t(`code.other.${other}`);
    byId('code-hint').textContent = none ? t('code.noResendsLeft') : '';
  }

  /** Takes the next step over; returns whether there is something to type. */
  private take(entered: Entered): boolean {
    const { step } = entered;
    this.leave();
    clearRefusal();
    if (step.kind === 'signedIn') {
      this.onSignedIn();
      return false;
    }
    this.progress = { ...entered, step };
    this.isOver = false;
    byId('code-field').hidden = button.hidden = false;
    fieldError(input, null);
    keepProgress(this.progress);
    this.render();
    this.listenForMessage();
    return true;
  }

  /**
   * Takes over what the last call answered.
   *
   * @param hasSwitched whether another channel was wished for.
   */
  private next(step: Step, hasSwitched = this.progress.hasSwitched): boolean {
    if (!this.take({ ...this.progress, step, at: Date.now(), hasSwitched })) return false;
    nameTab();
    this.watchTime();
    return true;
  }

  /** Stops waiting: for a message, and for time to run out. */
  private leave(): void {
    this.stopListening();
    for (const stop of this.stopClocks) stop();
    this.stopClocks = [];
  }

  private listenForMessage(): void {
    if (this.progress.step.kind === 'newPassword' || this.progress.step.medium !== 'sms') return;
    const waiting = new AbortController();
    this.stopListening = () => waiting.abort();
    void receiveCode(waiting.signal).then((code) => {
      if (code === null || waiting.signal.aborted) return;
      input.value = code;
      announce(t('code.arrived'));
      void this.submit();
    });
  }

  private watchTime(): void {
    const { step, at } = this.progress;
    const resendAt = at + (step.kind === 'code' ? step.resendIn : RESEND_COGNITOS) * 1000;
    const waited = resendAt > Date.now();
    this.stopClocks.push(
      countdown(resendAt, (seconds) => {
        resendButton.ariaDisabled = String(seconds > 0);
        byId('resend-countdown').textContent = seconds > 0 ? t('code.resend.in', { clock: clock(seconds) }) : '';
        if (waited && seconds === 0 && !resendButton.hidden) announce(t('code.resend.ready'));
      }),
    );
    byId('code-life').textContent = '';
    if (step.kind !== 'code') return;
    this.stopClocks.push(
      countdown(at + step.expiresIn * 1000, (seconds) => {
        byId('code-life').textContent = t('code.life', { clock: clock(seconds) });
        if (seconds === 0 && !this.isOver) this.end(new Refused('CODE_EXPIRED'));
      }),
    );
  }

  private typed(event: InputEvent): void {
    if (this.isOver) return;
    clearRefusal();
    fieldError(input, null);
    const { step } = this.progress;
    if (step.kind === 'newPassword') return;
    const digits = digitsOf(input.value, step.kind === 'code' ? step.length : null);
    if (digits !== input.value) input.value = digits;
    const isFull = step.kind === 'code' && digits.length >= step.length;
    if (isFull && !event.inputType?.startsWith('delete')) void this.submit();
  }

  private async submit(): Promise<void> {
    const { step, person } = this.progress;
    const typed = input.value;
    if (this.isOver) return;
    const wrong =
      typed === ''
        ? t(step.kind === 'newPassword' ? 'problem.PASSWORD_EMPTY' : 'problem.CODE_EMPTY')
        : step.kind === 'code' && typed.length !== step.length
          ? t('problem.CODE_LENGTH', { count: step.length })
          : null;
    fieldError(input, null);
    if (wrong !== null) return sayAt(input, wrong);
    const ask = () => (step.kind === 'confirmSignUp' ? confirmSignUp(person, typed) : this.answer(typed));
    const goOn = (next: Step): void => {
      if (!this.next(next)) return;
      if (step.kind === 'code' && next.kind === 'code') this.wrongCode();
      else this.askForNext();
    };
    await working(button, ask, goOn, (refused) => this.wayOn(refused, () => void this.submit()));
  }

  /** Cognito ends a sign-in in the same words after the last attempt and after the code's time: the attempts tell which. */
  private async answer(typed: string): Promise<Step> {
    const { step } = this.progress;
    try {
      return await answer(typed);
    } catch (error) {
      const isEnded = error instanceof Refused && error.token === 'SIGN_IN_ENDED';
      throw isEnded && step.kind === 'code' && step.attemptsLeft > 1 ? new Refused('CODE_EXPIRED') : error;
    }
  }

  private async resend(channel?: Channel): Promise<void> {
    const { step, person } = this.progress;
    if (this.isOver || (channel === undefined && resendButton.ariaDisabled === 'true')) return;
    const asks = { code: () => resend(channel), confirmSignUp: () => resendSignUpCode(person) };
    const ask = step.kind === 'code' || step.kind === 'confirmSignUp' ? asks[step.kind] : () => signIn(person);
    const goOn = (next: Step): void => {
      const isSent = step.kind !== 'code' || next.kind !== 'code' || next.resendsLeft < step.resendsLeft;
      if (!this.next(next, (isSent && channel !== undefined) || this.progress.hasSwitched)) return;
      if (isSent) input.value = '';
      const hint = byId('code-hint');
      if (!isSent) hint.textContent = t('code.notResent');
      else if (channel === undefined && hint.textContent === '') hint.textContent = t('code.resent');
      announce(`${byId('code-sent').textContent} ${hint.textContent}`);
      input.focus();
    };
    const pressed = channel === undefined ? resendButton : otherButton;
    await working(pressed, ask, goOn, (refused) => this.wayOn(refused, () => void this.resend(channel)));
  }

  /** Begins the sign-in anew, for the same person. */
  private async again(): Promise<void> {
    const { person } = this.progress;
    if (this.isWithoutPassword()) return this.back(true);
    const goOn = (next: Step): void => {
      if (this.next(next, false)) this.askForNext();
    };
    await working(byId('refusal-action'), () => signIn(person), goOn, () => ({ label: 'code.resend', act: () => void this.again() }));
  }

  /** A reload forgets it. */
  private isWithoutPassword(): boolean {
    return this.config.passwordRequired && this.progress.person.password === undefined;
  }

  private wayOn(refused: Refused, again: () => void): WayOn | null | undefined {
    switch (refused.token) {
      case 'SIGN_IN_ENDED':
        // The account is confirmed, and the sign-in after that lacks something.
        if (this.progress.step.kind === 'confirmSignUp' && this.isWithoutPassword()) return void this.back(true);
      // falls through
      case 'SIGN_IN_LOST':
        return this.close();
      case 'CODE_EXPIRED':
        if (this.progress.step.kind === 'code') return this.close();
      // one of Cognito's own is answered like a wrong one: falls through
      case 'CODE_WRONG':
        input.setAttribute('aria-invalid', 'true');
        input.focus();
        input.select();
        return null;
      case 'PASSWORD_TOO_WEAK':
        input.focus();
        return null;
      default:
        return { label: 'tryAgain', act: again };
    }
  }

  private askForNext(): void {
    input.value = '';
    input.focus();
    announce(byId('code-sent').textContent ?? '');
  }

  private wrongCode(): void {
    const text = t('code.wrong');
    sayAt(input, text);
    announce(`${text} ${byId('attempts-left').textContent}`);
    input.select();
  }

  /** Nothing can be typed any more: only a new code leads on. */
  private end(refused: Refused): void {
    showRefusal(refused, this.close());
  }

  private close(): WayOn {
    this.isOver = true;
    this.leave();
    const hadFocus = form.contains(document.activeElement);
    byId('code-field').hidden = button.hidden = true;
    byId('code-title').textContent = t(this.title());
    nameTab();
    this.renderResend();
    if (hadFocus) byId('code-title').focus();
    return { label: 'code.resend', act: () => void this.again() };
  }

  private back(isWithoutPassword = false): void {
    this.leave();
    keepProgress(null);
    this.onBack(this.progress.person.username, isWithoutPassword);
  }

  /** The other way that the pool has. A new account has none: only what it signed up with gets its first code. */
  private otherChannel(): Channel | null {
    const { step, isNew } = this.progress;
    if (step.kind !== 'code' || isNew || step.resendsLeft === 0) return null;
    return this.config.channels.find((channel) => channel !== step.medium) ?? null;
  }

  private sentTo(): string {
    const { step, person, address, hasSwitched, isNew } = this.progress;
    if (step.kind === 'newPassword') return t('code.lead.newPassword');
    if (hasSwitched) return t(`code.sent.${step.medium}.perhaps`); // whether the account has it, nobody is told
    const isWhatWasTyped = address !== '' && (person.contact === 'email') === (step.medium === 'email');
    const typed = person.contact === 'email' ? address : showPhoneNumber(address);
    const destination = isWhatWasTyped ? typed : /[\p{L}\d]/u.test(step.destination) ? step.destination : '';
    // Nothing tells whether a name that was typed is anybody's.
    const nowhere = this.config.names && !isNew ? '.unknown' : '.nowhere';
    return t(`code.sent.${step.medium}${destination ? '' : nowhere}`, { destination: leftToRight(destination) });
  }
}

/** Returns the digits of what was typed; of a whole message only those of its code, should its length tell which they are. */
function digitsOf(typed: string, length: number | null): string {
  const text = typed.replace(/[٠-٩۰-۹]/g, (digit) => String(digit.charCodeAt(0) & 15));
  const codes = new Set(length === null ? [] : text.match(new RegExp(`(?<!\\d)\\d{${length}}(?!\\d)`, 'g')));
  return codes.size === 1 ? [...codes].join('') : text.replace(/\D/g, '');
}
