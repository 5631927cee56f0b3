// The language of a text, by a sentence or two of it.
import { expect, it } from 'vitest';
import { foldText } from '../../src/search/fold.ts';
import { detectLanguage } from '../../src/search/languages.ts';

const TEXTS: Readonly<Record<string, string>> = {
  danish:
    'Rapporten blev skrevet efter mødet, og der er ikke noget nyt at sige om budgettet. Det skal vi tale om igen.',
  dutch: 'Het rapport is geschreven na de vergadering en er zijn geen nieuwe cijfers voor het budget van dit jaar.',
  english:
    'The report was written after the meeting, and there is nothing new to be said about the budget for this year.',
  finnish:
    'Raportti kirjoitettiin kokouksen jälkeen ja se on nyt valmis, mutta uusia lukuja ei ole kuin vain tämän vuoden.',
  french:
    'Le rapport a été écrit après la réunion et il ne contient pas de nouveaux chiffres pour le budget de cette année.',
  german:
    'Der Bericht wurde nach der Sitzung geschrieben und enthält nichts Neues über das Budget für die nächsten Jahre.',
  hungarian: 'A jelentés az ülés után készült, és nem tartalmaz új adatokat, hogy mennyi volt az idei költségvetés.',
  italian:
    'Il rapporto è stato scritto dopo la riunione e non ci sono cifre nuove per il bilancio di questo anno che sono note.',
  norwegian:
    'Rapporten ble skrevet etter møtet, og jeg kan ikke se noe nytt om budsjettet fra i fjor som skal være med.',
  portuguese:
    'O relatório foi escrito depois da reunião e não tem números novos para o orçamento, mas isso não é uma surpresa.',
  romanian:
    'Raportul a fost scris după ședință și nu sunt cifre noi pentru bugetul din acest an, care este cel mai mare.',
  russian: 'Отчёт был написан после совещания, и в нём нет ничего нового о бюджете, но это не так важно для всех.',
  spanish:
    'El informe fue escrito después de la reunión y no hay cifras nuevas para el presupuesto de este año, pero ya están.',
  swedish:
    'Rapporten skrevs efter mötet och det är inte något nytt att säga om budgeten, men jag har en fråga till dig.',
  turkish:
    'Rapor toplantıdan sonra yazıldı ve bu yıl için yeni bir sayı yok, ama daha çok bilgi gibi olan şeyler de var.',
  greek: 'Η έκθεση γράφτηκε μετά τη συνεδρίαση.',
  arabic: 'كتب التقرير بعد الاجتماع',
  hindi: 'बैठक के बाद रिपोर्ट लिखी गई',
  simple: '2026-11-27 ERROR code=17 host=alpha 4711 0815 disk sda1 full retry 3 queue depth 12 worker 9',
};

it.each(Object.entries(TEXTS))('is %s', (language, text) => {
  expect(detectLanguage(foldText(text.normalize('NFC')))).toBe(language);
});

it('is simple where there is too little to tell, or two of them are as likely', () => {
  expect(detectLanguage('')).toBe('simple');
  expect(detectLanguage('the report')).toBe('simple');
  expect(detectLanguage(foldText('東京タワーは東京都港区にある総合電波塔である。'))).toBe('simple');
});
