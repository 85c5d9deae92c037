/** Puts the page together: reads config.json, goes on where this browser was, and leads from step to step. */

import { AccountStep } from './account';
import { type Claims, claims, configure } from './auth';
import { CodeStep } from './code';
import { type Config, ConfigError, loadConfig } from './config';
import { chooseLanguage, type Language, LANGUAGES, language, setLanguage } from './i18n';
import * as memory from './memory';
import { byId, fieldError, fillWords, nameTab, renderRefusal, showRefusal, showStep } from './page';
import { Refused, refusalOf } from './refusals';
import { StartStep } from './start';

async function run(): Promise<void> {
  offerLanguages();
  let config: Config;
  try {
    config = await loadConfig();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    byId('broken-what').textContent = error.message;
    showStep('broken');
    return;
  }
  byId('app-name').textContent = config.appName;
  configure(config);

  const start = new StartStep(config, (entered) => code.show(entered));
  const code = new CodeStep(
    config,
    () => void goOn(),
    (identifier) => {
      start.prefill(identifier);
      start.show();
    },
  );
  const account = new AccountStep(config, () => {
    memory.keepSignedIn(false);
    start.show();
  });

  /** Shows the account if somebody is signed in, the code step if one waits for a code, or else the start. */
  async function goOn(): Promise<void> {
    let known: Claims | null = null;
    let refused: Refused | null = null;
    try {
      known = await claims();
    } catch (error) {
      refused = refusalOf(error);
    }
    const progress = memory.progress();
    if (known) account.show(known);
    else if (progress) code.resume(progress);
    else start.show();
    if (known) memory.keepSignedIn(true);
    else if (refused) showRefusal(refused, { label: 'tryAgain', act: () => void goOn() });
    else if (memory.wasSignedIn()) {
      memory.keepSignedIn(false);
      if (!progress) showRefusal(new Refused('SIGNED_OUT'), null);
    }
  }

  byId('language').addEventListener('change', () => {
    const step = document.body.dataset.step;
    if (step === 'start') start.render();
    if (step === 'code') code.render();
    if (step === 'account') account.render();
    for (const input of document.querySelectorAll<HTMLElement>('input[aria-invalid]')) fieldError(input, null);
    renderRefusal();
    nameTab();
  });
  start.restore();
  await goOn();
}

function offerLanguages(): void {
  const picker = byId<HTMLSelectElement>('language');
  const kept = memory.language();
  setLanguage(chooseLanguage(kept ? [kept, ...navigator.languages] : navigator.languages));
  picker.replaceChildren(
    ...LANGUAGES.map((each) => new Option(new Intl.DisplayNames(each, { type: 'language' }).of(each) ?? each, each)),
  );
  picker.value = language();
  picker.addEventListener('change', () => {
    memory.keepLanguage(picker.value);
    setLanguage(picker.value as Language);
    fillWords();
  });
  fillWords();
}

void run();
