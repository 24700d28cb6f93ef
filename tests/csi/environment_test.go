package csi

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vmware/govmomi"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/session"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

const (
	// As in the golden file with the driver's configuration.
	user     = "csi@vsphere.local"
	password = `it's "secret" \ ; #`
	// Where the driver looks for what is switched on in it.
	namespace = "vmware-system-csi"
	features  = "internal-feature-states.csi.vsphere.vmware.com"
	driver    = "csi.vsphere.vmware.com"
	// deadline limits how long each program may take to answer on a busy machine.
	deadline = 2 * time.Minute
)

// site is what the driver needs around it, all on the loopback interface: a vCenter with two machines, and an API server that
// has a node for each of them.
type site struct {
	*testing.T
	folder     string
	kubeconfig string
	vcenter    string
	// nodes are the UUIDs of the machines by the names of their nodes.
	nodes map[string]string
}

// program returns the path of a program that the toolchain built.
func program(name string) string {
	return filepath.Join("..", "..", ".toolchain", "lab", name)
}

// freeAddress returns an address at which nothing listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// start runs a program until the test ends, and returns a reader of what it has printed. The end of that is shown when the
// test has failed.
func start(t *testing.T, name string, environment []string, args ...string) (printed func() string) {
	t.Helper()
	log, err := os.Create(filepath.Join(t.TempDir(), name+".log"))
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(program(name), args...)
	command.Env = append(os.Environ(), environment...)
	command.Stdout, command.Stderr = log, log
	if err := command.Start(); err != nil {
		t.Fatalf("%s: %v; make toolchain builds it", name, err)
	}
	printed = func() string {
		content, _ := os.ReadFile(log.Name())
		return string(content)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
		if t.Failed() {
			t.Logf("%s printed at last:\n%s", name, tail(printed(), 40))
		}
	})
	return printed
}

func tail(text string, lines int) string {
	all := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// eventually repeats a call until it returns no error.
func eventually(t *testing.T, what string, ask func() error) {
	t.Helper()
	var err error
	for end := time.Now().Add(deadline); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		if err = ask(); err == nil {
			return
		}
	}
	t.Fatalf("%s: not so after %s: %v", what, deadline, err)
}

func newSite(t *testing.T) *site {
	s := &site{T: t, folder: t.TempDir(), nodes: map[string]string{}}
	s.startVcenter()
	s.startAPIServer()
	s.addNodes()
	return s
}

// of returns the site for one part of the test: what that part starts ends with it.
func (s *site) of(t *testing.T) *site {
	part := *s
	part.T = t
	return &part
}

func (s *site) path(name string) string { return filepath.Join(s.folder, name) }

func (s *site) write(name, content string) string {
	if err := os.WriteFile(s.path(name), []byte(content), 0o600); err != nil {
		s.Fatal(err)
	}
	return s.path(name)
}

