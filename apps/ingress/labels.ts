/** Labels of Traefik's pods, for policies that let them in. */
export const INGRESS_LABELS = { app: "traefik" };
