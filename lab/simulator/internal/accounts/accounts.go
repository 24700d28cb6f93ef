// Package accounts knows who may log in.
package accounts

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"log"
	"os"
	"strings"

	"github.com/vmware/govmomi/vim25/types"
)

// Account is an account beside the administrator's.
type Account struct {
	User         string `json:"user"`
	PasswordFile string `json:"passwordFile"`
	// PasswordExpired lets a vCenter's answer to the right password be that it has expired. Default false.
	PasswordExpired bool `json:"passwordExpired"`
}

// Directory holds all accounts.
type Directory struct {
	names  []string
	logins map[string]login // by the name they are compared under
}

// login is what one account needs to log in.
type login struct {
	// password reads it anew, so that a changed file is a changed password and sessions go on, as in a vCenter.
	password func() (string, error)
	expired  bool
}

// NewDirectory makes the directory of the administrator and the other accounts. Their passwords must be readable, and are read
// again at each login.
func NewDirectory(administrator string, password func() (string, error), others []Account) (*Directory, error) {
	if _, err := password(); err != nil {
		return nil, err
	}
	directory := &Directory{
		names:  []string{administrator},
		logins: map[string]login{Principal(administrator): {password: password}},
	}
	for _, account := range others {
		password := func() (string, error) { return ReadPassword(account.PasswordFile) }
		if _, err := password(); err != nil {
			return nil, fmt.Errorf("account %s: %w", account.User, err)
		}
		directory.names = append(directory.names, account.User)
		directory.logins[Principal(account.User)] = login{password, account.PasswordExpired}
	}
	return directory, nil
}

// Knows tells whether user and password are those of an account, in a time that does not depend on how wrong the
// password is. A password that cannot be read is nobody's.
func (d *Directory) Knows(request *types.Login) bool {
	account, ok := d.logins[Principal(request.UserName)]
	if !ok {
		return false
	}
	password, err := account.password()
	if err != nil {
		log.Printf("login of %s: %s", request.UserName, err)
		return false
	}
	return subtle.ConstantTimeCompare([]byte(request.Password), []byte(password)) == 1
}

// Expired tells whether an account's password has expired.
func (d *Directory) Expired(user string) bool { return d.logins[Principal(user)].expired }

// Has tells whether there is such an account.
func (d *Directory) Has(user string) bool {
	_, ok := d.logins[Principal(user)]
	return ok
}

// Users is what clients find when they look for accounts.
func (d *Directory) Users() []*types.UserSearchResult {
	found := make([]*types.UserSearchResult, 0, len(d.names))
	for _, name := range d.names {
		user, _, _ := strings.Cut(name, "@")
		found = append(found, &types.UserSearchResult{FullName: name, Principal: user})
	}
	return found
}

// Principal is the name under which an account is compared: user@domain and DOMAIN\user are one.
func Principal(user string) string {
	if name, domain, ok := strings.Cut(user, "@"); ok {
		user = domain + `\` + name
	}
	return strings.ToLower(user)
}

// ReadPassword reads a password file; a newline at its end is ignored.
func ReadPassword(path string) (string, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("password file: %w", err)
	}
	password := strings.TrimRight(string(content), "\r\n")
	if password == "" {
		return "", errors.New("password file " + path + " is empty")
	}
	return password, nil
}
