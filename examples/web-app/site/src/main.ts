/** Puts the page together: reads config.json, goes on where this browser was, and leads from step to step. */

import { AccountStep } from './account';
import { type Claims, claims, configure } from './auth';
import { CodeStep } from './code';
import { type Config, ConfigError, loadConfig } from './config';
import { chooseLanguage, type Language, LANGUAGES, language, setLanguage } from './i18n';
import * as memory from './memory';
import { byId, clearRefusal, fieldError, fillWords, nameTab, renderRefusal, showRefusal, showStep } from './page';
import { Refused, refusalOf } from './refusals';
import { StartStep } from './start';

async function open(): Promise<void> {
  clearRefusal();
  byId('loading').hidden = false;
  try {
    await run(await loadConfig());
  } catch (error) {
    if (error instanceof ConfigError) {
      byId('broken-what').textContent = error.message;
      return showStep('broken');
    }
    if (!(error instanceof Refused)) throw error;
    byId('loading').hidden = true;
    showRefusal(error, { label: 'tryAgain', act: () => void open() });
  }
}

async function run(config: Config): Promise<void> {
  byId('app-name').textContent = config.appName;
  memory.openFor(config.userPoolClientId);
  configure(config);

  const start = new StartStep(config, (entered) => code.show(entered));
  const code = new CodeStep(
    config,
    () => void goOn(),
    (identifier, isWithoutPassword) => {
      start.prefill(identifier);
      start.show();
      if (isWithoutPassword) start.askPassword();
    },
  );
  const account = new AccountStep(config, leave);

  function leave(identifier = ''): void {
    account.clear();
    memory.forget();
    start.begin(identifier);
  }

  /** Shows the account if somebody is signed in, the code step if one waits for a code, or else the start. */
  async function goOn(): Promise<void> {
    let signedIn: Claims | null = null;
    let refused: Refused | null = null;
    try {
      signedIn = await claims();
    } catch (error) {
      refused = refusalOf(error);
    }
    if (signedIn) {
      memory.keepProgress(null);
      memory.keepKnown(usernameOf(signedIn, config));
      return account.show(signedIn);
    }
    if (document.body.dataset.step === 'account' && !refused) return leave(); // signed out in another tab
    const progress = memory.progress();
    if (progress) code.resume(progress);
    else start.show();
    if (refused) showRefusal(refused, { label: 'tryAgain', act: () => void goOn() });
    else if (memory.known() !== null) {
      memory.keepKnown(null);
      if (!progress) showRefusal(new Refused('SIGNED_OUT'), null);
    }
  }

  byId('language').addEventListener('change', () => {
    const step = document.body.dataset.step;
    if (step === 'start') start.render();
    if (step === 'code') code.render();
    if (step === 'account') account.render();
    for (const input of document.querySelectorAll<HTMLElement>('input[aria-invalid]')) fieldError(input, null);
    nameTab();
  });
  memory.whenKnownChanges(() => void goOn());
  // A browser may show the page as it was left, whatever has come since.
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted) void goOn();
  });
  start.restore();
  await goOn();
}

/** Returns what somebody signs in with. */
function usernameOf(signedIn: Claims, { names, identifiers }: Config): string {
  const claim = names ? 'cognito:username' : identifiers.find((each) => signedIn[each]);
  return String(signedIn[claim ?? ''] ?? '');
}

function offerLanguages(): void {
  const picker = byId<HTMLSelectElement>('language');
  const kept = memory.language();
  setLanguage(chooseLanguage(kept ? [kept, ...navigator.languages] : navigator.languages));
  for (const each of LANGUAGES) {
    const option = new Option(new Intl.DisplayNames(each, { type: 'language' }).of(each) ?? each, each);
    option.lang = each;
    picker.add(option);
  }
  picker.value = language();
  picker.addEventListener('change', () => {
    memory.keepLanguage(picker.value);
    setLanguage(picker.value as Language);
    fillWords();
    renderRefusal();
  });
  fillWords();
}

offerLanguages();
void open();
