// Makes `gpp.json`: GPP strings written by IAB Tech Lab's own library, with what was put
// in. Run once: npm install @iabgpp/cmpapi@3.2.0 && node gpp.mjs > gpp.json
import { createRequire } from 'module';
const require = createRequire(import.meta.url);
const base = process.cwd() + '/node_modules/@iabgpp/cmpapi/lib/cjs/encoder/';
const { GppModel } = require(base + 'GppModel.js');
const sections = { 7: 'usnat', 8: 'usca', 9: 'usva', 10: 'usco', 11: 'usut', 12: 'usct', 13: 'usfl', 14: 'usmt', 15: 'usor', 16: 'ustx', 17: 'usde', 18: 'usia', 19: 'usne', 20: 'usnh', 21: 'usnj', 22: 'ustn' };
const out = [];
const made = (name, set, expect) => { const m = new GppModel(); set(m); out.push({ name, string: m.encode(), ...expect }); };
const none = { opted_out: [], child: false };
for (const [id, section] of Object.entries(sections)) {
  const fresh = () => { const m = new GppModel(); m.setFieldValue(section, 'SaleOptOut', 2); return m; };
  const fields = Object.keys(fresh().getSection(section));
  const version = fresh().getFieldValue(section, 'Version');
  const as = what => `${section}, version ${version}: ${what}`;
  made(as('nothing opted out of'), m => m.setFieldValue(section, 'SaleOptOut', 2), none);
  const flags = [['SaleOptOut', 'sale'], ['SharingOptOut', 'sharing'], ['TargetedAdvertisingOptOut', 'targeted']];
  for (const [field, word] of flags) {
    if (!fields.includes(field)) continue;
    made(as(field), m => m.setFieldValue(section, field, 1), { opted_out: [word], child: false });
  }
  const lists = [['SensitiveDataProcessing', 'sensitive'], ['KnownChildSensitiveDataConsents', 'child']];
  for (const [field, word] of lists) {
    const old = fresh().getFieldValue(section, field);
    const length = Array.isArray(old) ? old.length : 0;
    for (const at of length ? [0, length - 1] : [0]) {
      const value = length ? old.map((_, n) => (n === at ? 1 : 2)) : 1;
      const expect = word === 'child' ? { opted_out: [], child: true } : { opted_out: ['sensitive'], child: false };
      made(as(`${field}[${at}]`), m => m.setFieldValue(section, field, value), expect);
    }
  }
  if (fields.includes('Gpc')) {
    made(as('Gpc'), m => m.setFieldValue(section, 'Gpc', true), { opted_out: ['sale', 'sharing', 'targeted'], child: false });
  }
  const every = m => { for (const field of ['MspaCoveredTransaction', 'MspaOptOutOptionMode', 'MspaServiceProviderMode', 'PersonalDataConsents', 'AdditionalDataProcessingConsent']) if (fields.includes(field)) m.setFieldValue(section, field, 2); };
  made(as('the agreement alone'), every, none);
}
made('three sections, one of them opted out of', m => { m.setFieldValue('usca', 'SaleOptOut', 2); m.setFieldValue('usnat', 'TargetedAdvertisingOptOut', 1); m.setFieldValue('ustn', 'SaleOptOut', 2); }, { opted_out: ['targeted'], child: false });
made('a section that is not read: US privacy', m => m.setFieldValue('uspv1', 'OptOutSale', 'N'), { unreadable: true });
made('a section that is not read: Minnesota', m => m.setFieldValue('usmn', 'SaleOptOut', 2), { unreadable: true });
console.log(JSON.stringify({ source: '@iabgpp/cmpapi 3.2.0 (IAB Tech Lab, Apache-2.0), by gpp.mjs beside this file', strings: out }, null, 1));
