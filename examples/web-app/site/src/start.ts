/** The first step: who somebody is. */

import type { Person } from './auth';
import type { Config, Identifier } from './config';
import { enter, type Wish } from './enter';
import { language, leftToRight, t } from './i18n';
import { draft, type Entered, keepDraft, known } from './memory';
import { byId, clearRefusal, fieldError, nameTab, sayAt, showStep, type WayOn, working } from './page';
import { type CountryCode, guessCountry, listCountries, readPhoneNumber, splitPhoneNumber } from './phone';
import type { Refused, Token } from './refusals';

const form = byId<HTMLFormElement>('start-form');
const button = byId('continue');
const username = byId<HTMLInputElement>('identifier-username');
const phone = byId<HTMLInputElement>('identifier-phone');
const country = byId<HTMLSelectElement>('country');
const email = byId<HTMLInputElement>('identifier-email');
const password = byId<HTMLInputElement>('password');
const contactChoices = byId('contact-switch').querySelectorAll<HTMLInputElement>('input');

const INPUTS = { phone_number: phone, email, username, password };

/** Whose fault it is: the field that gets the focus. */
const FIELD_OF: Partial<Record<Token, keyof typeof INPUTS>> = {
  PHONE_NUMBER_INVALID: 'phone_number',
  PHONE_NUMBER_REQUIRED: 'phone_number',
  COUNTRY_NOT_ALLOWED: 'phone_number',
  EMAIL_INVALID: 'email',
  EMAIL_REQUIRED: 'email',
  USERNAME_INVALID: 'username',
  USERNAME_TAKEN: 'username',
  PASSWORD_TOO_WEAK: 'password',
  WRONG_PASSWORD: 'password',
};

export class StartStep {
  private wish: Wish;
  private contact: Identifier;
  private justMade: string | null = null;

  /** @param onEntered called when there is a next step. */
  constructor(
    private readonly config: Config,
    private readonly onEntered: (entered: Entered) => void,
  ) {
    this.wish = this.usual;
    this.contact = this.contacts.includes('phone_number') ? 'phone_number' : 'email';
    this.listen();
  }

  show(): void {
    this.render();
    showStep('start');
  }

  /** Begins anew: nothing stays of what was typed. */
  begin(identifier: string): void {
    for (const input of Object.values(INPUTS)) {
      input.value = '';
      fieldError(input, null);
    }
    this.wish = this.usual;
    this.prefill(identifier);
    this.show();
  }

  /** Goes on where only the password is missing. */
  askPassword(): void {
    sayAt(password, t('problem.PASSWORD_EMPTY'));
  }

  /** Fills in the words and the fields; what was typed stays. */
  render(): void {
    const { config, wish, contact } = this;
    const asksContact = !config.names || wish === 'signUp';
    byId('start-title').textContent = t(`start.title.${wish}`);
    byId('start-lead').textContent = t(config.passwordRequired ? 'start.lead.password' : 'start.lead');
    byId('username-field').hidden = !config.names;
    byId('username-hint').textContent = this.usernameHint();
    byId('contact-switch').hidden = !asksContact || this.contacts.length < 2;
    byId('phone-fields').hidden = !asksContact || contact !== 'phone_number';
    byId('email-field').hidden = !asksContact || contact !== 'email';
    byId('password-field').hidden = !config.passwordRequired;
    password.autocomplete = wish === 'signUp' ? 'new-password' : 'current-password';
    for (const choice of contactChoices) choice.checked = choice.value === contact;
    byId('mode').hidden = wish === 'either' || !config.selfService;
    byId('mode-question').textContent = t(wish === 'signIn' ? 'mode.new' : 'mode.notNew');
    byId('mode-switch').textContent = t(wish === 'signIn' ? 'signUp' : 'signIn');
    this.listCountries();
  }

  /** Fills in what stood here before a reload, or else who was signed in. */
  restore(): void {
    const kept = draft();
    if (!kept) return this.prefill(known() ?? '');
    if (this.contacts.includes(kept.contact)) this.contact = kept.contact;
    this.listCountries(kept.country);
    phone.value = kept.phone;
    email.value = kept.email;
    username.value = kept.username;
  }

