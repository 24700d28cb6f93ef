/** A CA made for these tests; its key was thrown away. */
export const caPem = `
-----BEGIN CERTIFICATE-----
MIIBgTCCASegAwIBAgIULbDUJ7BaQO9yCDoDMeRUTPG00XQwCgYIKoZIzj0EAwIw
FTETMBEGA1UEAwwKa3ViZXJuZXRlczAgFw0yNjExMjEwOTQxNDFaGA8yMTI2MTAy
ODA5NDE0MVowFTETMBEGA1UEAwwKa3ViZXJuZXRlczBZMBMGByqGSM49AgEGCCqG
SM49AwEHA0IABMqL4le/Wqz+Tf+PQwhtsLUkPrvcPJArlHBnKLhtTJNFa9SUpTKI
iO52rkkMbbwrPZk+05gTUk7gu1D7oUoe5uGjUzBRMB0GA1UdDgQWBBQrK6JksaUI
phOIJO1XeVXxhKt3TTAfBgNVHSMEGDAWgBQrK6JksaUIphOIJO1XeVXxhKt3TTAP
BgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIQC5RndUDKfw7sEKf+bj
JOECFmyDRwKrM3JrWpN0fMz8cgIgA/hIHbYEeHvCl+2GjA/y59AlgZ3m+MkTP7F6
iw7wHaY=
-----END CERTIFICATE-----
`.trimStart();

/** A kubeconfig as kubeadm writes it, in JSON, which is YAML. */
export const kubeconfig = JSON.stringify({
  apiVersion: "v1",
  kind: "Config",
  clusters: [
    {
      name: "devk8sclu",
      cluster: {
        server: "https://172.30.10.45:6443",
        "certificate-authority-data": Buffer.from(caPem).toString("base64"),
      },
    },
  ],
});
