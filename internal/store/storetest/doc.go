// Package storetest gives tests a fresh, migrated database on each engine.
//
// PostgreSQL comes from CHANCERY_TEST_PG when set, else from the PostgreSQL
// programs of this machine, started for the length of the test process, else
// from an embedded distribution. When none can be had, tests fail if CI=true
// and otherwise say what to install.
package storetest
