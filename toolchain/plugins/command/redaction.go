package main

import (
	"context"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"sitewright/toolchain/plugins/command/internal/redact"
)

// withRedaction gives every operation a redactor for the secrets of its own resource: log lines go through it by way of
// the context, errors and check failures go through it here.
func withRedaction(provider p.Provider) p.Provider {
	inner := provider
	provider.Check = func(ctx context.Context, req p.CheckRequest) (p.CheckResponse, error) {
		redactor := redactorOf(req.Inputs)
		resp, err := inner.Check(redact.WithRedactor(ctx, redactor), req)
		for i := range resp.Failures {
			resp.Failures[i].Reason = redactor.Text(resp.Failures[i].Reason)
		}
		return resp, redactor.Error(err)
	}
	provider.Create = func(ctx context.Context, req p.CreateRequest) (p.CreateResponse, error) {
		redactor := redactorOf(req.Properties)
		resp, err := inner.Create(redact.WithRedactor(ctx, redactor), req)
		return resp, redactor.Error(err)
	}
	provider.Update = func(ctx context.Context, req p.UpdateRequest) (p.UpdateResponse, error) {
		redactor := redactorOf(req.Inputs, req.State)
		resp, err := inner.Update(redact.WithRedactor(ctx, redactor), req)
		return resp, redactor.Error(err)
	}
	provider.Delete = func(ctx context.Context, req p.DeleteRequest) error {
		redactor := redactorOf(req.Properties)
		return redactor.Error(inner.Delete(redact.WithRedactor(ctx, redactor), req))
	}
	provider.Invoke = func(ctx context.Context, req p.InvokeRequest) (p.InvokeResponse, error) {
		redactor := redactorOf(req.Args)
		resp, err := inner.Invoke(redact.WithRedactor(ctx, redactor), req)
		return resp, redactor.Error(err)
	}
	return provider
}

func redactorOf(maps ...property.Map) *redact.Redactor {
	var secrets []string
	for _, properties := range maps {
		secrets = append(secrets, redact.SecretsOf(properties)...)
	}
	return redact.New(secrets...)
}
