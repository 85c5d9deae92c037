/** The last step: who is signed in, and what the application knows of them. */

import { addIdentifier, type Claims, claims, confirmIdentifier, idToken, resendIdentifierCode, signOut } from './auth';
import type { Config, Identifier } from './config';
import { language, leftToRight, t } from './i18n';
import { type Adding, adding, keepAdding, known } from './memory';
import { announce, byId, clearRefusal, fieldError, sayAt, showStep, type WayOn, working } from './page';
import { guessCountry, listCountries, readPhoneNumber, showPhoneNumber } from './phone';
import type { Refused } from './refusals';
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
  private adding: Adding | null = null;
  private row: Record<string, unknown> | 'loading' | 'row.none' | 'row.failed' = 'loading';

  /** @param onSignedOut called when nobody is signed in any more, with what to fill in. */
  constructor(
    private readonly config: Config,
    private readonly onSignedOut: (identifier: string) => void,
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
    byId('row-again').addEventListener('click', () => void this.loadRow());
    for (const input of [addInput, addCodeInput]) {
      input.addEventListener('input', () => {
        clearRefusal();
        fieldError(input, null);
      });
    }
  }

  show(known: Claims): void {
    this.clear();
    this.known = known;
    const kept = adding();
    this.adding = kept?.sub === known.sub && kept?.identifier === this.missing() ? kept : null;
    this.render();
    showStep('account');
    void this.loadRow();
  }

  /** Nothing stays for who uses this browser next. */
  clear(): void {
    this.known = {};
    this.adding = null;
    this.row = 'loading';
    byId('account-note').textContent = '';
    for (const input of [addInput, addCodeInput]) {
      input.value = '';
      fieldError(input, null);
    }
    this.render();
  }

  /** Fills in the words. */
  render(): void {
    byId('account-who').textContent = this.names();
    this.renderRow();
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
    const { known } = this;
    byId('row-again').classList.add('busy');
    let row: Record<string, unknown> | null | 'row.failed';
    try {
      row = await fetchRow(this.config.rowUrl, (await idToken()) ?? '');
    } catch {
      row = 'row.failed';
    }
    if (this.known !== known) return; // somebody else's by now
    this.row = row ?? 'row.none';
    this.renderRow();
  }

  private renderRow(): void {
    const { row } = this;
    const again = byId('row-again');
    byId('row-part').hidden = this.config.rowUrl === undefined;
    byId('row-note').textContent = typeof row === 'string' ? t(row) : '';
    fillList(byId('row'), typeof row === 'string' ? {} : row);
    again.classList.remove('busy');
    if (row !== 'row.failed' && document.activeElement === again) byId('row-title').focus();
    again.hidden = row !== 'row.failed';
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
    const read = identifier === 'phone_number' ? this.readNumber(typed) : null;
    const problem = read && 'problem' in read ? read.problem : read === null && !typed.includes('@') ? 'EMAIL_IMPOSSIBLE' : null;
    fieldError(addInput, null);
    if (problem) return sayAt(addInput, t(`problem.${problem}`));
    const value = read && 'e164' in read ? read.e164 : typed;
    await working(
      byId('add-submit'),
      () => addIdentifier(identifier, value),
      () => {
        this.keepAdding({ sub: this.known.sub, identifier, value });
        addCodeInput.value = '';
        addCodeInput.focus();
        announce(byId('add-note').textContent ?? '');
      },
      (refused) => this.wayOn(refused, () => void this.add()),
    );
  }

  /** One that is written as at home is taken for one of the country that the browser's languages name. */
  private readNumber(typed: string): ReturnType<typeof readPhoneNumber> {
    return readPhoneNumber(typed, guessCountry(navigator.languages, listCountries(language(), this.config)), this.config);
  }

  private async confirm(): Promise<void> {
    const { adding } = this;
    const code = addCodeInput.value.trim();
    if (adding === null) return;
    fieldError(addCodeInput, null);
    if (code === '') return sayAt(addCodeInput, t('problem.CODE_EMPTY'));
    await working(
      byId('add-code-submit'),
      async () => {
        await confirmIdentifier(adding.identifier, code);
        return claims();
      },
      (known) => {
        keepAdding(null);
        this.show(known ?? {});
        byId('account-note').textContent = t('add.done');
        announce(t('add.done'));
      },
      (refused) => this.wayOn(refused, () => void this.confirm()),
    );
  }

  private async resend(): Promise<void> {
    const { adding } = this;
    if (adding === null) return;
    await working(
      byId('add-resend'),
      () => resendIdentifierCode(adding.identifier),
      () => announce(byId('add-note').textContent ?? ''),
      (refused) => this.wayOn(refused, () => void this.resend()),
    );
  }

  private stopAdding(): void {
    clearRefusal();
    this.keepAdding(null);
    addInput.focus();
  }

  private keepAdding(adding: Adding | null): void {
    this.adding = adding;
    keepAdding(adding);
    this.renderAdd();
  }

  /** @param identifier what to fill in afterwards. */
  private async leave(identifier = ''): Promise<void> {
    await working(
      byId('sign-out'),
      signOut,
      () => {
        this.onSignedOut(identifier);
        announce(t('account.signedOut'));
      },
      (refused) => this.wayOn(refused, () => void this.leave(identifier)),
    );
  }

  private wayOn(refused: Refused, again: () => void): WayOn | null | undefined {
    const said = t(`refusal.${refused.token}`);
    switch (refused.token) {
      case 'SIGNED_OUT':
        return { label: 'way.startAgain', act: () => void this.leave(known() ?? '') };
      case 'CODE_WRONG':
      case 'CODE_EXPIRED':
        sayAt(addCodeInput, said);
        return void addCodeInput.select();
      case 'ACCOUNT_EXISTS':
      case 'PHONE_NUMBER_INVALID':
      case 'EMAIL_INVALID':
      case 'INPUT_INVALID':
        return void sayAt(this.adding ? addCodeInput : addInput, said);
      default:
        return { label: 'tryAgain', act: again };
    }
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
