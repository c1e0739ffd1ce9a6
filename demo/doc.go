// Package demo is the demonstration ministry: its reception centre in Baku and
// 28 posts abroad, their counters, weekly plans and holidays, its staff, and a
// generator of invented applicants. Everything is embedded, and the same seed
// always gives the same people. So are its watch lists, in which everybody is
// invented too, and its travellers, with portraits that are drawn.
//
// The cities are real and lie in countries that the ministry's report on 2023
// names; it reported appointments at its reception centre and 28 posts, among
// its new embassies Bratislava and Tel Aviv. Which posts those 28 are is this
// demonstration's own choice. Addresses, telephone numbers, hours, plans,
// accounts and people are invented.
//
// It may import catalogue, locale, post, travel/mrz and travel/translit.
package demo
