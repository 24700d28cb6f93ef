package ec2_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go/aws"
	"github.com/aws/aws-sdk-go/aws/awserr"
	"github.com/aws/aws-sdk-go/aws/ec2metadata"
	"github.com/aws/aws-sdk-go/aws/session"
	"github.com/aws/aws-sdk-go/service/ec2"
)

// As kube-router calls it.
func TestEveryCallIsRefusedByName(t *testing.T) {
	opened, err := session.NewSession(aws.NewConfig().WithMaxRetries(5))
	if err != nil {
		t.Fatal(err)
	}
	_, regionErr := ec2metadata.New(opened).Region()
	opened.Config.Region = aws.String("eu-central-1")
	_, changeErr := ec2.New(opened).ModifyInstanceAttribute(&ec2.ModifyInstanceAttributeInput{
		InstanceId: aws.String("i-1"), SourceDestCheck: &ec2.AttributeBooleanValue{Value: aws.Bool(false)},
	})
	for _, err := range []error{regionErr, changeErr} {
		var refusal awserr.Error
		if !errors.As(err, &refusal) || refusal.Code() != "LeftOut" || !strings.Contains(err.Error(), "aws") {
			t.Errorf("called, or refused with %v", err)
		}
	}
}
