// Package csi finds out which calls of vSphere's CSI driver work against the simulated vCenter. The table in lab/README.md is
// made of what is expected here.
package csi

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"github.com/vmware/govmomi/property"
	"github.com/vmware/govmomi/vim25/mo"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
)

const gib = 1 << 30

// golden is the driver's configuration as cluster/storage/vsphere-csi/config.ts writes it for a vCenter at 127.0.0.1:8989.
const golden = "../unit/cluster/storage/vsphere-csi/__goldens__/csi-vsphere.conf"

// controller runs the driver's controller, and returns a connection to it and a reader of its log.
func controller(t *testing.T, s *site, changes ...string) (*grpc.ClientConn, func() string) {
	t.Helper()
	// A path in a folder of its own: the driver watches the folder of its configuration, and a socket's path is short.
	socket, err := os.MkdirTemp("", "csi-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(socket) })
	endpoint := "unix://" + filepath.Join(socket, "csi.sock")
	log := start(t, "vsphere-csi", []string{
		"KUBECONFIG=" + s.kubeconfig, "CSI_ENDPOINT=" + endpoint, "CSI_NAMESPACE=" + namespace, "X_CSI_MODE=controller",
		"X_CSI_SPEC_DISABLE_LEN_CHECK=true", "VSPHERE_CSI_CONFIG=" + s.write("csi-vsphere.conf", driverConfig(t, s, changes...)),
		"LOGGER_LEVEL=PRODUCTION",
	}, "--fss-name="+features, "--fss-namespace="+namespace)
	connection, err := grpc.NewClient(endpoint, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connection.Close() })
	return connection, log
}

// driverConfig is the driver's configuration for the site's vCenter, with changes: pairs of a text and what takes its place.
func driverConfig(t *testing.T, s *site, changes ...string) string {
	t.Helper()
	text, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(s.vcenter)
	changes = append(changes, `"8989"`, `"`+port+`"`, "/etc/cloud/vcenter-ca.crt", s.path("ca.crt"))
	return strings.NewReplacer(changes...).Replace(string(text))
}

func block() *csi.VolumeCapability {
	return &csi.VolumeCapability{
		AccessType: &csi.VolumeCapability_Mount{Mount: &csi.VolumeCapability_MountVolume{FsType: "ext4"}},
		AccessMode: &csi.VolumeCapability_AccessMode{Mode: csi.VolumeCapability_AccessMode_SINGLE_NODE_WRITER},
	}
}

func wish(name string, parameters map[string]string) *csi.CreateVolumeRequest {
	return &csi.CreateVolumeRequest{
		Name: name, Parameters: parameters, VolumeCapabilities: []*csi.VolumeCapability{block()},
		CapacityRange: &csi.CapacityRange{RequiredBytes: gib},
	}
}

// TestDriver uses one site for all parts: an API server takes longer to start than most of them run.
func TestDriver(t *testing.T) {
	s := newSite(t)
	for _, test := range []struct {
		name string
		run  func(*testing.T, *site)
	}{
		{"controller against the simulator", controllerAgainstTheSimulator},
		{"the controller ends with a wrong password, and says so", wrongPassword},
		{"another password", anotherPassword},
		{"snapshots", snapshots},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, s.of(t)) })
	}
}

