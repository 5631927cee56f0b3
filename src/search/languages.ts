// Which language a text is in, by its most common words: good enough to choose among the stemmers that PostgreSQL ships with.
// A text that none of them fits well is `simple`: its words are found as they are written.
import { wordsOf } from './fold.ts';

/**
 * Words that are common in one language and rare in the others, folded, without those that several of these languages
 * share. The keys are text search configurations of every PostgreSQL from 15 on.
 */
const COMMON: Readonly<Record<string, string>> = {
  danish: 'af at blev efter eller har hvor ikke jeg kan meget nogle og ogsaa sig skal som til ved vaere og',
  dutch: 'aan als bij dat deze een en het hij is maar met naar niet ook op te uit van voor was wordt zijn',
  english: 'and are as at been by for from has have he his it its of on that the their this to was were which with',
  finnish: 'ei etta han ja joka kanssa kun kuin mutta myos niin oli olivat ovat se sen sita tai taman tama vain',
  french: 'au aux avec ce cette dans des du elle est et il la le les mais nous ou par pas pour que qui sur une',
  german: 'als auch auf aus bei das dass dem den der des die ein eine er es fur im ist mit nicht sich sie und von zu',
  hungarian: 'a az csak egy es ez hogy ha is meg mar mint nem vagy volt van ki azt ezt lehet minden',
  italian: 'alla anche che con da del della delle di e gli il la le nel nella non per piu si sono sul una',
  norwegian: 'av ble blir eller etter fra hun ikke jeg kan men noe og ogsa pa seg skal som til var ved vaere hva',
  portuguese: 'ao as com como da das do dos e em foi mais mas na nao no o os para pela pelo por que se sua uma',
  romanian: 'a au ca care cu de din este fost in la mai nu o pe pentru prin sa sau se si sunt un unei',
  spanish: 'al como con de del el en es esta fue la las lo los mas no para pero por que se su una y ya',
  swedish: 'att av den det efter eller en ett for fran har hon inte jag kan med men nar och om pa sig som till var',
  turkish: 'bir bu cok da daha de degil en gibi gore her icin ile ise kadar ki ne olan olarak sonra ve veya var',
  russian: 'а без был было в во все для его ее из или к как но о от по при с так то у что это этого',
};

/** Scripts that one configuration is for. Cyrillic is not among them: it is Russian by its words. */
const SCRIPTS: readonly (readonly [RegExp, string])[] = [
  [/\p{Script=Greek}/gu, 'greek'],
  [/\p{Script=Arabic}/gu, 'arabic'],
  [/\p{Script=Armenian}/gu, 'armenian'],
  [/\p{Script=Devanagari}/gu, 'hindi'],
  [/\p{Script=Tamil}/gu, 'tamil'],
];

const SIMPLE = 'simple';

const languagesOf = new Map<string, string[]>();
for (const [language, words] of Object.entries(COMMON)) {
  for (const word of new Set(words.split(' '))) {
    languagesOf.set(word, [...(languagesOf.get(word) ?? []), language]);
  }
}

/** Characters that are looked at. */
const SAMPLE = 20_000;
/** Fewer common words than one in ten: a table, a log, another language. Texts of the listed languages have one in four. */
const LEAST_SHARE = 0.1;
/** A short sentence, two common words of which are of one language. */
const LEAST_WORDS = 4;
const LEAST_COMMON = 2;

/** @param folded as src/search/fold.ts writes it. @returns the name of a text search configuration */
export function detectLanguage(folded: string): string {
  const sample = folded.slice(0, SAMPLE);
  const letters = sample.match(/\p{L}/gu)?.length ?? 0;
  const script = SCRIPTS.find(([pattern]) => 2 * (sample.match(pattern)?.length ?? 0) > letters);
  if (script !== undefined) return script[1];
  const words = wordsOf(sample);
  const counts = new Map<string, number>();
  for (const word of words) {
    for (const language of languagesOf.get(word) ?? []) counts.set(language, (counts.get(language) ?? 0) + 1);
  }
  const [best = [SIMPLE, 0] as const, second = [SIMPLE, 0] as const] = [...counts].toSorted(([, a], [, b]) => b - a);
  const isClear = best[1] >= Math.max(LEAST_COMMON, LEAST_SHARE * words.length) && best[1] > second[1];
  return words.length >= LEAST_WORDS && isClear ? best[0] : SIMPLE;
}
