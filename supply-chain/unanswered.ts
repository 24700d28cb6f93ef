/** Exit code of an audit whose databases gave no answer: nobody knows then, which is neither good nor bad. */
export const UNANSWERED = 3;
