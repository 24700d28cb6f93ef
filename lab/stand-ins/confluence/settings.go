package main

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// settings is what the variables of Confluence's image say, as far as the site sets them.
type settings struct {
	// Database is where the pages are, without user and password.
	Host, Port, Database string
	// SSLMode is the sslmode of the JDBC address; "prefer" where it has none, as in PostgreSQL's JDBC driver.
	SSLMode, SSLRootCert string
	User, Password       string
	// ProxyName and the others say under which address people come.
	ProxyName, ProxyPort, Scheme, Secure string
	// JVMMinimum and JVMMaximum are shown and not used: there is no JVM.
	JVMMinimum, JVMMaximum string
	// Home is the local home, the one folder that is written.
	Home string
}

const jdbcForm = "jdbc:postgresql://host:5432/database"

// readSettings reads the variables and reports all their faults at once.
func readSettings(variable func(string) string) (settings, error) {
	or := func(name, otherwise string) string {
		if value := variable(name); value != "" {
			return value
		}
		return otherwise
	}
	read := settings{
		User: variable("ATL_JDBC_USER"), Password: variable("ATL_JDBC_PASSWORD"),
		ProxyName: variable("ATL_PROXY_NAME"), ProxyPort: variable("ATL_PROXY_PORT"),
		Scheme: or("ATL_TOMCAT_SCHEME", "http"), Secure: or("ATL_TOMCAT_SECURE", "false"),
		JVMMinimum: or("JVM_MINIMUM_MEMORY", "1024m"), JVMMaximum: or("JVM_MAXIMUM_MEMORY", "1024m"),
		Home: or("CONFLUENCE_HOME", "/var/atlassian/application-data/confluence"),
	}
	var faults []error
	if kind := variable("ATL_DB_TYPE"); kind != "postgresql" {
		faults = append(faults, fmt.Errorf("ATL_DB_TYPE is %q; the stand-in keeps its pages in postgresql only", kind))
	}
	for name, value := range map[string]string{"ATL_JDBC_USER": read.User, "ATL_JDBC_PASSWORD": read.Password} {
		if value == "" {
			faults = append(faults, fmt.Errorf("%s is not set", name))
		}
	}
	faults = append(faults, read.readAddress(variable("ATL_JDBC_URL")))
	return read, errors.Join(faults...)
}

// readAddress takes the address of the database apart. Parameters that PostgreSQL's own library does not know as well, of
// which JDBC has dozens, are of no meaning here.
func (s *settings) readAddress(jdbc string) error {
	address, isJDBC := strings.CutPrefix(jdbc, "jdbc:")
	parsed, err := url.Parse(address)
	if !isJDBC || err != nil || parsed.Scheme != "postgresql" || parsed.Hostname() == "" || len(parsed.Path) < 2 ||
		parsed.User != nil {
		// Do not repeat the address: it may contain a password.
		return fmt.Errorf("ATL_JDBC_URL is not of the form %s", jdbcForm)
	}
	s.Host, s.Port, s.Database = parsed.Hostname(), parsed.Port(), parsed.Path[1:]
	if s.Port == "" {
		s.Port = "5432"
	}
	s.SSLMode, s.SSLRootCert = parsed.Query().Get("sslmode"), parsed.Query().Get("sslrootcert")
	if s.SSLMode == "" {
		s.SSLMode = "prefer"
	}
	return nil
}

// databaseAddress is host:port/database, without a secret.
func (s settings) databaseAddress() string {
	return net.JoinHostPort(s.Host, s.Port) + "/" + s.Database
}

// connection is the address for PostgreSQL's library, without the password.
func (s settings) connection() string {
	query := url.Values{"sslmode": {s.SSLMode}, "connect_timeout": {"5"}, "application_name": {"confluence-stand-in"}}
	if s.SSLRootCert != "" {
		query.Set("sslrootcert", s.SSLRootCert)
	}
	return (&url.URL{
		Scheme: "postgres", User: url.User(s.User), Host: net.JoinHostPort(s.Host, s.Port), Path: s.Database,
		RawQuery: query.Encode(),
	}).String()
}

// baseURL is the address people come by, made of what Tomcat's connector is told.
func (s settings) baseURL() string {
	host := s.ProxyName
	if host == "" {
		return "not set"
	}
	isDefault := s.ProxyPort == "" || s.Scheme == "https" && s.ProxyPort == "443" || s.Scheme == "http" && s.ProxyPort == "80"
	if !isDefault {
		host = net.JoinHostPort(host, s.ProxyPort)
	}
	return s.Scheme + "://" + host + "/"
}
