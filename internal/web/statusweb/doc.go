// Package statusweb holds an applicant's pages from the submission on: where the
// application stands in plain words, the answer to an officer's question, the
// fee and its receipts, the interview, the decision, and taking it back. What
// comes before the submission is formweb's.
//
// Every page asks the door (web/applicant) for the application; the link of a
// question's mail lets its reader in.
package statusweb
