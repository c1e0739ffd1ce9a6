// Package applicant is the door of people who have applied: a cookie of the
// browser holds, for each application that it may see, its reference and a token
// that casework gave. Pages of /applications/{reference} ask the Door for the
// application; a browser that may not see it is led to ReturnPath, where the
// person proves by a code who they are, and then back.
//
// It may import web and casework.
package applicant
