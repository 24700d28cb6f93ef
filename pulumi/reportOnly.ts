/** Set to 1 for a preview that only reports, such as that of a pull request: what would be refused is then a warning. */
export const REPORT_VARIABLE = "SITEWRIGHT_REPORT";