  /** Fills in who somebody said to be. */
  prefill(identifier: string): void {
    const number = splitPhoneNumber(identifier);
    if (this.config.names) username.value = identifier;
    else if (number && this.contacts.includes('phone_number')) {
      this.contact = 'phone_number';
      this.listCountries(number.country);
      phone.value = number.national;
    } else if (identifier.includes('@') && this.contacts.includes('email')) {
      this.contact = 'email';
      email.value = identifier;
    }
  }

  /** By name or password, a sign-in cannot be told from a sign-up by trying: people have to say which they want. */
  private get usual(): Wish {
    const { selfService, names, passwordRequired } = this.config;
    return !selfService || names || passwordRequired ? 'signIn' : 'either';
  }

  private get wishOfTheNew(): Wish {
    return this.usual === 'either' ? 'either' : 'signUp';
  }

  /** What the first code may go to. */
  private get contacts(): Identifier[] {
    const { names, identifiers, channels } = this.config;
    if (!names) return identifiers;
    return channels.map((channel) => (channel === 'sms' ? 'phone_number' : 'email'));
  }

  private listen(): void {
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.submit();
    });
    for (const choice of contactChoices) choice.addEventListener('change', () => this.choose(choice.value as Identifier));
    byId('mode-switch').addEventListener('click', () => this.want(this.wish === 'signIn' ? this.wishOfTheNew : 'signIn'));
    for (const input of [username, phone, email, password, country]) {
      input.addEventListener('input', () => {
        clearRefusal();
        fieldError(input === country ? phone : input, null);
        this.keep();
      });
    }
    // A number that was pasted or typed with its country code says itself where it is from.
    phone.addEventListener('change', takeCountry);
    phone.addEventListener('paste', () => setTimeout(takeCountry));
  }

  private keep(): void {
    keepDraft({
      contact: this.contact,
      country: country.value,
      phone: phone.value,
      email: email.value,
      username: username.value,
    });
  }

  private choose(contact: Identifier): void {
    clearRefusal();
    this.contact = contact;
    this.render();
    this.keep();
  }

  private want(wish: Wish): void {
    clearRefusal();
    this.wish = wish;
    this.render();
    nameTab();
    byId('start-title').focus();
  }

  private async submit(): Promise<void> {
    const person = this.read();
    if (!person) return;
    const { address } = person;
    // Should the sign-in after a sign-up fail, the next click goes on with it. Who wants either gets there anyway.
    const wish = this.wish === 'signUp' && person.username === this.justMade ? 'signIn' : this.wish;
    const onSignedUp = (): void => {
      this.justMade = person.username;
    };
    await working(
      button,
      () => enter(person, this.attributes(address), wish, onSignedUp),
      (step) => {
        const isNew = this.justMade === person.username;
        this.justMade = null;
        password.value = '';
        this.wish = this.usual;
        this.onEntered({ person, step, at: Date.now(), address, isNew, hasSwitched: false });
      },
      (refused) => this.wayOn(refused, address),
    );
  }

  /** Returns who it is, or null after it has said what is wrong with the fields. */
  private read(): (Person & { address: string }) | null {
    const { config, wish, contact } = this;
    const wrong: [HTMLInputElement, string][] = [];
    let address = '';
    if (!config.names || wish === 'signUp') {
      const readNumber = () => readPhoneNumber(phone.value, country.value as CountryCode, config);
      const read = contact === 'email' ? readEmail(email.value) : readNumber();
      if ('problem' in read) wrong.push([INPUTS[contact], t(`problem.${read.problem}`)]);
      else address = 'e164' in read ? read.e164 : read.email;
    }
    const name = config.names ? this.readName() : address;
    if (config.names && name === '') wrong.unshift([username, t('problem.USERNAME_EMPTY')]);
    else if (name.includes(' ')) wrong.unshift([username, t('problem.USERNAME_SPACES')]);
    if (config.passwordRequired && password.value === '') wrong.push([password, t('problem.PASSWORD_EMPTY')]);
    for (const input of Object.values(INPUTS)) fieldError(input, wrong.find(([field]) => field === input)?.[1] ?? null);
    if (wrong[0]) {
      sayAt(...wrong[0]);
      return null;
    }
    return { username: name, contact, address, ...(config.passwordRequired && { password: password.value }) };
  }

  /** A verified number is an alias in E.164 only, however it is typed. */
  private readName(): string {
    const typed = username.value.trim();
    if (this.wish === 'signUp' || !this.config.identifiers.includes('phone_number')) return typed;
    const number = readPhoneNumber(typed, undefined, { allowedCountries: null, blockedCountries: [] });
    return 'e164' in number ? number.e164 : typed;
  }

  private attributes(address: string): Record<string, string> {
    return { locale: language(), ...(this.config.names && { [this.contact]: address }) };
  }

  /** @param address what was typed as number or address, as Cognito knows it. */
  private wayOn(refused: Refused, address: string): WayOn | null {
    const field = FIELD_OF[refused.token];
    if (field) {
      const contact = this.contacts.find((each) => each === field);
      if (contact) this.choose(contact);
      INPUTS[field].setAttribute('aria-invalid', 'true');
      INPUTS[field].focus();
    }
    switch (refused.token) {
      case 'PHONE_NUMBER_TAKEN':
      case 'EMAIL_TAKEN':
        return { label: 'way.signIn', act: () => this.signInWith(address) };
      case 'ACCOUNT_EXISTS':
      case 'SIGN_UP_PENDING':
      case 'SIGN_UP_CLOSED':
        return { label: 'way.signIn', act: () => this.want('signIn') };
      case 'NO_ACCOUNT':
        if (!this.config.selfService) return null;
        return { label: 'signUp', act: () => this.want(this.wishOfTheNew) };
      case 'SIGN_UP_THROTTLED':
      case 'SIGN_UP_REFUSED':
      case 'COUNTRY_NOT_ALLOWED':
      case 'PHONE_NUMBER_INVALID':
        if (this.wish === 'either') return { label: 'way.signIn', act: () => this.want('signIn'), isAside: true };
      // who said that they are new has no account: falls through
      default:
        return field ? null : { label: 'tryAgain', act: () => void this.submit() };
    }
  }

  /** The account has another name than the one that was just made up. */
  private signInWith(address: string): void {
    if (this.config.names) username.value = this.config.identifiers.includes(this.contact) ? address : '';
    this.want('signIn');
  }

  private usernameHint(): string {
    const identifiers = this.config.identifiers.filter((each) => this.contacts.includes(each));
    if (this.wish === 'signUp') return t('username.hint.signUp');
    if (identifiers.length === 2) return t('username.hint.both');
    if (identifiers.length === 0) return '';
    return t(identifiers[0] === 'email' ? 'username.hint.email' : 'username.hint.phone');
  }

  private listCountries(chosen = country.value): void {
    const countries = listCountries(language(), this.config);
    const guessed = guessCountry(navigator.languages, countries);
    country.replaceChildren(
      ...countries.map(({ code, name, callingCode }) => new Option(`${name} (${leftToRight(`+${callingCode}`)})`, code)),
    );
    country.value = countries.some(({ code }) => code === chosen) ? chosen : (guessed ?? '');
  }
}

function takeCountry(): void {
  const number = splitPhoneNumber(phone.value);
  if (!number || ![...country.options].some(({ value }) => value === number.country)) return;
  country.value = number.country;
  phone.value = number.national;
}

function readEmail(typed: string): { email: string } | { problem: 'EMAIL_EMPTY' | 'EMAIL_IMPOSSIBLE' } {
  const text = typed.trim();
  if (text === '') return { problem: 'EMAIL_EMPTY' };
  return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text) ? { email: text } : { problem: 'EMAIL_IMPOSSIBLE' };
}
