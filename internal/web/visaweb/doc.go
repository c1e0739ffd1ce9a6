// Package visaweb has the officers' pages of the register of visas: entering one
// for a granted case, correcting it, printing it again, and ending it by two
// officers; and the applicant's download of the visa.
package visaweb
