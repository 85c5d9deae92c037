/** The page's words, in the languages of src/locales. */

import ar from './locales/ar.json';
import de from './locales/de.json';
import en from './locales/en.json';
import es from './locales/es.json';
import fr from './locales/fr.json';

export type Key = keyof typeof en;

/** A sentence; or one for each plural form of its `{count}`, as `Intl.PluralRules` names them. */
type Words = Record<Key, string | Partial<Record<Intl.LDMLPluralRule, string>>>;

export type Language = 'en' | 'de' | 'es' | 'fr' | 'ar';

const LOCALES: Record<Language, Words> = { en, de, es, fr, ar };

export const LANGUAGES = Object.keys(LOCALES) as Language[];

let current: Language = 'en';

/** Chooses the language of `t`, and of the document. */
export function setLanguage(language: Language): void {
  current = language;
  document.documentElement.lang = language;
  document.documentElement.dir = language === 'ar' ? 'rtl' : 'ltr';
}

export function language(): Language {
  return current;
}

/** Returns the first wished language that there is; English in the end. */
export function chooseLanguage(wished: readonly string[]): Language {
  const bases = wished.map((tag) => tag.toLowerCase().split(/[-_]/)[0]);
  return LANGUAGES.find((each) => each === bases.find((base) => LANGUAGES.includes(base as Language))) ?? 'en';
}

/** Returns the words of a key, with `{name}` replaced. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  const words = LOCALES[current][key];
  const text =
    typeof words === 'string' ? words : words[new Intl.PluralRules(current).select(Number(values.count))] ?? words.other;
  return (text ?? '').replace(/\{(\w+)\}/g, (placeholder, name: string) => String(values[name] ?? placeholder));
}

/** Marks a number or an address as one run from left to right: it keeps its + in front also in Arabic. */
export function leftToRight(text: string): string {
  return `\u2066${text}\u2069`;
}
