// Stands where Consul imports go-discover, which brings the SDK of every cloud; see discover.go.
module github.com/hashicorp/go-discover

go 1.26.0
