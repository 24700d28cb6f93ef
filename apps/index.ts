import { deploy } from "./deploy";

/** The stack's outputs: see deploy.ts. */
export = deploy;
