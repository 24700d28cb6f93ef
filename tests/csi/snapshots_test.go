package csi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/container-storage-interface/spec/lib/go/csi"
)

const (
	// manifests are kinds, rights and class of snapshots as cluster/storage/snapshots/controller.ts and cluster/storage/vsphere-csi/vsphereCsi.ts render them.
	manifests = "../unit/cluster/storage/vsphere-csi/__goldens__/snapshots.yaml"
	// As they name the accounts of the snapshot controller and of the driver's controller.
	snapshotAccount = "snapshot-controller:snapshot-controller"
	driverAccount   = namespace + ":vsphere-csi-controller"
)

// as is a kubeconfig with which a program has the rights of a service account and no others.
func (s *site) as(account string) string {
	config, err := s.kubectl("", "config", "view", "--raw", "--output=json")
	if err != nil {
		s.Fatal(err)
	}
	var parsed map[string]any
	if err := json.Unmarshal([]byte(config), &parsed); err != nil {
		s.Fatal(err)
	}
	user := parsed["users"].([]any)[0].(map[string]any)["user"].(map[string]any)
	user["as"] = "system:serviceaccount:" + account
	text, _ := json.Marshal(parsed)
	return s.write(strings.ReplaceAll(account, ":", "-")+".kubeconfig", string(text))
}

// apply hands objects to the API server, as people and Pulumi do.
func (s *site) apply(objects ...map[string]any) error {
	text, _ := json.Marshal(map[string]any{"apiVersion": "v1", "kind": "List", "items": objects})
	_, err := s.kubectl(string(text), "apply", "--filename", "-")
	return err
}

// claim is a claim bound to the volume, which a controller manager would have brought together.
func (s *site) claim(name string, volume *csi.Volume) {
	size := fmt.Sprint(volume.CapacityBytes)
	if err := s.apply(map[string]any{
		"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": map[string]any{"name": name, "namespace": "default"},
		"spec": map[string]any{"accessModes": []any{"ReadWriteOnce"}, "volumeName": "pv-" + name, "storageClassName": "ssd",
			"resources": map[string]any{"requests": map[string]any{"storage": size}}},
	}); err != nil {
		s.Fatal(err)
	}
	uid, err := s.kubectl("", "get", "pvc", name, "--output=jsonpath={.metadata.uid}")
	if err != nil {
		s.Fatal(err)
	}
	if err := s.apply(map[string]any{
		"apiVersion": "v1", "kind": "PersistentVolume", "metadata": map[string]any{"name": "pv-" + name},
		"spec": map[string]any{"accessModes": []any{"ReadWriteOnce"}, "capacity": map[string]any{"storage": size},
			"storageClassName": "ssd", "csi": map[string]any{"driver": driver, "volumeHandle": volume.VolumeId},
			"claimRef": map[string]any{"kind": "PersistentVolumeClaim", "namespace": "default", "name": name, "uid": uid}},
	}); err != nil {
		s.Fatal(err)
	}
	for object, phase := range map[string]string{"pvc/" + name: "Bound", "pv/pv-" + name: "Bound"} {
		if _, err := s.kubectl("", "patch", object, "--subresource=status", "--type=merge",
			"--patch", `{"status":{"phase":"`+phase+`"}}`); err != nil {
			s.Fatal(err)
		}
	}
}

func snapshotOf(claim string, source map[string]any) map[string]any {
	return map[string]any{
		"apiVersion": "snapshot.storage.k8s.io/v1", "kind": "VolumeSnapshot",
		"metadata": map[string]any{"name": "of-" + claim, "namespace": "default"},
		"spec":     map[string]any{"source": source},
	}
}

// snapshots runs everything that a snapshot passes: the kinds, the snapshot controller and the driver's sidecar with the rights
// that they have in a cluster and no others, the driver, the vCenter.
func snapshots(t *testing.T, s *site) {
	eventually(t, "the manifests are taken", func() error {
		_, err := s.kubectl("", "apply", "--filename", manifests)
		return err
	})
	connection, _ := controller(t, s, "[Global]", "[Snapshot]\nglobal-max-snapshots-per-block-volume = \"1\"\n\n[Global]")
	endpoint := connection.Target()
	start(t, "snapshot-controller", nil, "--kubeconfig", s.as(snapshotAccount), "--leader-election",
		"--leader-election-namespace=snapshot-controller")
	start(t, "csi-snapshotter", nil, "--kubeconfig", s.as(driverAccount), "--leader-election",
		"--leader-election-namespace="+namespace, "--csi-address="+endpoint, "--timeout=300s", "--extra-create-metadata")

	ctx, cancel := context.WithTimeout(context.Background(), 2*deadline)
	defer cancel()
	calls := csi.NewControllerClient(connection)
	var volume *csi.Volume
	eventually(t, "a volume is made", func() error {
		answer, err := calls.CreateVolume(ctx, wish("pvc-data", nil))
		if err == nil {
			volume = answer.Volume
		}
		return err
	})
	s.claim("data", volume)
	made := func() int {
		answer, err := calls.ListSnapshots(ctx, &csi.ListSnapshotsRequest{SourceVolumeId: volume.VolumeId})
		if err != nil {
			t.Fatal(err)
		}
		return len(answer.Entries)
	}

	source := map[string]any{"persistentVolumeClaimName": "data"}
	if err := s.apply(snapshotOf("data", source)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a snapshot of the default class is ready to be used", func() error {
		said, err := s.kubectl("", "get", "volumesnapshot", "of-data", "--output=jsonpath={.status.readyToUse} {.status.restoreSize} {.status.error}")
		if err == nil && strings.TrimSpace(said) != "true 1Gi" {
			err = errors.New(said)
		}
		return err
	})
	if count := made(); count != 1 {
		t.Errorf("the vCenter has %d snapshots", count)
	}

	for said, wrong := range map[string]map[string]any{
		"cannot be changed":    {"persistentVolumeClaimName": "other"},
		"exactly one of":       {"persistentVolumeClaimName": "data", "volumeSnapshotContentName": "content"},
		"cannot be taken away": {"volumeSnapshotContentName": "content", "persistentVolumeClaimName": nil},
	} {
		if err := s.apply(snapshotOf("data", wrong)); err == nil || !strings.Contains(err.Error(), said) {
			t.Errorf("%v: %v, and %q was expected", wrong, err, said)
		}
	}

	if _, err := s.kubectl("", "delete", "volumesnapshot", "of-data", "--wait=false"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the snapshot and what stands for it are gone", func() error {
		left, err := s.kubectl("", "get", "volumesnapshots,volumesnapshotcontents", "--all-namespaces", "--output=name")
		if err == nil && left != "" {
			err = errors.New(left)
		}
		return err
	})
	if count := made(); count != 0 {
		t.Errorf("the vCenter has %d snapshots left", count)
	}
}
