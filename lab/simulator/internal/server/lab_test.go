package server

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/vmware/govmomi"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"sitewright/lab/simulator/internal/accounts"
	"sitewright/lab/simulator/internal/administration"
	"sitewright/lab/simulator/internal/certificates"
	"sitewright/lab/simulator/internal/config"
	"sitewright/lab/simulator/internal/docker"
)

const (
	// Not the lab's name nor its label: these tests run beside it, and it removes what has them.
	testImage = "vcenter-test:latest"
	testLabel = "vcenter-test"
	lanSubnet = "172.31.241.0/28"
	dmzSubnet = "172.31.241.16/28"
)

// TestMain builds the guest's image and the networks, and removes them at the end.
func TestMain(m *testing.M) {
	code, err := withDocker(m.Run)
	if err != nil {
		fmt.Fprintf(os.Stderr, "these tests need docker: %s\n", err)
		code = 1
	}
	os.Exit(code)
}

func withDocker(run func() int) (code int, err error) {
	if _, err := docker.Run(nil, "version", "--format", "{{.Server.Version}}"); err != nil {
		return 1, fmt.Errorf("%w; start dockerd, then run the tests again", err)
	}
	directory, err := os.MkdirTemp("", "vcenter-test-")
	if err != nil {
		return 1, err
	}
	defer os.RemoveAll(directory)
	build := exec.Command("go", "build", "-o", filepath.Join(directory, "guest"), "./testdata/guest")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		return 1, fmt.Errorf("guest: %w: %s", err, output)
	}
	archive := exec.Command("tar", "-C", directory, "-cf", filepath.Join(directory, "image.tar"), "guest")
	if output, err := archive.CombinedOutput(); err != nil {
		return 1, fmt.Errorf("image: %w: %s", err, output)
	}
	if _, err := docker.Run(nil, "import", filepath.Join(directory, "image.tar"), testImage); err != nil {
		return 1, err
	}
	defer docker.Run(nil, "rmi", testImage)
	for name, subnet := range map[string]string{testLabel + "-lan": lanSubnet, testLabel + "-dmz": dmzSubnet} {
		_, _ = docker.Run(nil, "network", "rm", name)
		if _, err := docker.Run(nil, "network", "create", "--subnet", subnet, name); err != nil {
			return 1, err
		}
		defer docker.Run(nil, "network", "rm", name)
	}
	return run(), nil
}

// lab is a running vCenter and a client of it.
type lab struct {
	*testing.T
	config *config.Config
	server *Server
	client *govmomi.Client
	finder *find.Finder
}

