// Stands where Consul imports Vault's login by Google Cloud, which brings Google's client libraries; see gcp.go.
module github.com/hashicorp/vault/api/auth/gcp

go 1.26.0

require github.com/hashicorp/vault/api v1.12.2
