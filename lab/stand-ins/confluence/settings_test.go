package main

import (
	"strings"
	"testing"
)

// prd is what the site gives the container in production.
var prd = map[string]string{
	"ATL_JDBC_URL": "jdbc:postgresql://svc-confluencedb:5432/confluence", "ATL_JDBC_USER": "confluence",
	"ATL_JDBC_PASSWORD": "p@ss/word:?#", "ATL_DB_TYPE": "postgresql", "ATL_PROXY_NAME": "confluence.coolcorp.priv",
	"ATL_PROXY_PORT": "443", "ATL_TOMCAT_SCHEME": "https", "ATL_TOMCAT_SECURE": "true",
	"JVM_MINIMUM_MEMORY": "1024m", "JVM_MAXIMUM_MEMORY": "1024m",
}

func with(changes map[string]string) func(string) string {
	return func(name string) string {
		if value, changed := changes[name]; changed {
			return value
		}
		return prd[name]
	}
}

func TestSettingsOfTheSite(t *testing.T) {
	read, err := readSettings(with(nil))
	if err != nil {
		t.Fatal(err)
	}
	if read.databaseAddress() != "svc-confluencedb:5432/confluence" {
		t.Errorf("database %s", read.databaseAddress())
	}
	if read.baseURL() != "https://confluence.coolcorp.priv/" {
		t.Errorf("base URL %s", read.baseURL())
	}
	if read.Home != "/var/atlassian/application-data/confluence" {
		t.Errorf("home %s", read.Home)
	}
}

func TestThePasswordIsInNoAddress(t *testing.T) {
	read, err := readSettings(with(nil))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(read.connection(), "word") {
		t.Errorf("%s holds the password", read.connection())
	}
	opened, err := openDatabase(read)
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	if used := opened.pool.Config().ConnConfig; used.Password != prd["ATL_JDBC_PASSWORD"] || used.Host != "svc-confluencedb" ||
		used.Port != 5432 || used.User != "confluence" || used.Database != "confluence" {
		t.Errorf("connects as %s to %s:%d/%s", used.User, used.Host, used.Port, used.Database)
	}
}

func TestAddressesOfDatabases(t *testing.T) {
	for address, want := range map[string]string{
		"jdbc:postgresql://db/confluence":                                                        "db:5432/confluence",
		"jdbc:postgresql://10.0.0.1:6432/c?sslmode=verify-ca":                                    "10.0.0.1:6432/c",
		"jdbc:postgresql://[fd00::1]:5432/c?targetServerType=primary&reWriteBatchedInserts=true": "[fd00::1]:5432/c",
	} {
		read, err := readSettings(with(map[string]string{"ATL_JDBC_URL": address}))
		if err != nil || read.databaseAddress() != want {
			t.Errorf("%s: %s, %v", address, read.databaseAddress(), err)
		}
	}
	read, _ := readSettings(with(map[string]string{"ATL_JDBC_URL": "jdbc:postgresql://db/c?sslmode=require"}))
	if !strings.Contains(read.connection(), "sslmode=require") {
		t.Errorf("%s", read.connection())
	}
}

func TestAllFaultsAtOnceAndNoSecret(t *testing.T) {
	_, err := readSettings(with(map[string]string{
		"ATL_JDBC_URL": "jdbc:postgresql://confluence:secret@db/c", "ATL_JDBC_USER": "", "ATL_JDBC_PASSWORD": "", "ATL_DB_TYPE": "oracle",
	}))
	if err == nil {
		t.Fatal("accepted")
	}
	for _, name := range []string{"ATL_JDBC_URL", "ATL_JDBC_USER", "ATL_JDBC_PASSWORD", "ATL_DB_TYPE"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not named: %v", name, err)
		}
	}
	if strings.Contains(err.Error(), "secret") {
		t.Errorf("the message tells a password: %v", err)
	}
	for _, address := range []string{"", "postgresql://db/c", "jdbc:mysql://db/c", "jdbc:postgresql://db", "jdbc:postgresql:///c", "jdbc:postgresql://db:x/c"} {
		if _, err := readSettings(with(map[string]string{"ATL_JDBC_URL": address})); err == nil {
			t.Errorf("%q is accepted", address)
		}
	}
}

func TestBaseURLs(t *testing.T) {
	for want, changes := range map[string]map[string]string{
		"https://confluence.coolcorp.priv:8443/": {"ATL_PROXY_PORT": "8443"},
		"http://confluence.coolcorp.priv/":       {"ATL_PROXY_PORT": "80", "ATL_TOMCAT_SCHEME": "http"},
		"not set":                                {"ATL_PROXY_NAME": ""},
	} {
		if read, _ := readSettings(with(changes)); read.baseURL() != want {
			t.Errorf("%s, not %s", read.baseURL(), want)
		}
	}
}
