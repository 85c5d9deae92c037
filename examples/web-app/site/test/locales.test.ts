import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

import { chooseLanguage, LANGUAGES } from '../src/i18n';
import en from '../src/locales/en.json';
import { MODULE_TOKENS, OTHER_TOKENS } from '../src/refusals';

type Locale = Record<string, string | Record<string, string>>;

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const locale = (language: string) => JSON.parse(read(`../src/locales/${language}.json`)) as Locale;
const placeholders = (text: string) => new Set(text.match(/\{\w+\}/g));
const sources = readdirSync(new URL('../src', import.meta.url)).filter((name) => name.endsWith('.ts'));
const code = [...sources.map((name) => read(`../src/${name}`)), read('../index.html')].join('\n');

it('are the files that there are', () => {
  const files = readdirSync(new URL('../src/locales', import.meta.url)).map((name) => name.replace('.json', ''));
  expect(new Set(files)).toEqual(new Set(LANGUAGES));
});

describe.each(LANGUAGES)('%s', (language) => {
  const words = locale(language);

  it('has a sentence for each refusal', () => {
    const missing = [...MODULE_TOKENS, ...OTHER_TOKENS].filter((token) => !words[`refusal.${token}`]);
    expect(missing).toEqual([]);
  });

  it('has the keys of English, each with words, and their placeholders', () => {
    expect(Object.keys(words)).toEqual(Object.keys(en));
    for (const [key, english] of Object.entries(en as Locale)) {
      const value = words[key]!;
      const texts = typeof value === 'string' ? [value] : [value.other!];
      for (const text of texts) {
        expect(text.trim(), key).not.toBe('');
        expect(placeholders(text), key).toEqual(placeholders(typeof english === 'string' ? english : english.other!));
      }
    }
  });

  it('has every plural form that the language has', () => {
    // What counts here are small whole numbers: "many" of Spanish and French begins with a million.
    const rules = new Intl.PluralRules(language);
    const forms = new Set(Array.from({ length: 200 }, (_, count) => rules.select(count)));
    for (const [key, value] of Object.entries(words)) {
      if (typeof value !== 'string') expect(new Set(Object.keys(value)), key).toEqual(new Set([...forms, 'other']));
    }
  });
});

it('hold no words that nothing shows', () => {
  const built = /^(refusal|problem|code\.sent|code\.other|code\.back|start\.title|add\.title|add\.note)\./;
  const unused = Object.keys(en).filter((key) => !built.test(key) && !code.includes(`'${key}'`) && !code.includes(`"${key}"`));
  expect(unused).toEqual([]);
});

it.each([
  [['de-AT', 'en'], 'de'],
  [['pt-BR', 'es-419', 'en'], 'es'],
  [['ar_EG'], 'ar'],
  [['zh-TW'], 'en'],
  [[], 'en'],
])('a browser that wishes for %j gets %s', (wished, language) => {
  expect(chooseLanguage(wished)).toBe(language);
});
