// Package drawweb shows draws to the public: the list, each draw with its
// published values and how to check them, the draw file and the program that
// runs it again, as pages and as GET /api/v1/draws/{id}.
//
// It may import web, api, identityweb, identity, booking/ballot, draw, catalogue,
// post, locale, fault and the second program
// in test/drawcheck, which it hands out.
package drawweb
