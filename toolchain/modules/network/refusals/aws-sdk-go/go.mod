// Stands where kube-router imports Amazon's SDK, 10 MB of sources for one call; see aws/ec2metadata.
module github.com/aws/aws-sdk-go

go 1.26.0
