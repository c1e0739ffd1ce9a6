// Package country names the states and territories of ISO 3166-1 in the
// languages of the product, and the further nationality codes that ICAO
// Doc 9303 part 3 allows in a passport.
//
// Names come from Unicode CLDR; where its edition in x/text is older than a
// country's present name, the present one stands here.
//
// It may import locale.
package country