func controllerAgainstTheSimulator(t *testing.T, s *site) {
	connection, log := controller(t, s)
	ctx, cancel := context.WithTimeout(context.Background(), 2*deadline)
	defer cancel()
	calls := csi.NewControllerClient(connection)

	var volume *csi.Volume
	eventually(t, "a volume is made, once the driver has found the nodes", func() error {
		answer, err := calls.CreateVolume(ctx, wish("pvc-1", nil))
		if err == nil {
			volume = answer.Volume
		}
		return err
	})
	id, one, two := volume.VolumeId, s.nodes["one"], s.nodes["two"]

	// row reports the result of a call and compares it with the expected one.
	row := func(call, expected string, err error) {
		t.Helper()
		got := "works"
		if err != nil {
			got = status.Convert(err).Message()
		}
		t.Logf("| %s | %s |", call, got)
		if !strings.Contains(got, expected) {
			t.Errorf("%s: %q, and %q was expected", call, got, expected)
		}
	}

	plugin, err := csi.NewIdentityClient(connection).GetPluginInfo(ctx, &csi.GetPluginInfoRequest{})
	row("GetPluginInfo", "works", err)
	if err == nil && plugin.Name != driver {
		t.Errorf("the driver calls itself %s", plugin.Name)
	}
	_, err = csi.NewIdentityClient(connection).Probe(ctx, &csi.ProbeRequest{})
	row("Probe", "works", err)
	if volume.CapacityBytes != gib {
		t.Errorf("the volume has %d bytes", volume.CapacityBytes)
	}
	row("CreateVolume", "works", nil)
	again, err := calls.CreateVolume(ctx, wish("pvc-1", nil))
	row("CreateVolume of the same name", "works", err)
	if err == nil && again.Volume.VolumeId != id {
		t.Errorf("the same name gave another volume, %s after %s", again.Volume.VolumeId, id)
	}
	_, err = calls.CreateVolume(ctx, wish("pvc-2", map[string]string{"storagepolicyname": "vSAN Default Storage Policy"}))
	row("CreateVolume by a storage policy", "works", err)
	_, err = calls.CreateVolume(ctx, wish("pvc-3", map[string]string{"storagepolicyname": "nowhere"}))
	row("CreateVolume by a policy that is not there", `no pbm profile found with name: "nowhere"`, err)
	_, err = calls.CreateVolume(ctx, wish("pvc-4", map[string]string{"datastoreurl": "ds:///nowhere"}))
	row("CreateVolume on a datastore that is not there", "is not accessible to all nodes", err)
	_, err = calls.CreateVolume(ctx, wish("pvc-5", map[string]string{"color": "red"}))
	row("CreateVolume with a parameter it does not know", "invalid parameters :map[color:red]", err)
	file := wish("pvc-6", nil)
	file.VolumeCapabilities[0].AccessMode.Mode = csi.VolumeCapability_AccessMode_MULTI_NODE_MULTI_WRITER
	file.VolumeCapabilities[0].GetMount().FsType = "nfs4"
	_, err = calls.CreateVolume(ctx, file)
	row("CreateVolume for several writers", "vSAN file service may be disabled", err)

	_, err = calls.ValidateVolumeCapabilities(ctx, &csi.ValidateVolumeCapabilitiesRequest{
		VolumeId: id, VolumeCapabilities: []*csi.VolumeCapability{block()}})
	row("ValidateVolumeCapabilities", "works", err)

	publish := &csi.ControllerPublishVolumeRequest{VolumeId: id, NodeId: one, VolumeCapability: block()}
	published, err := calls.ControllerPublishVolume(ctx, publish)
	row("ControllerPublishVolume", "works", err)
	if err == nil && published.PublishContext["diskUUID"] == "" {
		t.Errorf("no UUID by which the node would find the disk: %v", published.PublishContext)
	}
	_, err = calls.ControllerPublishVolume(ctx, publish)
	row("ControllerPublishVolume once more", "ResourceInUse", err)
	publish.NodeId = two
	_, err = calls.ControllerPublishVolume(ctx, publish)
	row("ControllerPublishVolume to another node", "ResourceInUse", err)
	unpublish := &csi.ControllerUnpublishVolumeRequest{VolumeId: id, NodeId: one}
	_, err = calls.ControllerUnpublishVolume(ctx, unpublish)
	row("ControllerUnpublishVolume", "works", err)
	_, err = calls.ControllerUnpublishVolume(ctx, unpublish)
	row("ControllerUnpublishVolume once more", "InvalidArgument", err)
	_, err = calls.ControllerPublishVolume(ctx, publish)
	row("ControllerPublishVolume to another node, after that", "works", err)
	unpublish.NodeId = two
	_, err = calls.ControllerUnpublishVolume(ctx, unpublish)
	row("ControllerUnpublishVolume from it", "works", err)

	grown, err := calls.ControllerExpandVolume(ctx, &csi.ControllerExpandVolumeRequest{
		VolumeId: id, VolumeCapability: block(), CapacityRange: &csi.CapacityRange{RequiredBytes: 2 * gib}})
	row("ControllerExpandVolume", "works", err)
	if err == nil && grown.CapacityBytes != 2*gib {
		t.Errorf("the volume grew to %d bytes", grown.CapacityBytes)
	}
	snapshot, err := calls.CreateSnapshot(ctx, &csi.CreateSnapshotRequest{SourceVolumeId: id, Name: "snapshot-1"})
	row("CreateSnapshot", "works", err)
	snapshots, err := calls.ListSnapshots(ctx, &csi.ListSnapshotsRequest{SourceVolumeId: id})
	row("ListSnapshots", "works", err)
	if err == nil && len(snapshots.Entries) != 1 {
		t.Errorf("%d snapshots", len(snapshots.Entries))
	}
	if snapshot != nil {
		_, err = calls.DeleteSnapshot(ctx, &csi.DeleteSnapshotRequest{SnapshotId: snapshot.Snapshot.SnapshotId})
		row("DeleteSnapshot", "works", err)
	}
	volumes, err := calls.ListVolumes(ctx, &csi.ListVolumesRequest{})
	row("ListVolumes", "works", err)
	if err == nil && slices.ContainsFunc(volumes.Entries, func(entry *csi.ListVolumesResponse_Entry) bool {
		return entry.Volume.VolumeId == id
	}) {
		t.Errorf("a volume without a PersistentVolume is listed")
	}
	_, err = calls.DeleteVolume(ctx, &csi.DeleteVolumeRequest{VolumeId: id})
	row("DeleteVolume", "works", err)
	_, err = calls.DeleteVolume(ctx, &csi.DeleteVolumeRequest{VolumeId: id})
	row("DeleteVolume once more", "works", err)
	if strings.Contains(log(), "secret") {
		t.Error("the password is in the driver's log")
	}
}

