// Package tariff reads what applications cost: for each service a file
// tariffs/*.yaml of the catalogue, whose first line that fits a person sets the
// price. A service without a file, and a person whom no line fits, pays the fee
// that stands in the questionnaire.
//
// It may import casework, declaration, form and locale.
package tariff
