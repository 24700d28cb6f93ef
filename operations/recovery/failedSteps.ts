import { readEventLog } from "../engine/eventLog";
import { placeOf, VIRTUAL_MACHINE } from "./orphanedResources";
import type { UnconfirmedCreate } from "./unconfirmedCreates";

/** A failed update, from the engine's event log. */
export interface FailedUpdate {
  /** Every error message, with the resource that it is about. */
  errors: { urn: string; message: string }[];
  /** What was to be created, and is not in the state. */
  uncreated: UnconfirmedCreate[];
}

/** Reads the file that `pulumi up --event-log` has written. */
export function readFailedUpdate(eventLog: string): FailedUpdate {
  const events = readEventLog(eventLog);
  return {
    errors: events.flatMap(({ diagnosticEvent: event }) =>
      event?.severity === "error" ? [{ urn: event.urn ?? "", message: event.message }] : [],
    ),
    uncreated: events.flatMap(({ resOpFailedEvent: event }) => {
      if (event?.metadata.op !== "create" || event.metadata.new?.id) {
        return [];
      }
      const { urn, type, provider, new: state } = event.metadata;
      return [{ urn, type, provider, inputs: placeOf(state?.inputs) }];
    }),
  };
}

/** Errors of a vCenter, or of the way to it, that are transient: the same request may succeed a moment later. */
const PASSING =
  /session is not authenticated|connection reset|broken pipe|\bEOF\b|timed? ?out|deadline exceeded|server closed|\b50[234]\b/i;

/** Messages that come with any failed update. */
const CLOSING_WORDS = /^(update failed|resource .* has a problem)/;

/** Refusals of the program. They are never transient, whatever the cluster's API has answered. */
const REFUSED = /asks for what the running cluster would not survive/;

const ALREADY_THERE = /already ?exists/i;

/** What a machine's creation says when it may have been made all the same: the clone was asked for, and its result is unknown. */
const CLONE_ASKED_FOR = /error cloning virtual machine|error removing the cloned virtual machine/;

/** True when everything that failed did so in vCenter, and for causes that pass by themselves. */
export function isPassing({ errors }: FailedUpdate, unconfirmed: readonly string[]): boolean {
  const causes = errors.filter(({ message }) => !CLOSING_WORDS.test(message));
  return (
    causes.length > 0 &&
    causes.every(
      ({ urn, message }) =>
        // Errors of the program itself, from its lookups, are about no resource.
        (urn === "" || urn.includes("vsphere:")) &&
        !REFUSED.test(message) &&
        (PASSING.test(message) || (unconfirmed.includes(urn) && ALREADY_THERE.test(message))),
    )
  );
}

/** Creates that may have succeeded in vCenter without being in the state. A refusal is an answer: it names another's, or nothing was made. */
export function perhapsCreated({ errors, uncreated }: FailedUpdate): UnconfirmedCreate[] {
  return uncreated.filter(({ urn, type }) =>
    errors.some(
      ({ urn: about, message }) =>
        about === urn &&
        PASSING.test(message) &&
        (type !== VIRTUAL_MACHINE || CLONE_ASKED_FOR.test(message)),
    ),
  );
}
