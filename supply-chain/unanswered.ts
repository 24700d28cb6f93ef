/** Exit code of an audit whose databases gave no answer: whether there are vulnerabilities is unknown. */
export const UNANSWERED = 3;