// startVcenter runs the lab's vCenter with an inventory of its own. Its machines are never switched on, so none has a container.
func (s *site) startVcenter() {
	s.vcenter = freeAddress(s.T)
	certificates := exec.Command(program("vcenter"), "certificates", "--directory", s.folder, "--host", "127.0.0.1")
	if output, err := certificates.CombinedOutput(); err != nil {
		s.Fatalf("certificates: %v: %s", err, output)
	}
	config, _ := json.Marshal(map[string]any{
		"listen": s.vcenter, "user": user, "passwordFile": s.write("password", password), "version": "8.0.3",
		"certificate": s.path("vcenter.crt"), "key": s.path("vcenter.key"), "certificateAuthority": s.path("ca.crt"),
		"stateDirectory": s.path("vcenter"),
		"inventory": map[string]any{
			"datacenter": "coolcorp", "cluster": map[string]any{"name": "k8s", "hosts": []string{"esx1", "esx2"}},
			"datastores": []any{map[string]any{"name": "ssd"}, map[string]any{"name": "nfs", "type": "NFS"}},
			"portGroups": []any{map[string]any{"name": "vm-lan", "dockerNetwork": "none"}},
			"templates":  []any{map[string]any{"name": "photon-5", "image": "none"}},
		},
	})
	start(s.T, "vcenter", nil, "serve", "--config", s.write("vcenter.json", string(config)))
	ctx := context.Background()
	eventually(s.T, "the vCenter answers", func() error {
		client, err := s.login(ctx)
		if err != nil {
			return err
		}
		defer func() { _ = client.Logout(ctx) }()
		for _, name := range []string{"one", "two"} {
			if s.nodes[name] == "" {
				if s.nodes[name], err = clone(ctx, client, name); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func (s *site) login(ctx context.Context) (*govmomi.Client, error) { return s.loginBy(ctx, password) }

func (s *site) loginBy(ctx context.Context, password string) (*govmomi.Client, error) {
	address := &url.URL{Scheme: "https", Host: s.vcenter, Path: "/sdk"}
	plain := soap.NewClient(address, false)
	if err := plain.SetRootCAs(s.path("ca.crt")); err != nil {
		return nil, err
	}
	client, err := vim25.NewClient(ctx, plain)
	if err != nil {
		return nil, err
	}
	manager := session.NewManager(client)
	return &govmomi.Client{Client: client, SessionManager: manager}, manager.Login(ctx, url.UserPassword(user, password))
}

// clone makes a machine of the template and returns its UUID.
func clone(ctx context.Context, client *govmomi.Client, name string) (string, error) {
	finder := find.NewFinder(client.Client)
	template, err := finder.VirtualMachine(ctx, "/coolcorp/vm/photon-5")
	if err != nil {
		return "", err
	}
	folder, err := finder.Folder(ctx, "/coolcorp/vm")
	if err != nil {
		return "", err
	}
	pool, err := finder.ResourcePool(ctx, "/coolcorp/host/k8s/Resources")
	if err != nil {
		return "", err
	}
	reference := pool.Reference()
	task, err := template.Clone(ctx, folder, name, types.VirtualMachineCloneSpec{
		Location: types.VirtualMachineRelocateSpec{Pool: &reference},
	})
	if err != nil {
		return "", err
	}
	result, err := task.WaitForResult(ctx)
	if err != nil {
		return "", err
	}
	var machine mo.VirtualMachine
	made := object.NewVirtualMachine(client.Client, result.Result.(types.ManagedObjectReference))
	err = made.Properties(ctx, made.Reference(), []string{"config.uuid"}, &machine)
	return machine.Config.Uuid, err
}

// startAPIServer runs etcd and the API server, with a token that may do everything.
func (s *site) startAPIServer() {
	clients, peers, api := freeAddress(s.T), freeAddress(s.T), freeAddress(s.T)
	start(s.T, "etcd", nil, "--data-dir", s.path("etcd"), "--unsafe-no-fsync", "--log-level", "error",
		"--listen-client-urls", "http://"+clients, "--advertise-client-urls", "http://"+clients,
		"--listen-peer-urls", "http://"+peers, "--initial-advertise-peer-urls", "http://"+peers,
		"--initial-cluster", "default=http://"+peers)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		s.Fatal(err)
	}
	accounts := s.write("accounts.key", string(pem.EncodeToMemory(
		&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})))
	token := rand.Text()
	_, port, _ := net.SplitHostPort(api)
	start(s.T, "kube-apiserver", nil, "--etcd-servers", "http://"+clients, "--bind-address", "127.0.0.1",
		"--secure-port", port, "--cert-dir", s.path("api"), "--token-auth-file",
		s.write("tokens.csv", token+`,test,test,"system:masters"`),
		"--service-account-key-file", accounts, "--service-account-signing-key-file", accounts,
		"--service-account-issuer", "https://test", "--service-cluster-ip-range", "10.96.0.0/24",
		"--disable-admission-plugins", "ServiceAccount", "--authorization-mode", "RBAC")
	config, _ := json.Marshal(map[string]any{
		"apiVersion": "v1", "kind": "Config", "current-context": "test",
		"clusters": []any{map[string]any{"name": "test",
			"cluster": map[string]any{"server": "https://" + api, "certificate-authority": s.path("api/apiserver.crt")}}},
		"users":    []any{map[string]any{"name": "test", "user": map[string]any{"token": token}}},
		"contexts": []any{map[string]any{"name": "test", "context": map[string]any{"cluster": "test", "user": "test"}}},
	})
	s.kubeconfig = s.write("kubeconfig", string(config))
	eventually(s.T, "the API server is ready", func() error {
		_, err := s.kubectl("", "get", "--raw", "/readyz")
		return err
	})
}

func (s *site) kubectl(input string, args ...string) (string, error) {
	command := exec.Command(program("kubectl"), append([]string{"--kubeconfig", s.kubeconfig}, args...)...)
	command.Stdin = strings.NewReader(input)
	output, err := command.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, output)
	}
	return string(output), nil
}

// addNodes tells the API of the machines, as a kubelet, the cloud controller manager and the driver on the node do.
func (s *site) addNodes() {
	apply := func(object map[string]any) {
		text, _ := json.Marshal(object)
		eventually(s.T, fmt.Sprintf("%s is made", object["kind"]), func() error {
			_, err := s.kubectl(string(text), "apply", "--filename", "-")
			return err
		})
	}
	apply(map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": namespace}})
	apply(map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": features, "namespace": namespace},
		"data": map[string]any{"trigger-csi-fullsync": "false", "pv-to-backingdiskobjectid-mapping": "false"},
	})
	for name, id := range s.nodes {
		apply(map[string]any{
			"apiVersion": "v1", "kind": "Node", "metadata": map[string]any{"name": name},
			"spec": map[string]any{"providerID": "vsphere://" + id},
		})
		apply(map[string]any{
			"apiVersion": "storage.k8s.io/v1", "kind": "CSINode", "metadata": map[string]any{"name": name},
			"spec": map[string]any{"drivers": []any{map[string]any{"name": driver, "nodeID": id, "topologyKeys": []any{}}}},
		})
	}
}
