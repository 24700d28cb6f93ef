package accounts

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/vmware/govmomi/vim25/types"
)

func TestAChangedPasswordCountsFromTheNextLoginOn(t *testing.T) {
	file := filepath.Join(t.TempDir(), "password")
	write := func(password string) {
		if err := os.WriteFile(file, []byte(password+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("former")
	administrator := func() (string, error) { return "administrators", nil }
	directory, err := NewDirectory("administrator@vsphere.local", administrator, []Account{
		{User: "csi@vsphere.local", PasswordFile: file},
	})
	if err != nil {
		t.Fatal(err)
	}
	expect := func(password string, known bool) {
		t.Helper()
		request := &types.Login{UserName: `VSPHERE.LOCAL\csi`, Password: password}
		if directory.Knows(request) != known {
			t.Errorf("%q is known: %v", password, !known)
		}
	}
	expect("former", true)
	write("present")
	expect("present", true)
	expect("former", false)
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	expect("present", false)
	expect("", false)
	if _, err := NewDirectory("a@b", administrator, []Account{{User: "csi@vsphere.local", PasswordFile: file}}); err == nil {
		t.Error("a directory without a password was made")
	}
}
