/**
 * The environment whose members come and go. A test of it imports this file before all others: what they share with the tests of dev
 * asks for the environment when it is loaded.
 */
process.env["ENVIRONMENT_UNDER_TEST"] = "ha";
