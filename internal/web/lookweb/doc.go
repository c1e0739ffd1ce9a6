// Package lookweb is Look back: how a post's days went, and all posts side by
// side, as charts with their tables and as CSV. What is counted, and how, is
// defined in booking/lookback; the pages repeat it in plain words.
//
// It may import web, lookback, identity, identityweb, post, catalogue, booking
// and spreadsheet.
package lookweb
