/** The last step: who is signed in, and what the application knows of them. */

import { addIdentifier, type Claims, claims, confirmIdentifier, idToken, resendIdentifierCode, signOut } from './auth';
import type { Config, Identifier } from './config';
import { language, leftToRight, t } from './i18n';
import { announce, byId, fieldError, showStep, type WayOn, working } from './page';
import { readPhoneNumber, showPhoneNumber } from './phone';
import { type Refused, refusalOf } from './refusals';
import { fetchRow } from './row';

const addForm = byId<HTMLFormElement>('add-form');
const addCodeForm = byId<HTMLFormElement>('add-code-form');
const addInput = byId<HTMLInputElement>('add-value');
const addCodeInput = byId<HTMLInputElement>('add-code');

/** Claims that people know; the others stand below. */
const FIRST = ['sub', 'cognito:username', 'phone_number', 'phone_number_verified', 'email', 'email_verified', 'locale'];

/** Claims that are seconds since 1970. */
const TIMES = ['auth_time', 'iat', 'exp'];

export class AccountStep {
  private known: Claims = {};
  private adding: { identifier: Identifier; value: string } | null = null;

  /** @param onSignedOut called when nobody is signed in any more. */
  constructor(
    private readonly config: Config,
    private readonly onSignedOut: () => void,
  ) {
    byId('sign-out').addEventListener('click', () => void this.leave());
    addForm.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.add();
    });
    addCodeForm.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.confirm();
    });
    byId('add-resend').addEventListener('click', () => void this.resend());
    byId('add-back').addEventListener('click', () => this.stopAdding());
    addInput.addEventListener('input', () => fieldError(addInput, null));
    addCodeInput.addEventListener('input', () => fieldError(addCodeInput, null));
  }

  show(known: Claims): void {
    this.known = known;
    this.adding = null;
    this.render();
    showStep('account');
    void this.loadRow();
  }

  /** Fills in the words. */
  render(): void {
    byId('account-who').textContent = this.names();
    byId('row-part').hidden = this.config.rowUrl === undefined;
    fillList(byId('claims'), inOrder(this.known));
    this.renderAdd();
  }

  /** What people know themselves by. */
  private names(): string {
    const { phone_number: number, email, 'cognito:username': username } = this.known;
    const shown = typeof number === 'string' ? leftToRight(showPhoneNumber(number)) : null;
    return [this.config.names && username, shown, email].filter(Boolean).join(' · ');
  }

  private async loadRow(): Promise<void> {
    if (this.config.rowUrl === undefined) return;
    const note = byId('row-note');
    note.textContent = t('row.loading');
    try {
      const row = await fetchRow(this.config.rowUrl, (await idToken()) ?? '');
      note.textContent = row === null ? t('row.none') : '';
      fillList(byId('row'), row ?? {});
    } catch (error) {
      note.textContent = t(`refusal.${refusalOf(error).token}`);
    }
  }

  private renderAdd(): void {
    const missing = this.missing();
    byId('add-part').hidden = missing === null;
    if (missing === null) return;
    byId('add-title').textContent = t(`add.title.${missing}`);
    byId('add-label').textContent = t(missing === 'email' ? 'email.label' : 'phone.label');
    byId('add-note').textContent = this.adding
      ? t('add.sent', { destination: leftToRight(this.adding.value) })
      : t(`add.note.${missing}`);
    addInput.type = missing === 'email' ? 'email' : 'tel';
    addInput.autocomplete = missing === 'email' ? 'email' : 'tel';
    addForm.hidden = this.adding !== null;
    addCodeForm.hidden = this.adding === null;
  }

  /** What the pool could also send codes to and the account has not proven yet. */
  private missing(): Identifier | null {
    const wanted = this.config.channels.map((channel): Identifier => (channel === 'email' ? 'email' : 'phone_number'));
    return wanted.find((identifier) => this.known[`${identifier}_verified`] !== true) ?? null;
  }

  private async add(): Promise<void> {
    const identifier = this.missing();
    if (identifier === null) return;
    const typed = addInput.value.trim();
    const read = identifier === 'phone_number' ? readPhoneNumber(typed, undefined, this.config) : null;
    const problem = read && 'problem' in read ? read.problem : read === null && !typed.includes('@') ? 'EMAIL_IMPOSSIBLE' : null;
    fieldError(addInput, problem && t(`problem.${problem}`));
    if (problem) return addInput.focus();
    const value = read && 'e164' in read ? read.e164 : typed;
    await this.work(byId('add-submit'), () => void this.add(), async () => {
      await addIdentifier(identifier, value);
      this.adding = { identifier, value };
      this.renderAdd();
      addCodeInput.value = '';
      addCodeInput.focus();
      announce(byId('add-note').textContent ?? '');
    });
  }

  private async confirm(): Promise<void> {
    const { adding } = this;
    const code = addCodeInput.value.trim();
    if (adding === null) return;
    fieldError(addCodeInput, code === '' ? t('problem.CODE_EMPTY') : null);
    if (code === '') return addCodeInput.focus();
    await this.work(byId('add-code-submit'), () => void this.confirm(), async () => {
      await confirmIdentifier(adding.identifier, code);
      addInput.value = '';
      this.show((await claims()) ?? {});
      announce(t('add.done'));
    });
  }

  private async resend(): Promise<void> {
    const { adding } = this;
    if (adding === null) return;
    await this.work(byId('add-resend'), () => void this.resend(), async () => {
      await resendIdentifierCode(adding.identifier);
      announce(byId('add-note').textContent ?? '');
    });
  }

  private stopAdding(): void {
    this.adding = null;
    this.renderAdd();
    addInput.focus();
  }

  private async leave(): Promise<void> {
    await this.work(byId('sign-out'), () => void this.leave(), async () => {
      await signOut();
      byId('row').replaceChildren(); // nothing of it stays in a browser that somebody else uses next
      byId('claims').replaceChildren();
      this.onSignedOut();
      announce(t('account.signedOut'));
    });
  }

  private async work(busy: HTMLElement, again: () => void, work: () => Promise<void>): Promise<void> {
    await working(busy, work, (refused) => this.wayOn(refused, again));
  }

  private wayOn(refused: Refused, again: () => void): WayOn | null {
    if (refused.token === 'SIGNED_OUT') return { label: 'way.startAgain', act: () => void this.leave() };
    if (refused.token === 'CODE_WRONG' || refused.token === 'CODE_EXPIRED') {
      addCodeInput.setAttribute('aria-invalid', 'true');
      addCodeInput.focus();
      addCodeInput.select();
      return null;
    }
    const isAboutTheField = ['ACCOUNT_EXISTS', 'PHONE_NUMBER_INVALID', 'EMAIL_INVALID', 'INPUT_INVALID'].includes(refused.token);
    return isAboutTheField ? null : { label: 'tryAgain', act: again };
  }
}

function inOrder(known: Claims): Claims {
  const first = FIRST.filter((name) => name in known).map((name) => [name, known[name]]);
  return { ...Object.fromEntries(first), ...known };
}

/** Shows an object's fields, each as a term and its value. */
function fillList(list: HTMLElement, values: Record<string, unknown>): void {
  list.replaceChildren(
    ...Object.entries(values).map(([name, value]) => {
      const pair = document.createElement('div');
      const term = document.createElement('dt');
      const said = document.createElement('dd');
      term.textContent = name;
      said.dir = 'ltr'; // a number keeps its + in front also in Arabic
      said.textContent = typeof value === 'object' ? JSON.stringify(value) : String(value);
      if (TIMES.includes(name) && typeof value === 'number') said.append(timeOf(value));
      pair.append(term, said);
      return pair;
    }),
  );
}

function timeOf(seconds: number): HTMLElement {
  const element = document.createElement('span');
  element.className = 'hint';
  element.dir = 'auto';
  const format = new Intl.DateTimeFormat(language(), { dateStyle: 'medium', timeStyle: 'medium' });
  element.textContent = ` ${format.format(seconds * 1000)}`;
  return element;
}
