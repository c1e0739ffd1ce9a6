// Package travelweb tells travellers whether they need a visa: the questions and
// the answer at /visa, the rules for all nationalities at /visa/table, the
// agreements behind them, and for programs GET /api/v1/visa-policy and
// POST /api/v1/mrz.
//
// It may import web, api, travel/policy, travel/mrz, country, fault and locale.
package travelweb