func wrongPassword(t *testing.T, s *site) {
	_, log := controller(t, s, "secret", "guess")
	eventually(t, "the controller says that its login failed", func() error {
		if !strings.Contains(log(), "failed to init controller") || !strings.Contains(log(), "Login failure") {
			return errors.New("it does not")
		}
		return nil
	})
	if strings.Contains(log(), "guess") {
		t.Error("the password is in the driver's log")
	}
}

// anotherPassword changes the account's password first in the vCenter, then in the Secret, as docs/vcenter-access.md says.
func anotherPassword(t *testing.T, s *site) {
	connection, log := controller(t, s)
	ctx, cancel := context.WithTimeout(context.Background(), 2*deadline)
	defer cancel()
	calls := csi.NewControllerClient(connection)
	eventually(t, "a volume is made", func() error {
		_, err := calls.CreateVolume(ctx, wish("pvc-former", nil))
		return err
	})
	other := strings.Replace(password, "secret", "renewed", 1)
	s.write("password", other)
	t.Cleanup(func() { s.write("password", password) })
	if client, err := s.login(ctx); err == nil {
		_ = client.Logout(ctx)
		t.Fatal("the vCenter still takes the former password")
	}
	if _, err := calls.CreateVolume(ctx, wish("pvc-meanwhile", nil)); err != nil {
		t.Fatalf("the driver's session does not go on: %v", err)
	}

	// The kubelet gives a pod another version of a Secret in a folder of its own, and then removes the former one.
	s.write("csi-vsphere.conf", driverConfig(t, s, "secret", "renewed"))
	if err := os.Remove(s.write("former", "")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the driver reads its configuration again", func() error {
		if !strings.Contains(log(), "Successfully reloaded configuration") {
			return errors.New("it does not")
		}
		return nil
	})
	s.endOtherSessions(t, ctx, other)
	var volume *csi.Volume
	eventually(t, "a volume is made with the other password", func() error {
		answer, err := calls.CreateVolume(ctx, wish("pvc-other", nil))
		if err == nil {
			volume = answer.Volume
		}
		return err
	})
	if _, err := calls.ControllerPublishVolume(ctx, &csi.ControllerPublishVolumeRequest{
		VolumeId: volume.VolumeId, NodeId: s.nodes["one"], VolumeCapability: block(),
	}); err != nil {
		t.Errorf("it is not attached: %v", err)
	}
	if strings.Contains(log(), "renewed") {
		t.Error("the password is in the driver's log")
	}
}

// endOtherSessions ends all sessions, so that who goes on has logged in with the password of now.
func (s *site) endOtherSessions(t *testing.T, ctx context.Context, password string) {
	t.Helper()
	client, err := s.loginBy(ctx, password)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Logout(ctx) }()
	own, err := client.SessionManager.UserSession(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var manager mo.SessionManager
	if err := property.DefaultCollector(client.Client).RetrieveOne(ctx, *client.ServiceContent.SessionManager, []string{"sessionList"}, &manager); err != nil {
		t.Fatal(err)
	}
	ended := 0
	for _, one := range manager.SessionList {
		if one.Key != own.Key {
			if err := client.SessionManager.TerminateSession(ctx, []string{one.Key}); err != nil {
				t.Fatal(err)
			}
			ended++
		}
	}
	if ended == 0 {
		t.Fatal("the driver has no session")
	}
}
