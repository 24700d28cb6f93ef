package main

import (
	"crypto/subtle"
	"errors"
	"fmt"
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

// login is what one account needs to log in.
type login struct {
	password string
	expired  bool
}

// logins reads the passwords of all accounts.
func logins(config *Config) (map[string]login, error) {
	password, err := config.Password()
	if err != nil {
		return nil, err
	}
	found := map[string]login{principal(config.User): {password: password}}
	for _, account := range config.Accounts {
		password, err := readPassword(account.PasswordFile)
		if err != nil {
			return nil, fmt.Errorf("account %s: %w", account.User, err)
		}
		found[principal(account.User)] = login{password, account.PasswordExpired}
	}
	return found, nil
}

// knows tells whether user and password are those of an account, in a time that does not depend on how wrong the
// password is.
func (s *site) knows(request *types.Login) bool {
	account, ok := s.accounts[principal(request.UserName)]
	return subtle.ConstantTimeCompare([]byte(request.Password), []byte(account.password)) == 1 && ok
}

func (s *site) hasUser(user string) bool {
	_, ok := s.accounts[principal(user)]
	return ok
}

// users is the directory in which clients look for accounts.
func users(config *Config) []*types.UserSearchResult {
	names := []string{config.User}
	for _, account := range config.Accounts {
		names = append(names, account.User)
	}
	found := make([]*types.UserSearchResult, 0, len(names))
	for _, name := range names {
		user, _, _ := strings.Cut(name, "@")
		found = append(found, &types.UserSearchResult{FullName: name, Principal: user})
	}
	return found
}

// Password reads the administrator's password from the file or the environment.
func (c *Config) Password() (string, error) {
	if c.PasswordFile == "" {
		if password := os.Getenv(PasswordVariable); password != "" {
			return password, nil
		}
		return "", fmt.Errorf("no password: set passwordFile in the config or the environment variable %s", PasswordVariable)
	}
	return readPassword(c.PasswordFile)
}

func readPassword(path string) (string, error) {
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