// testConfig is read from a file, as any config is.
func testConfig(t *testing.T) *config.Config {
	directory := t.TempDir()
	if err := certificates.Make(directory, []string{"127.0.0.1", "localhost"}); err != nil {
		t.Fatal(err)
	}
	password := filepath.Join(directory, "password")
	if err := os.WriteFile(password, []byte("right\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	written := &config.Config{
		Listen: listener.Addr().String(), PasswordFile: password,
		Accounts: []accounts.Account{
			{User: "csi@vsphere.local", PasswordFile: password},
			{User: "late@vsphere.local", PasswordFile: password, PasswordExpired: true},
		},
		Certificate: filepath.Join(directory, certificates.ServerFile), Key: filepath.Join(directory, certificates.ServerKeyFile),
		CertificateAuthority: filepath.Join(directory, certificates.AuthorityFile),
		StateDirectory:       filepath.Join(directory, "state"),
		Inventory: config.Inventory{
			Datacenter: "coolcorp",
			Cluster:    config.Cluster{Name: "k8s", Hosts: []string{"esx501.coolcorp.test", "esx502.coolcorp.test"}, ResourcePools: []string{"lab"}},
			Datastores: []config.Datastore{{Name: "ssd"}, {Name: "nfs", Type: "NFS"}},
			PortGroups: []config.PortGroup{{Name: "vm-lan", DockerNetwork: testLabel + "-lan"}, {Name: "vm-dmz", DockerNetwork: testLabel + "-dmz"}},
			Templates: []config.Template{
				{Name: "photon-5", Image: testImage, Command: []string{"/guest"}, Arguments: []string{"--cap-add=NET_ADMIN"}},
				{Name: "bodiless"},
				{Name: "broken", Image: "vcenter-test-absent:latest"},
				{Name: "dying", Image: testImage, Command: []string{"/guest", "die"}},
			},
		},
		Containers: config.Containers{NamePrefix: testLabel + "-", Labels: map[string]string{testLabel: "machine"}, StopTimeoutSeconds: 1},
	}
	content, err := json.Marshal(written)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(directory, "config.json")
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	settings, err := config.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	return settings
}

// newLab starts a vCenter; containers that a failed test leaves are removed.
func newLab(t *testing.T) *lab {
	l := &lab{T: t, config: testConfig(t)}
	t.Cleanup(func() {
		l.stop()
		containers, _ := docker.List(l.config.Containers.Labels)
		for name := range containers {
			_ = docker.Remove(name)
		}
	})
	l.start()
	return l
}

func (l *lab) start() {
	l.Helper()
	server, err := Start(l.config)
	if err != nil {
		l.Fatal(err)
	}
	l.server = server
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if l.client, err = administration.Connect(ctx, l.config); err != nil {
		l.Fatal(err)
	}
	l.finder = find.NewFinder(l.client.Client)
	datacenter, err := l.finder.DefaultDatacenter(ctx)
	if err != nil {
		l.Fatal(err)
	}
	l.finder.SetDatacenter(datacenter)
}

func (l *lab) stop() {
	if l.server != nil {
		l.server.Close()
		l.server = nil
	}
}

func (l *lab) folder(name string) *object.Folder {
	l.Helper()
	ctx := context.Background()
	root, err := l.finder.Folder(ctx, "/coolcorp/vm")
	if err != nil {
		l.Fatal(err)
	}
	folder, err := root.CreateFolder(ctx, name)
	if err != nil {
		l.Fatal(err)
	}
	return folder
}

// clone makes a powered-off clone with cloud-init data, as the Terraform provider does: clone, then
// reconfigure.
func (l *lab) clone(folder *object.Folder, template, name, portGroup, address string) (*object.VirtualMachine, error) {
	ctx := context.Background()
	source, err := l.finder.VirtualMachine(ctx, template)
	if err != nil {
		return nil, err
	}
	pool, err := l.finder.ResourcePool(ctx, "k8s/Resources")
	if err != nil {
		return nil, err
	}
	spec := types.VirtualMachineCloneSpec{Location: types.VirtualMachineRelocateSpec{Pool: types.NewReference(pool.Reference())}}
	task, err := source.Clone(ctx, folder, name, spec)
	if err != nil {
		return nil, err
	}
	info, err := task.WaitForResult(ctx, nil)
	if err != nil {
		return nil, err
	}
	machine := object.NewVirtualMachine(l.client.Client, info.Result.(types.ManagedObjectReference))
	devices, err := machine.Device(ctx)
	if err != nil {
		return nil, err
	}
	network, err := l.finder.Network(ctx, portGroup)
	if err != nil {
		return nil, err
	}
	card := devices.SelectByType((*types.VirtualEthernetCard)(nil))[0].(types.BaseVirtualEthernetCard)
	if card.GetVirtualEthernetCard().Backing, err = network.EthernetCardBackingInfo(ctx); err != nil {
		return nil, err
	}
	metadata := fmt.Sprintf(`{"instance-id":%q,"network":{"version":2,"ethernets":{"nic":{"addresses":[%q]}}}}`, name, address)
	encoded := base64.StdEncoding.EncodeToString([]byte(metadata))
	task, err = machine.Reconfigure(ctx, types.VirtualMachineConfigSpec{
		MemoryMB: 512,
		ExtraConfig: []types.BaseOptionValue{
			&types.OptionValue{Key: "guestinfo.metadata", Value: encoded},
			&types.OptionValue{Key: "guestinfo.metadata.encoding", Value: "base64"},
			&types.OptionValue{Key: "guestinfo.userdata", Value: "c2VjcmV0"},
		},
		DeviceChange: []types.BaseVirtualDeviceConfigSpec{&types.VirtualDeviceConfigSpec{
			Operation: types.VirtualDeviceConfigSpecOperationEdit, Device: card.(types.BaseVirtualDevice),
		}},
	})
	if err != nil {
		return nil, err
	}
	return machine, task.Wait(ctx)
}

func powerOn(machine *object.VirtualMachine) error {
	task, err := machine.PowerOn(context.Background())
	if err != nil {
		return err
	}
	return task.Wait(context.Background())
}

func powerOff(machine *object.VirtualMachine) error {
	task, err := machine.PowerOff(context.Background())
	if err != nil {
		return err
	}
	return task.Wait(context.Background())
}

func destroy(entity interface {
	Destroy(context.Context) (*object.Task, error)
}) error {
	task, err := entity.Destroy(context.Background())
	if err != nil {
		return err
	}
	return task.Wait(context.Background())
}

func (l *lab) properties(machine *object.VirtualMachine) mo.VirtualMachine {
	l.Helper()
	var properties mo.VirtualMachine
	if err := machine.Properties(context.Background(), machine.Reference(), nil, &properties); err != nil {
		l.Fatal(err)
	}
	return properties
}

func (l *lab) containers() map[string]string {
	l.Helper()
	containers, err := docker.List(l.config.Containers.Labels)
	if err != nil {
		l.Fatal(err)
	}
	return containers
}

// running is a clone that is powered on.
func (l *lab) running(folder *object.Folder, name, portGroup, address string) *object.VirtualMachine {
	l.Helper()
	machine, err := l.clone(folder, "photon-5", name, portGroup, address)
	if err == nil {
		err = powerOn(machine)
	}
	if err != nil {
		l.Fatal(err)
	}
	return machine
}

// eventually polls until the condition holds.
func (l *lab) eventually(what string, condition func() bool) {
	l.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		if condition() {
			return
		}
	}
	l.Fatalf("%s: not within 20 s", what)
}
