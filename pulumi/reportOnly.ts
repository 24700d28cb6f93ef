/** Set to 1 for a preview that only reports, such as that of a pull request: a refusal is then a warning. */
export const REPORT_VARIABLE = "SITEWRIGHT_REPORT";
