// Makes `tcf.json`: TC strings written by IAB Tech Lab's own library, with what was put in.
// Run once: npm install @iabtechlabtcf/core@1.5.21 && node tcf.mjs > tcf.json
import * as core from '@iabtechlabtcf/core';
const { TCModel, TCString, GVL, PurposeRestriction, RestrictionType, Segment, SegmentIDs } = core;
const ids = n => Array.from({ length: n }, (_, i) => String(i + 1));
const of = list => Object.fromEntries(list.map(i => [i, { id: Number(i), name: 'n' + i, purposes: [1,2,3,4,7,8,9,10].map(Number), legIntPurposes: [2,7,8,9,10], flexiblePurposes: [2,7,8,9,10], specialPurposes: [], features: [], specialFeatures: [], policyUrl: '', cookieMaxAgeSeconds: null, usesCookies: true, cookieRefresh: false, usesNonCookieAccess: false }]));
const gvl = () => { const g = new GVL({ gvlSpecificationVersion: 3, vendorListVersion: 42, tcfPolicyVersion: 4, lastUpdated: '2025-01-01T00:00:00Z', purposes: of(ids(11)), specialPurposes: of(ids(2)), features: of(ids(3)), specialFeatures: of(ids(2)), stacks: {}, dataCategories: {}, vendors: of(ids(900)) }); return g; };
const make = (name, set, isServiceSpecific = true) => {
  const m = new TCModel(gvl());
  m.cmpId = 31; m.cmpVersion = 2; m.consentScreen = 1; m.consentLanguage = 'DE'; m.publisherCountryCode = 'DE'; m.isServiceSpecific = isServiceSpecific;
  set(m);
  m.created = new Date('2026-01-01T00:00:00Z'); m.lastUpdated = new Date('2026-03-01T00:00:00Z');
  const string = TCString.encode(m);
  const sorted = v => { const a = []; v.forEach((has, id) => { if (has) a.push(id); }); return a.sort((x, y) => x - y); };
  const back = TCString.decode(string);
  const restrictions = [];
  for (const r of m.publisherRestrictions.getRestrictions()) restrictions.push({ purpose: r.purposeId, type: r.restrictionType, vendors: m.publisherRestrictions.getVendors(r).sort((a, b) => a - b) });
  return { name, string, last_updated: '2026-03-01T00:00:00Z', purposes: sorted(back.purposeConsents), interests: sorted(back.purposeLegitimateInterests), special_features: sorted(back.specialFeatureOptins), vendors: sorted(back.vendorConsents), vendor_interests: sorted(back.vendorLegitimateInterests), disclosed: string.split('.').slice(1).length ? sorted(back.vendorsDisclosed) : null, restrictions };
};
const out = [];
out.push(make('nothing granted', m => {}));
out.push(make('everything granted, vendors as one range', m => { m.setAll(); m.specialFeatureOptins.set([1, 2]); m.vendorsDisclosed.set(ids(900).map(Number)); }));
out.push(make('some purposes, some vendors as bits', m => { m.purposeConsents.set([1, 3, 4]); m.purposeLegitimateInterests.set([2, 7]); m.vendorConsents.set([1, 2, 3, 8, 9, 12, 28]); m.vendorLegitimateInterests.set([8, 12]); m.vendorsDisclosed.set([1, 8, 28]); m.specialFeatureOptins.set([1]); }));
out.push(make('few far vendors as ranges', m => { m.purposeConsents.set([1, 8]); m.vendorConsents.set([10, 755, 756, 757, 900]); m.vendorLegitimateInterests.set([899]); m.purposeLegitimateInterests.set([8, 10]); m.vendorsDisclosed.set([755, 899]); }));
out.push(make('restrictions of every type', m => { m.setAll(); m.vendorsDisclosed.set(ids(900).map(Number));
  const restrict = (v, p, t) => { const r = new PurposeRestriction(); r.purposeId = p; r.restrictionType = t; m.publisherRestrictions.add(v, r); };
  restrict(8, 2, RestrictionType.NOT_ALLOWED); restrict(9, 2, RestrictionType.NOT_ALLOWED); restrict(10, 7, RestrictionType.REQUIRE_CONSENT); restrict(755, 8, RestrictionType.REQUIRE_LI); restrict(756, 8, RestrictionType.REQUIRE_LI); }));
out.push(make('publisher segment', m => { m.purposeConsents.set([1]); m.vendorConsents.set([1]); m.publisherConsents.set([1, 2]); m.publisherLegitimateInterests.set([7]); m.vendorsDisclosed.set([1]); }));
console.log(JSON.stringify({ source: '@iabtechlabtcf/core 1.5.21 (IAB Tech Lab, Apache-2.0), by tcf.mjs beside this file', strings: out }, null, 1));
